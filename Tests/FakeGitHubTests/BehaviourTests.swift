import TestSupport
import Testing

extension FakeGitHubTests {
    /// Answers as a test arranges them.
    @Suite struct BehaviourTests {
        @Test("The next ones, one each, and all others as usual")
        func next() throws {
            let github = try FakeGitHub()
            github.next(.serverError, .usual, .secondaryLimit(retryAfter: 7), on: "/pulls")
            #expect(try github.ask("/issues").status == 200)
            let failed = try github.ask("/pulls")
            #expect(failed.status == 502)
            #expect(failed["X-RateLimit-Remaining"] == nil)
            #expect(try github.ask("/pulls").status == 200)
            let limited = try github.ask("/pulls?state=closed")
            #expect(limited.status == 403)
            #expect(limited["Retry-After"] == "7")
            #expect(limited["X-RateLimit-Remaining"] == "4997")
            #expect(try limited.json.message?.text?.contains("secondary rate limit") == true)
            #expect(try github.ask("/pulls").status == 200)
        }

        @Test("Always, until it is taken back")
        func always() throws {
            let github = try FakeGitHub()
            github.always(.forbidden)
            for _ in 0..<3 { #expect(try github.ask("/pulls").status == 403) }
            github.answerAsUsual()
            #expect(try github.ask("/pulls").status == 200)
        }

        @Test("Connections that end, bodies that do, and bodies that are too long")
        func broken() throws {
            let github = try FakeGitHub()
            github.next(.dropped, .truncated, .noHTTP, .garbage, .oversized())
            #expect(throws: (any Error).self) { try github.ask("/pulls") }
            #expect(throws: HTTPFailure.self) { try github.ask("/pulls") }
            #expect(throws: HTTPFailure.self) { try github.ask("/pulls") }
            #expect(throws: DecodingError.self) { try github.ask("/pulls").json }
            #expect(try github.ask("/pulls").body.count == 10_485_761)
        }

        @Test("Redirects within the server and to another")
        func redirects() throws {
            let github = try FakeGitHub()
            github.next(.moved(to: "/repositories/300029405/pulls"), .redirected(to: "http://127.0.0.1:1/"))
            let moved = try github.ask("/pulls")
            #expect(moved.status == 301)
            let location = try #require(moved["Location"])
            #expect(location == github.url("/repositories/300029405/pulls"))
            let elsewhere = try github.ask("/pulls")
            #expect(elsewhere.status == 302)
            #expect(elsewhere["Location"] == "http://127.0.0.1:1/")
            #expect(try github.get(String(location.dropFirst(github.url().count))).json.list.count == 3)
        }

        @Test("A token is asked for, and a user agent")
        func credentials() throws {
            let github = try FakeGitHub(token: "secret")
            #expect(try github.ask("/pulls").status == 401)
            let wrong = try github.ask("/pulls", [("Authorization", "Bearer other")])
            #expect(wrong.status == 401)
            #expect(try wrong.json.message == "Bad credentials")
            #expect(try github.ask("/pulls", [("Authorization", "token secret")]).status == 200)
            #expect(try HTTPClient(.port(github.port)).get("/rate_limit").status == 403)
        }

        @Test("Who is silent goes when the fake does, or the client")
        func silent() throws {
            let github = try FakeGitHub()
            github.always(.silent)
            #expect(throws: (any Error).self) { try github.get("/rate_limit", timeout: 0.05) }
            #expect(eventually { github.requestsUnderWay.isEmpty })
            try HTTPClient.concurrently(2) { index throws in
                if index == 0 {
                    #expect(throws: (any Error).self) { try github.get("/rate_limit") }
                } else {
                    #expect(github.receives(2))
                    github.stop()
                }
            }
        }

        @Test("Answers wait until they are let go, and say what there was when they were asked for")
        func hold() throws {
            let github = try FakeGitHub()
            github.hold(on: "/pulls")
            try HTTPClient.concurrently(4) { index throws in
                guard index == 3 else {
                    #expect(try github.ask("/pulls").json.list.count == 3)
                    return
                }
                #expect(github.receives(3, for: "/pulls"))
                #expect(eventually { github.requestsUnderWay.count == 3 })
                #expect(try github.ask("/issues").status == 200)
                // All three have been looked at before the repository changes.
                #expect(eventually { github.quota.remaining == 5000 - 4 })
                github.update { $0.openPull("Too late for them") }
                github.release()
            }
            #expect(github.mostRequestsUnderWay == 4)
            #expect(github.requestsUnderWay.isEmpty)
            #expect(try github.ask("/pulls").json.list.count == 4)
        }

        @Test("It tells what it was asked for")
        func requests() throws {
            let github = try FakeGitHub()
            _ = try github.ask("/pulls?state=open&page=1", [("X-Trace", "a")])
            _ = try github.ask("/pulls")
            _ = try github.get("/api/v3/repos/octo-org/wgmesh")
            _ = try github.get("/orgs/octo-org/repos")
            #expect(github.count() == 4)
            #expect(github.count("/pulls") == 2)
            #expect(github.count("/pulls?page=1&state=open") == 1)
            #expect(github.count("/pulls?") == 1)
            #expect(github.count("/") == 1)
            #expect(github.count("/*") == 2)
            #expect(github.count("/orgs/octo-org/repos") == 1)
            #expect(github.requests(for: "/pulls").first?["x-trace"] == "a")
            let times = github.requests.map(\.time)
            #expect(times == times.sorted())
            github.forgetRequests()
            #expect(github.count() == 0)
        }
    }
}
