import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What one client asks for in a strange way must not become what another one is answered with.
    @Suite struct CachePoisoningTests {
        private static let organisation = ["GITHUB_ORG": "octo-org"]

        /// Header fields by which other servers let themselves be talked into another answer. None is part of an entry's key, so
        /// none may show in what is cached.
        private static let hostileFields = [
            ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Server", "evil.example"),
            ("X-Forwarded-Proto", "evil.example"), ("X-Forwarded-Port", "6666"),
            ("X-Forwarded-Prefix", "/evil.example"),
            ("X-Forwarded-For", "203.0.113.66"), ("Forwarded", "host=evil.example;proto=https"),
            ("X-Original-URL", "/api/log-level?evil.example"), ("X-Rewrite-URL", "/api/evil.example"),
            ("X-HTTP-Method-Override", "DELETE"), ("X-HTTP-Method", "POST"), ("X-Method-Override", "PUT"),
            ("Accept", "text/evil.example"), ("Accept-Language", "evil.example"), ("Accept-Encoding", "gzip"),
            ("Authorization", "Bearer evil.example"), ("Cookie", "session=evil.example"), ("Range", "bytes=0-0"),
            ("Origin", "https://evil.example"), ("Referer", "https://evil.example/"), ("User-Agent", "evil.example"),
            ("X-GitHub-Api-Version", "1999-01-01"), ("If-Modified-Since", "Thu, 01 Jan 2032 00:00:00 GMT"),
            ("Cache-Control", "only-if-cached"), ("X-Cache", "evil.example"), ("Status", "500 evil.example"),
            ("X-Chimney-Hold", "\(String(repeating: "a", count: 32))-fffffffffff"), ("X-Chimney-Span", "evil.example"),
            ("X-Chimney-GitHub-Path", "/evil.example"), ("Content-Type", "text/evil.example"),
        ]

        @Test("No path of GitHub's takes the place of what chimney puts together itself, however it is spelled")
        func composed() async throws {
            try await withGitHub(environment: Self.organisation) { origin, github throws in
                let names = [
                    "__pipeline_summary__", "__org_repos__", "__org_repos__/orgs/1", "__", "__x", "__\u{301}x",
                ]
                let repositories = ["", "/octo-org/wgmesh", "/OCTO-ORG/WGMesh", "/octo%2Dorg/wgm%65sh"]
                // Before there is anything that could be there instead.
                for repository in repositories {
                    for name in names {
                        let escaped = name.unicodeScalars.map { $0.isASCII ? "\($0)" : "%CC%81" }.joined()
                        for spelling in [escaped, escaped.replacing("_", with: "%5f")] {
                            let answer = try origin.http.patient.get("/api/github\(repository)/\(spelling)")
                            expectProblem(answer, 404, "\(repository)/\(spelling)")
                            #expect(answer["X-Cache"] == nil, "\(repository)/\(spelling)")
                        }
                    }
                }
                #expect(try !origin.cachedKeys().contains { $0.contains("__") && !$0.hasPrefix("/__org_repos__") })
                #expect(try origin.get("/api/pipeline/summary").json.wgmesh_version == "v1.2.0")
                #expect(try origin.github("/org/repos").json.org == "octo-org")
                #expect(github.requests.allSatisfy { !$0.target.contains("__") })
                #expect(github.requests.allSatisfy { !$0.target.contains("%CC%81") })
            }
        }

        @Test("Header fields change neither what is cached, nor for which key, nor what GitHub is asked")
        func fields() async throws {
            try await withGitHub { origin, github throws in
                for (index, field) in Self.hostileFields.enumerated() {
                    let path = "/pulls?page=\(index + 1)"
                    let poisoned = try origin.github(path, [field])
                    #expect(poisoned.status == 200, "\(field)")
                    #expect(poisoned["X-Cache"] == "miss", "\(field)")
                    let plain = try origin.github(path)
                    #expect(plain["X-Cache"] == "hit", "\(field)")
                    #expect(plain.body == poisoned.body, "\(field)")
                    // The ids of the request and its time apart.
                    let own: Set = ["x-request-id", "x-trace-id", "date", "x-cache", "x-cache-tier", "x-cache-age"]
                    let answers = [poisoned, plain].map { answer in
                        answer.fields.filter { !own.contains($0.name.lowercased()) }
                            .map { "\($0.name): \($0.value)" }.sorted()
                    }
                    #expect(answers[0] == answers[1], "\(field)")
                    #expect(!answers.joined().joined().contains("evil"), "\(field)")
                    let asked = try #require(github.requests.last)
                    #expect(asked.target == "/repos/octo-org/wgmesh\(path)", "\(field)")
                    let known: Set = [
                        "host", "user-agent", "accept", "accept-encoding", "x-github-api-version", "authorization",
                    ]
                    #expect(Set(asked.fields.map { $0.name.lowercased() }) == known, "\(field)")
                    #expect(!asked.fields.contains { $0.value.contains("evil") }, "\(field)")
                }
                #expect(try origin.cachedKeys().count == Self.hostileFields.count)
                // Nor does anything have it fetched again.
                #expect(github.count() == Self.hostileFields.count)
            }
        }

        @Test("Spellings of one query are one entry; what is another one at GitHub is another one here")
        func queries() async throws {
            try await withGitHub { origin, github throws in
                let same = [
                    "state=open&page=2", "page=2&state=open", "state=open&page=2&state=closed", "st%61te=open&page=%32",
                    "state=open&page=2&page=3&evil=1", "&&state=open&&page=2&", "state=open&page=2&_=123&callback=x",
                    "STATE=closed&state=open&page=2",
                ]
                for query in same { #expect(try origin.github("/pulls?\(query)").status == 200, "\(query)") }
                #expect(try origin.cachedKeys() == ["/pulls?page=2&state=open"])
                #expect(github.count() == 1)

                // Characters that separate stay within the value, or the segment, that they were sent in.
                let others = [
                    "/pulls?state=open%26page=2", "/pulls?state=open;page=2", "/pulls?state=open%3Fpage=2",
                    "/pulls?state=open%23", "/pulls%3Fpage=2&state=open", "/pulls%23?page=2&state=open",
                    "/pulls;page=2",
                    "/pulls%253Fpage=2", "/pulls&state=open",
                ]
                for path in others { _ = try origin.github(path) }
                #expect(github.count() == 1 + others.count)
                let targets = github.requests.map(\.target)
                #expect(Set(targets).count == targets.count, "\(targets)")
                #expect(try origin.github("/pulls?state=open&page=2")["X-Cache"] == "hit")
            }
        }

        @Test(
            "HEAD and conditions fill the cache with whole answers, and methods that others put in their place are none"
        )
        func methods() async throws {
            try await withGitHub { origin, github throws in
                #expect(try origin.http.request("HEAD", "/api/github/pulls").body.isEmpty)
                let whole = try origin.github("/pulls")
                #expect(whole["X-Cache"] == "hit")
                #expect(try !whole.json.list.isEmpty)
                let conditional = try origin.github("/issues", [("If-None-Match", "*, \"x\", W/\"y\"")])
                #expect([200, 304].contains(conditional.status))
                #expect(try !origin.github("/issues").json.list.isEmpty)
                for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PURGE", "BAN"] {
                    let fields = [("X-HTTP-Method-Override", "GET")]
                    #expect(try origin.http.request(method, "/api/github/pulls", fields).status == 405, "\(method)")
                }
                // Nor does GET become what changes something.
                for override in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
                    let fields = [(override, "POST"), ("Authorization", "Bearer \(GitHubSecrets.invalidate)")]
                    expectProblem(try origin.get("/api/cache/invalidate?_method=POST", fields), 405)
                }
                #expect(try origin.cachedKeys() == ["/issues?", "/pulls?"])
                #expect(github.count() == 2)
            }
        }

        @Test("What the memory tier calls its files follows from a digest alone, whatever was asked for")
        func files() async throws {
            try await withGitHub { origin, _ throws in
                let paths = [
                    "/contents/..a", "/contents/%5B..%5D", "/contents/~root", "/contents/-rf", "/contents/*",
                    "/contents/$HOME",
                    "/contents/%7Bx%7D", "/contents/'%22", "/contents/%E2%80%AE", "/pulls?ref=../../etc/passwd",
                    "/pulls?path=/etc/passwd", "/contents/\(String(repeating: "a", count: 900))",
                    "/contents/unfinished",
                    "/position", "/contents/position",
                ]
                for path in paths { #expect([200, 404].contains(try origin.github(path).status), "\(path)") }
                let directory = origin.pool.cacheDirectory
                let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0 != "position" }
                #expect(names.count == paths.count)
                #expect(names.allSatisfy { $0.count == 64 && $0.allSatisfy(isLowerHex) }, "\(names)")
                let modes = try names.map {
                    try FileManager.default.attributesOfItem(atPath: "\(directory)/\($0)")[.posixPermissions] as? Int
                }
                #expect(Set(modes) == [0o660])
            }
        }
    }
}
