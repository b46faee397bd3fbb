import TestSupport
import Testing

extension EndToEnd {
    /// What GitHub is asked, and what is left out.
    @Suite struct ProxyRequestTests {
        private static let root = "/repos/octo-org/wgmesh"

        @Test("GitHub is asked for the repository's path, with its own headers and the token, and none of the client's")
        func headers() async throws {
            try await withGitHub { origin, github throws in
                let answer = try origin.github(
                    "/pulls?state=open",
                    [
                        ("Cookie", "session=mark"), ("Authorization", "Bearer mark"), ("Accept", "text/html"),
                        ("User-Agent", "browser"), ("X-Forwarded-For", "203.0.113.77"), ("X-GitHub-Api-Version", "1"),
                        ("If-None-Match", "\"mark\""),
                    ])
                #expect(answer.status == 200)
                expectCommonForm(answer)
                #expect(github.count() == 1)
                let request = try #require(github.requests.first)
                #expect(request.method == "GET")
                #expect(request.target == "\(Self.root)/pulls?state=open")
                #expect(request["Authorization"] == "Bearer \(GitHubSecrets.token)")
                #expect(request["Accept"] == "application/vnd.github+json")
                #expect(request["X-GitHub-Api-Version"] == "2022-11-28")
                #expect(request["User-Agent"]?.hasPrefix("chimney/") == true)
                #expect(request["If-None-Match"] == nil)
                #expect(request["Cookie"] == nil && request["X-Forwarded-For"] == nil)
                #expect(request.body.isEmpty)
                #expect(!request.fields.contains { $0.value.contains("mark") && $0.name != "Authorization" })
            }
        }

        @Test("What a path of the cache is at GitHub")
        func paths() async throws {
            try await withGitHub { origin, github throws in
                let targets = [
                    ("", ""), ("/pulls", "/pulls"), ("/pulls/7", "/pulls/7"), ("/actions/runs", "/actions/runs"),
                    ("/actions/workflows/goose-build.yml/runs", "/actions/workflows/goose-build.yml/runs"),
                    ("/releases/latest", "/releases/latest"), ("/contents/README.md", "/contents/README.md"),
                    ("/contents/a%20b%3F", "/contents/a%20b%3F"), ("/branches/%7Euser", "/branches/~user"),
                    ("/compare/v1.1.0...main", "/compare/v1.1.0...main"), ("/labels/type:bug", "/labels/type:bug"),
                    ("/contents/%C3%A9", "/contents/%C3%A9"),
                ]
                for (path, target) in targets {
                    github.forgetRequests()
                    let answer = try origin.github(path)
                    #expect([200, 404].contains(answer.status), "\(path)")
                    #expect(answer.cache == "miss none", "\(path)")
                    #expect(github.requests.map(\.target) == [Self.root + target], "\(path)")
                }
                #expect(try origin.github("/").cache == "hit dragonfly", "the repository itself")
                #expect(try origin.github("?").cache == "hit dragonfly", "the repository itself")
                #expect(try origin.github("/branches/~user").cache == "hit dragonfly", "another spelling")
            }
        }

        @Test("Only known parameters pass, sorted; another order, or others besides, make no other entry")
        func query() async throws {
            try await withGitHub { origin, github throws in
                let first = try origin.github("/pulls?state=all&access_token=x&per_page=2&callback=f&page=1&sort=&_=17")
                #expect(first.cache == "miss none")
                #expect(github.requests.map(\.target) == ["\(Self.root)/pulls?page=1&per_page=2&state=all"])
                for query in ["per_page=2&page=1&state=all", "page=1&state=%61ll&per_page=2&nocache=1&State=open"] {
                    #expect(try origin.github("/pulls?\(query)").cache == "hit dragonfly", "\(query)")
                }
                #expect(try origin.cachedKeys() == ["/pulls?page=1&per_page=2&state=all"])
                #expect(github.count() == 1)
                #expect(try origin.github("/pulls?page=2&per_page=2&state=all").cache == "miss none")
                #expect(try first.numbers.count == 2)
            }
        }

        @Test("Every known parameter reaches GitHub, whatever it is set to, and none can become two")
        func everyParameter() async throws {
            try await withGitHub { origin, github throws in
                let names = [
                    "branch", "direction", "event", "labels", "page", "path", "per_page", "ref", "sha", "since", "sort",
                    "state", "status", "until", "workflow",
                ]
                let query = names.reversed().map { "\($0)=v1" }.joined(separator: "&")
                _ = try origin.github("/commits?\(query)")
                #expect(github.requests.last?.query == names.map { "\($0)=v1" }.joined(separator: "&"))
                let values = [
                    ("labels=type%3Abug%2Cp+1", "labels=type:bug,p%201"), ("ref=a%26page%3D7", "ref=a%26page%3D7"),
                    ("since=2026-02-21T10:13:00Z", "since=2026-02-21T10:13:00Z"), ("sha=%23x%25", "sha=%23x%25"),
                    ("path=d%C3%A9/f.txt", "path=d%C3%A9/f.txt"),
                ]
                for (sent, arrived) in values {
                    _ = try origin.github("/commits?\(sent)")
                    #expect(github.requests.last?.query == arrived, "\(sent)")
                }
                _ = try origin.github("/commits?page=3&page=4&page=5")
                #expect(github.requests.last?.query.split(separator: "&").count == 1)
            }
        }

        @Test(
            "GitHub Enterprise's address has a path of its own, which comes before the repository's",
            arguments: ["/api/v3", "/api/v3/"])
        func enterprise(root: String) async throws {
            let github = try FakeGitHub(token: GitHubSecrets.token)
            defer { github.stop() }
            try await withGitHub(environment: ["GITHUB_API_URL": github.url(root)]) { origin, unused throws in
                let answer = try origin.github("/pulls?per_page=1")
                #expect(answer.status == 200)
                #expect(github.requests.map(\.target) == ["/api/v3\(Self.root)/pulls?per_page=1"])
                #expect(answer["Link"]?.contains("</api/github/pulls?") == true)
                #expect(unused.count() == 0)
            }
        }

        @Test("A URL of another host in the request line leads nowhere else, and other methods are refused")
        func methods() async throws {
            try await withGitHub { origin, github throws in
                let other = try origin.http.request("GET", "http://evil.example/api/github/pulls")
                #expect([200, 400, 404].contains(other.status))
                #expect(github.requests.allSatisfy { $0.target == "\(Self.root)/pulls" })
                let count = github.count()
                for method in ["POST", "PUT", "PATCH", "DELETE"] {
                    let answer = try origin.http.request(method, "/api/github/issues/1", body: [])
                    expectProblem(answer, 405, "\(method)")
                    #expect(answer["Allow"]?.contains("GET") == true)
                }
                let options = try origin.http.request("OPTIONS", "/api/github/issues")
                #expect(options.status == 204)
                for name in ["X-Cache", "X-Cache-Tier", "X-Cache-Age", "X-RateLimit-Remaining", "ETag", "Link"] {
                    #expect(options["Access-Control-Expose-Headers"]?.contains(name) == true)
                }
                #expect(github.count() == count)
            }
        }

        @Test("Without a token GitHub is asked all the same, and without a repository not at all")
        func settings() async throws {
            let open = try FakeGitHub()
            defer { open.stop() }
            try await withGitHub(environment: ["GITHUB_API_URL": open.url(), "GITHUB_TOKEN": ""]) { origin, _ throws in
                #expect(try origin.github("/pulls").status == 200)
                #expect(open.requests.allSatisfy { $0["Authorization"] == nil })
            }
            try await withGitHub(environment: ["GITHUB_REPO": ""]) { origin, github throws in
                for path in ["/api/github/pulls", "/api/github", "/api/pipeline/summary", "/api/github/org/repos"] {
                    let problem = expectProblem(try origin.get(path), 404, "\(path)")
                    #expect(problem.detail?.text?.contains("GITHUB_REPO") == true)
                }
                expectProblem(try origin.manageCache("warm"), 404)
                #expect(try origin.get("/api/cache/stats").status == 200)
                #expect(github.count() == 0)
            }
        }
    }
}
