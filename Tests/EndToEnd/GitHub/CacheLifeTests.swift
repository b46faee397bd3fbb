import TestSupport
import Testing

extension EndToEnd {
    /// The life of an entry: fetched, served, refreshed in the background, compared, replaced.
    @Suite struct CacheLifeTests {
        @Test("Fetched once, then served from the store, with all that GitHub has said of it")
        func missAndHit() async throws {
            try await withGitHub { origin, github throws in
                let miss = try origin.github("/pulls")
                #expect(miss.status == 200)
                #expect(miss.cache == "miss none")
                expectCommonForm(miss)
                let hit = try origin.github("/pulls")
                #expect(hit.status == 200)
                #expect(hit.cache == "hit dragonfly")
                expectCommonForm(hit)
                #expect(github.count() == 1)
                #expect(hit.body == miss.body)
                #expect(try hit.numbers.count == 3)
                for answer in [miss, hit] {
                    #expect(answer["ETag"]?.hasPrefix("W/\"") == true)
                    #expect(answer["ETag"] == miss["ETag"])
                    #expect(answer["Content-Type"] == "application/json; charset=utf-8")
                    #expect((0...5).contains(Int(answer["X-Cache-Age"] ?? "") ?? -1))
                    #expect(answer["X-RateLimit-Remaining"] == "4999")
                    #expect(answer["X-RateLimit-Reset"] == "\(Int(github.quota.reset.timeIntervalSince1970))")
                    #expect(answer["Content-Length"] == "\(answer.body.count)")
                    for name in ["Server", "X-GitHub-Request-Id", "X-Chimney-GitHub-Path", "X-Chimney-Hold", "Vary"] {
                        #expect(answer[name] == nil || name == "Server", "\(name)")
                    }
                }
                try origin.age("/pulls?", 17)
                #expect((17...22).contains(Int(try origin.github("/pulls")["X-Cache-Age"] ?? "") ?? -1))
                // What is left of the quota is told as it is now, not as it was when the entry was fetched.
                _ = try origin.github("/issues")
                #expect(try origin.github("/pulls")["X-RateLimit-Remaining"] == "4998")
            }
        }

        @Test(
            "Each path has its time to live, is served for as long again while it is refreshed, and is compared after that",
            arguments: [
                ("/pulls?state=open", 30), ("/pulls?", 30), ("/pulls?state=closed", 300),
                ("/pulls?page=1&state=closed", 300), ("/pulls?state=all", 30), ("/issues?", 120),
                ("/issues?labels=type:bug&state=open", 120), ("/actions/runs?", 30), ("/actions/runs?per_page=10", 30),
                ("/releases/latest?", 30), ("/?", 30), ("/pulls/7?", 30),
            ])
        func timeToLive(key: String, seconds: Int) async throws {
            try await withGitHub(workers: 1) { origin, github throws in
                #expect(try origin.github(key).cache == "miss none")
                try origin.age(key, seconds - 10)
                #expect(try origin.github(key).cache == "hit dragonfly")
                #expect(github.count() == 1)
                try origin.age(key, 2 * seconds - 10)
                let stale = try origin.github(key)
                #expect(stale.status == 200)
                #expect(stale.cache == "stale dragonfly")
                #expect(stale["X-Cache-Age"].flatMap { Int($0) } ?? 0 >= 2 * seconds - 10)
                #expect(github.receives(2))
                #expect(try origin.githubOnceFresh(key)["X-Cache-Age"].flatMap { Int($0) } ?? 99 < 10)
                #expect(github.count() == 2)
                try origin.age(key, 2 * seconds + 1)
                #expect(try origin.github(key).cache == "revalidated dragonfly")
                #expect(github.count() == 3)
            }
        }

        @Test("A stale answer comes at once, and the refresh behind it makes the next one new")
        func refresh() async throws {
            try await withGitHub { origin, github throws in
                let before = try origin.github("/issues")
                let number = github.update { $0.openIssue("New") }
                try origin.age("/issues?", 130)
                let gate = github.hold(on: "/issues")
                for _ in 0..<20 {
                    let stale = try origin.github("/issues")
                    #expect(stale.cache == "stale dragonfly")
                    #expect(stale.body == before.body)
                }
                #expect(github.receives(2, for: "/issues"))
                #expect(github.count("/issues") == 2, "one refresh at a time, by all workers")
                gate.open()
                let after = try origin.githubOnceFresh("/issues")
                #expect(try after.numbers.contains(number))
                #expect(after["ETag"] != before["ETag"])
                #expect(github.count("/issues") == 2)
            }
        }

        @Test("GitHub is asked whether what is too old has changed: 304 renews it, another answer replaces it")
        func revalidation() async throws {
            try await withGitHub { origin, github throws in
                let first = try origin.github("/pulls")
                let quota = github.quota.remaining
                try origin.age("/pulls?", 3600)
                let same = try origin.github("/pulls")
                #expect(same.status == 200)
                #expect(same.cache == "revalidated dragonfly")
                #expect(same.body == first.body)
                #expect(same["ETag"] == first["ETag"])
                #expect(same["Content-Type"] == first["Content-Type"])
                #expect(Int(same["X-Cache-Age"] ?? "") ?? 99 < 10)
                #expect(github.requests.last?["If-None-Match"] == first["ETag"])
                #expect(github.quota.remaining == quota, "a 304 costs nothing")
                #expect(try origin.github("/pulls").cache == "hit dragonfly")

                try origin.age("/pulls?", 23 * 3600)
                let number = github.update { $0.openPull("New") }
                let other = try origin.github("/pulls")
                #expect(other.cache == "miss none")
                #expect(try other.numbers.contains(number))
                #expect(github.requests.last?["If-None-Match"] == first["ETag"])
                #expect(github.count() == 3)
                #expect(try origin.github("/pulls").body == other.body)
            }
        }

        @Test("Without an ETag there is nothing to compare, and the whole is fetched again")
        func unconditional() async throws {
            try await withGitHub { origin, github throws in
                github.setETags(.none)
                let first = try origin.github("/pulls")
                #expect(first["ETag"] == nil)
                try origin.age("/pulls?", 61)
                #expect(try origin.github("/pulls").cache == "miss none")
                #expect(github.requests.allSatisfy { $0["If-None-Match"] == nil })
                #expect(try origin.github("/pulls", [("If-None-Match", "*")]).status == 200)
                github.setETags(.strong)
                try origin.age("/pulls?", 61)
                #expect(try origin.github("/pulls")["ETag"]?.hasPrefix("\"") == true)
            }
        }

        @Test("HEAD is answered as GET without the body: absent, fresh, stale, and compared")
        func head() async throws {
            try await withGitHub { origin, github throws in
                func expectHead(_ cache: String) throws {
                    let head = try origin.http.request("HEAD", "/api/github/pulls")
                    #expect(head.status == 200, "\(cache)")
                    #expect(head.cache == cache)
                    #expect(head.body.isEmpty)
                    let whole = try origin.githubOnceFresh("/pulls")
                    for name in ["Content-Length", "ETag", "Content-Type"] {
                        #expect(head[name] == whole[name], "\(name)")
                    }
                    #expect(whole.body.count > 1000)
                }
                try expectHead("miss none")
                #expect(github.requests.map(\.method) == ["GET"], "what is fetched is for all")
                try expectHead("hit dragonfly")
                try origin.age("/pulls?", 40)
                try expectHead("stale dragonfly")
                try origin.age("/pulls?", 400)
                try expectHead("revalidated dragonfly")
                let missing = try origin.http.request("HEAD", "/api/github/pulls/799")
                #expect(missing.status == 404)
                #expect(missing.body.isEmpty)
            }
        }

        @Test("Entries are held for a day, by the store's own clock and in the order of their ages")
        func holding() async throws {
            try await withGitHub { origin, _ throws in
                _ = try origin.github("/pulls")
                let time = try origin.store.run("PTTL", origin.store.key("{cache}:/pulls?")).integer ?? 0
                #expect((24 * 3_600_000 - 60_000...26 * 3_600_000).contains(time))
                // What is over its day is dropped by the agent.
                try origin.store.run("ZADD", origin.store.key("{cache}:expiry"), "1", "/pulls?")
                #expect(try eventually(within: 60, every: 100) { try origin.cachedKeys() == [] })
                #expect(try eventually { try origin.events("cache.evicted").compactMap(\.key?.text) == ["/pulls?"] })
                #expect(try origin.github("/pulls").cache == "miss none")
            }
        }
    }
}
