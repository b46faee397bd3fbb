import TestSupport
import Testing

extension EndToEnd {
    /// Paths that could lead anywhere else are refused, and GitHub never hears of them.
    @Suite struct ProxyPathTests {
        private static let refused = [
            "/..", "/../secrets", "/pulls/..", "/pulls/../../../user", "/pulls/../issues", "/.", "/./pulls", "/pulls/.",
            "//pulls", "/pulls//9", "/pulls/", "//evil.example/x", "/http://evil.example/x",
            "/https:%2f%2fevil.example",
            "/%2e%2e/user", "/%2E%2E/user", "/.%2e/user", "/%2e./user", "/%2e/user", "/pulls/%2e%2e",
            "/pulls%2f9", "/pulls%2F..%2F..", "/..%2fuser", "/pulls%5c9", "/pulls\\9", "/..\\user", "/..%5cuser",
            "/pulls%0d%0aX-Mark:%201", "/pulls%0a", "/pulls%09", "/pulls%7f", "/pulls%1b", "/pulls%c2%85",
            "/pulls%e2%80%a8", "/%252e%252e/user", "/%25252e%25252e/user", "/pulls%252f9", "/pulls%250d%250a",
            "/pulls%255c9", "/pulls%2500", "/pulls?state=%0d%0aX-Mark:1", "/pulls?ref=%00",
            "/pulls?sha=%e2%80%a9", "/pulls%ff", "/%c0%ae%c0%ae/user", "/pulls?state=%ff",
        ]

        @Test("Dots, empty segments, encoded slashes, control characters, encoded as often as they like: 400")
        func refusals() async throws {
            try await withGitHub { origin, github throws in
                for path in Self.refused {
                    let answer = try origin.github(path)
                    expectProblem(answer, 400, "\(path)")
                    #expect(answer["X-Cache"] == nil, "\(path)")
                }
                for path in ["/pulls%00", "/%00"] { expectProblem(try origin.github(path), 400, "\(path)") }
                // What is no URL at all does not get past Caddy.
                #expect(try origin.github("/%%32e%%32e/user").status == 400)
                #expect(github.count() == 0, "\(github.requests.map(\.target))")
                #expect(try origin.cachedKeys() == [])
                #expect(try origin.github("/pulls").status == 200)
            }
        }

        @Test("What only looks like it passes: dots within names, escapes that stand for themselves")
        func harmless() async throws {
            try await withGitHub { origin, github throws in
                let harmless = [
                    "/compare/v1...v2", "/contents/.github/workflows/ci.yml", "/contents/..a", "/contents/a..",
                    "/contents/100%25", "/contents/...",
                ]
                for path in harmless {
                    let answer = try origin.github(path)
                    #expect([200, 404].contains(answer.status), "\(path)")
                    #expect(answer["X-Cache"] == "miss", "\(path)")
                    #expect(github.requests.last?.target == "/repos/octo-org/wgmesh\(path)", "\(path)")
                }
                #expect(github.count() == harmless.count)
            }
        }

        @Test("A path of 20 kB, and parameters of more than a kilobyte: 400 or 414")
        func long() async throws {
            try await withGitHub { origin, github throws in
                let long = String(repeating: "a", count: 20_000)
                let paths = [
                    "/\(long)", "/pulls/\(long)", "/" + String(repeating: "a/", count: 10_000) + "b",
                    "/pulls?state=\(long)",
                    "/" + String(repeating: "%2e%2e", count: 3000),
                ]
                for path in paths {
                    let answer = try origin.github(path)
                    #expect([400, 414].contains(answer.status), "\(answer.status) \(path.prefix(20))")
                    expectProblem(answer, answer.status)
                    #expect(answer.body.count < 2000)
                }
                // What is dropped from the query costs nothing.
                #expect(try origin.github("/pulls?other=\(long)").status == 200)
                #expect(github.requests.map(\.target) == ["/repos/octo-org/wgmesh/pulls"])
                #expect(try origin.cachedKeys() == ["/pulls?"])
            }
        }
    }
}
