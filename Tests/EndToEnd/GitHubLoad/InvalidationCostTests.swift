import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// What an invalidation costs follows from what it invalidates, not from what else there is.
    @Suite struct InvalidationCostTests {
        @Test(
            "Seven entries among 10,000, beside 100,000 other keys, cost the same commands as seven alone, and no scan")
        func cost() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                // Commands are counted by the server, so it has to be the test's own.
                let server = try StoreServer()
                try await withCachingOrigin(workers: 1, server: server) { origin, _ throws in
                    // What an agent does besides would be counted as well.
                    let agent = try #require(value { origin.pool.agents.first })
                    kill(agent, SIGSTOP)
                    defer { kill(agent, SIGCONT) }
                    let seven = (1...7).map { "/pulls/seven/\($0)?" }
                    try origin.store.put(seven)
                    // Once without counting: scripts are loaded at their first use.
                    #expect(try origin.http.invalidate("/pulls/seven").json.dragonfly == 7)
                    try origin.store.put(seven)
                    let small = try origin.commandsOfInvalidation()

                    try origin.store.put((0..<5000).map { "/issues/\($0)?" })
                    try origin.store.put((0..<5000).map { "/releases/\($0)?" })
                    try origin.store.put(seven)
                    try origin.store.putOthers(100_000)
                    #expect(try origin.store.run("ZCARD", origin.store.cacheKey("index")).integer == 10_007)
                    #expect(try (server.run("DBSIZE").integer ?? 0) > 110_000)
                    let large = try origin.commandsOfInvalidation()
                    // How many counters and settings there are to look at follows from the time that it took.
                    let varying: Set = ["hincrby", "hget"]
                    #expect(large.filter { !varying.contains($0.key) } == small.filter { !varying.contains($0.key) })
                    #expect(
                        (10...25).contains(large.reduce(0) { $0 + ($1.key == "hincrby" ? 0 : $1.value) }), "\(large)")
                    #expect(try abs(#require(large["hincrby"]) - #require(small["hincrby"])) < 4)
                    let scans = ["scan", "keys", "smembers", "hgetall", "hscan", "zscan", "lrange", "zrange", "hkeys"]
                    #expect(scans.allSatisfy { large[$0] == nil }, "\(large)")
                    #expect(large["zrangebylex"] == 1)
                    #expect(try origin.store.run("ZCARD", origin.store.cacheKey("index")).integer == 10_000)
                    #expect(try origin.store.keys("{cache}:/pulls/*") == [])
                }
            }
        }
    }
}

extension Origin {
    /// What the store has done for an invalidation of seven entries and its telemetry, by command.
    fileprivate func commandsOfInvalidation() throws -> [String: Int] {
        try commands { () throws in #expect(try http.invalidate("/pulls/seven").json.dragonfly == 7) }
    }
}

extension TestStore {
    /// Puts entries into the cache, in the layout that it has.
    fileprivate func put(_ keys: [String]) throws {
        let body = "[]"
        let now = String(monotonicMilliseconds + 1_700_000_000_000)
        let later = String(monotonicMilliseconds + 4_000_000_000_000)
        for key in keys {
            try run(
                "HSET", cacheKey(key), "body", body, "etag", "\"1\"", "status", "200", "headers",
                "Content-Type: application/json\r\n", "fetched_at", now)
            try run("ZADD", cacheKey("index"), "0", key)
            try run("ZADD", cacheKey("expiry"), later, key)
            try run("HSET", cacheKey("sizes"), key, String(body.utf8.count))
        }
    }

    /// Puts keys beside them that have nothing to do with the cache.
    fileprivate func putOthers(_ count: Int) throws {
        try run(
            "EVAL", "for i = 1, tonumber(ARGV[2]) do redis.call('SET', ARGV[1] .. i, i) end return '1'", "0",
            key("other:"), String(count))
    }
}
