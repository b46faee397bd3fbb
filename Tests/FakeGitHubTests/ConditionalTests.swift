import TestSupport
import Testing

extension FakeGitHubTests {
    /// ETags, and what a client with one is answered.
    @Suite struct ConditionalTests {
        private static let token = ("Authorization", "Bearer secret")

        @Test(
            "An ETag stands for the content, and what is unchanged is 304", arguments: [FakeGitHub.ETags.weak, .strong])
        func etag(_ etags: FakeGitHub.ETags) throws {
            let github = try FakeGitHub()
            github.setETags(etags)
            let first = try github.ask("/pulls")
            let etag = try #require(first["ETag"])
            #expect(etag.hasPrefix("W/") == (etags == .weak))
            #expect(try github.ask("/pulls")["ETag"] == etag)
            #expect(try github.ask("/issues")["ETag"] != etag)

            let unchanged = try github.ask("/pulls", [("If-None-Match", etag)])
            #expect(unchanged.status == 304)
            #expect(unchanged.body.isEmpty)
            #expect(unchanged["ETag"] == etag)

            github.update { $0.openPull("Another one") }
            let changed = try github.ask("/pulls", [("If-None-Match", etag)])
            #expect(changed.status == 200)
            #expect(changed["ETag"] != etag)
            #expect(try changed.json.list.count == first.json.list.count + 1)
        }

        @Test("Without ETags there is no 304")
        func none() throws {
            let github = try FakeGitHub()
            github.setETags(.none)
            let answer = try github.ask("/pulls", [("If-None-Match", "*")])
            #expect(answer.status == 200)
            #expect(answer["ETag"] == nil)
        }

        @Test("A single thing says when it was changed, and that serves as well")
        func lastModified() throws {
            let github = try FakeGitHub()
            let number = try #require(github.contents.pulls.last?.number)
            let modified = try #require(try github.ask("/pulls/\(number)")["Last-Modified"])
            #expect(try github.ask("/pulls/\(number)", [("If-Modified-Since", modified)]).status == 304)
            #expect(try github.ask("/pulls")["Last-Modified"] == nil)
        }

        @Test("A 304 costs nothing of the quota, if the request was authorised")
        func quota() throws {
            let github = try FakeGitHub(token: "secret")
            let first = try github.ask("/pulls", [Self.token])
            #expect(first["X-RateLimit-Limit"] == "5000")
            #expect(first["X-RateLimit-Remaining"] == "4999")
            #expect(first["X-RateLimit-Used"] == "1")
            #expect(first["X-RateLimit-Resource"] == "core")
            let etag = try #require(first["ETag"])
            let unchanged = try github.ask("/pulls", [Self.token, ("If-None-Match", etag)])
            #expect(unchanged.status == 304)
            #expect(unchanged["X-RateLimit-Remaining"] == "4999")
            #expect(try github.ask("/releases/tags/none", [Self.token])["X-RateLimit-Remaining"] == "4998")
            #expect(try github.get("/rate_limit", [Self.token]).json.resources?.core?.remaining == 4998)

            let open = try FakeGitHub()
            #expect(try open.ask("/pulls", [("If-None-Match", "*")])["X-RateLimit-Remaining"] == "4999")
        }

        @Test("Who has no quota left is refused, until there is a new one")
        func exhausted() throws {
            let github = try FakeGitHub()
            github.setQuota(remaining: 1)
            #expect(try github.ask("/pulls").status == 200)
            let refused = try github.ask("/pulls")
            #expect(refused.status == 403)
            #expect(refused["X-RateLimit-Remaining"] == "0")
            #expect(
                refused["X-RateLimit-Reset"].flatMap { Double($0) }
                    == github.quota.reset.timeIntervalSince1970.rounded(.down))
            #expect(try refused.json.message?.text?.hasPrefix("API rate limit exceeded") == true)
            #expect(try github.get("/rate_limit").status == 200)
            github.setQuota(remaining: 0, reset: 0)
            #expect(try github.ask("/pulls")["X-RateLimit-Remaining"] == "4999")
        }
    }
}
