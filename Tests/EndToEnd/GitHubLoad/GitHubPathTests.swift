import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Paths that try to lead elsewhere than to the repository: GitHub never hears of them.
    @Suite struct GitHubPathTests {
        @Test("Dots, encoded slashes, line ends and what else no path of GitHub has: 400, and GitHub is not asked")
        func refused() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                let paths = [
                    "..", "../", "../..", "../../user", "pulls/..", "pulls/../../../user", "./pulls", "pulls/.",
                    "%2e%2e", "%2E%2e/user", ".%2e/user", "%2e./user", "%2e", "%252e%252e/user", "%25252e%25252e/user",
                    "..%2fuser", "..%2Fuser", "pulls%2f..%2f..%2fuser", "pulls%2f1", "%2f", "%2fuser", "%252fuser",
                    "..%5cuser", #"..\user"#, "%5c", "%255cuser", "..%255c..%255cuser", "/user", "pulls//1", "pulls/",
                    "//user", "http://127.0.0.1/user", "https:%2f%2f127.0.0.1", "%0d%0aHost:%20evil", "pulls%0d",
                    "pulls%0aX", "pulls%09", "pulls%7f", "pulls%1b", "%250d%250aHost", "pulls%c2%85", "pulls%e2%80%a8",
                    "pulls%00", "pulls%2500",
                ]
                for path in paths {
                    let answer = try origin.get("/api/github/\(path)")
                    expectProblem(answer, 400, "\(path)")
                    // As others pass it on, who do not say how it was sent.
                    if let decoded = path.removingPercentEncoding, !decoded.utf8.contains(0) {
                        let direct = try origin.pool.fastCGI.request("GET", "/api/github/\(decoded)")
                        let isOther = decoded == "pulls/1" || decoded == "/"
                        #expect(direct.status == 400 || isOther, "\(decoded)")
                    }
                }
                let queries = [
                    "state=open%0d%0aHost:%20evil", "labels=a%0ab", "sha=%00", "page=1%0d", "ref=%c2%85",
                ]
                for query in queries {
                    expectProblem(try origin.get("/api/github/pulls?\(query)"), 400, "\(query)")
                }
                let asked = github.requests.map(\.target)
                #expect(
                    asked.allSatisfy {
                        ["/repos/\(github.repository)/pulls/1", "/repos/\(github.repository)"].contains($0)
                    }, "\(asked)")
            }
        }

        @Test("Too long: 414, by chimney up to its limit and by the front end beyond; too many of anything, likewise")
        func long() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                let long = String(repeating: "a", count: 20_000)
                expectProblem(try origin.get("/api/github/" + long), 414)
                expectProblem(try origin.get("/api/github/" + String(repeating: "a/", count: 10_000) + "b"), 414)
                expectProblem(try origin.get("/api/github/" + String(repeating: "%61", count: 400)), 414)
                expectProblem(try origin.get("/api/github/pulls?labels=" + long), 414)
                #expect(try origin.get("/api/github/pulls?nobody=" + long).status == 200, "it is not let through")
                let beyond = try origin.get("/api/github/" + String(repeating: "a", count: 200_000))
                #expect((400..<500).contains(beyond.status))
                #expect(github.requests.map(\.target) == ["/repos/\(github.repository)/pulls"])
            }
        }

        @Test("A target in absolute form, a foreign Host, a request within a path: nothing but the path counts")
        func rawTargets() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                func status(_ bytes: String) throws -> Int {
                    let connection = try origin.http.connect()
                    try connection.send(bytes)
                    return try connection.receive().status
                }
                let end = "Host: localhost\r\nConnection: close\r\n\r\n"
                #expect(try status("GET http://evil.example/api/github/pulls HTTP/1.1\r\n" + end) == 200)
                #expect(
                    try status("GET /api/github/issues HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                        == 200)
                let refused = [
                    "GET http://evil.example/api/github/../../user HTTP/1.1\r\n",
                    "GET /api/github/http://evil.example/user HTTP/1.1\r\n",
                    "GET /api/github//evil.example/user HTTP/1.1\r\n",
                    "GET /api/github/@evil.example/../user HTTP/1.1\r\n",
                    "GET /api/github/pulls\rX: y HTTP/1.1\r\n", "GET /api/github/pu lls HTTP/1.1\r\n",
                    "GET /api/github/pulls%zz HTTP/1.1\r\n", "GET /api/github/pulls\u{1} HTTP/1.1\r\n",
                ]
                for line in refused { #expect((400..<500).contains(try status(line + end)), "\(line)") }
                // Names that look like addresses stay names of the repository.
                for path in [
                    "@evil.example", "evil.example:80", "user@evil.example", ";x=y", "~root", "a%23b", "a%3Fb=c",
                ] {
                    #expect(try origin.http.patient.get("/api/github/\(path)").status == 404, "\(path)")
                }
                #expect(github.requests.allSatisfy { $0.path.hasPrefix("/repos/\(github.repository)/") })
                #expect(github.requests.allSatisfy { $0["Host"] == "127.0.0.1:\(github.port)" })
                #expect(github.requests.contains { $0.target.hasSuffix("/a%3Fb=c") }, "an encoded ? is no query")
                #expect(github.requests.contains { $0.target.hasSuffix("/a%23b") })
            }
        }

        @Test("What clients send besides the path goes no further")
        func fields() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                let answer = try origin.http.patient.get(
                    "/api/github/pulls?access_token=client-mark&state=open",
                    [
                        ("Authorization", "Bearer client-mark"), ("Cookie", "a=client-mark"), ("X-Forwarded-Host", "x"),
                        ("User-Agent", "client-mark"), ("Accept", "text/client-mark"), ("X-GitHub-OTP", "client-mark"),
                    ])
                #expect(answer.status == 200)
                let request = try #require(github.requests.first)
                #expect(request.target == "/repos/\(github.repository)/pulls?state=open")
                #expect(request.fields.allSatisfy { !$0.value.contains("client-mark") })
                #expect(request["Authorization"] == "Bearer \(CachingSettings.githubToken)")
            }
        }
    }
}
