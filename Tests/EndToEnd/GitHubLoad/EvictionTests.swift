import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The cache in the store keeps within its bounds.
    @Suite struct EvictionTests {
        @Test("More than GITHUB_CACHE_MB: the oldest go, with an event each, and the newest stay")
        func size() async throws {
            try await withCachingOrigin(workers: 2, environment: ["GITHUB_CACHE_MB": "16"]) { origin, github throws in
                github.always(.oversized(3 << 20), on: "/issues*")
                let count = 12
                for page in 1...count {
                    #expect(try origin.http.patient.get("/api/github/issues?page=\(page)").status == 200)
                }
                let limit: Int64 = 16 << 20
                let isBounded = try eventually {
                    let (bytes, sizes) = try origin.cacheSize()
                    #expect(bytes == sizes.reduce(0, +))
                    return bytes <= limit
                }
                #expect(isBounded)
                let left = try origin.store.run("ZRANGE", origin.store.cacheKey("index"), "0", "-1").array
                    .compactMap(\.string)
                #expect((1...5).contains(left.count), "\(left)")
                #expect(left.contains("/issues?page=\(count)"), "the newest stays: \(left)")
                let evicted = try origin.evicted(count - left.count)
                let expected = (1...count).map { "/issues?page=\($0)" }.filter { !left.contains($0) }
                #expect(evicted == expected.sorted())
                try expectNoLeftovers(origin.store)
                let newest = try origin.http.patient.get("/api/github/issues?page=\(count)")
                #expect(newest["X-Cache"] == "hit")
                #expect(newest.body.count == 3 << 20)
            }
        }

        @Test("More than 20,000 entries: the oldest go")
        func count() async throws {
            // The script names its keys itself, which not every store takes.
            let server = try StoreServer()
            try await withCachingOrigin(workers: 1, server: server) { origin, _ throws in
                let later = Date().timeIntervalSince1970 * 1000 + 3_600_000
                try origin.store.run(
                    "EVAL",
                    """
                    local key, entries, at = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
                    for i = 1, entries do
                      local name = '/issues/' .. i .. '?'
                      redis.call('HSET', key .. name, 'body', '', 'etag', '', 'status', '200', 'headers', '', 'fetched_at', '1')
                      redis.call('ZADD', key .. 'index', 0, name)
                      redis.call('ZADD', key .. 'expiry', string.format('%d', at + i), name)
                      redis.call('HSET', key .. 'sizes', name, '0')
                    end
                    return '1'
                    """, "0", origin.store.cacheKey(""), "20600", String(Int64(later)))
                let isBounded = try eventually {
                    try origin.store.run("ZCARD", origin.store.cacheKey("index")).integer == 20_000
                }
                #expect(isBounded)
                let index = origin.store.cacheKey("index")
                #expect(try origin.store.run("ZSCORE", index, "/issues/600?").string == nil)
                #expect(try origin.store.run("ZSCORE", index, "/issues/601?").string != nil)
                #expect(try origin.store.run("HLEN", origin.store.cacheKey("sizes")).integer == 20_000)
            }
        }

        @Test("What is held for 24 hours goes, with an event; a 404 that is over goes without")
        func age() async throws {
            try await withCachingOrigin(workers: 2) { origin, _ throws in
                for target in ["/pulls", "/issues", "/releases"] {
                    #expect(try origin.get("/api/github" + target).status == 200)
                }
                #expect(try origin.get("/api/github/nothing").status == 404)
                let expiry = origin.store.cacheKey("expiry")
                let day = Int64(24 * 3_600_000)
                let fetchedAt = try origin.store.run("HGET", origin.store.cacheKey("/pulls?"), "fetched_at").integer
                let until = try origin.store.run("ZSCORE", expiry, "/pulls?").string.flatMap { Double($0) }
                #expect(until == fetchedAt.map { Double($0 + day) })
                for key in ["/pulls?", "/issues?", "/nothing?"] {
                    try origin.store.run("ZADD", expiry, "XX", "1000", key)
                }
                let isGone = try eventually {
                    try origin.store.run("ZRANGE", origin.store.cacheKey("index"), "0", "-1").array.map(\.string)
                        == ["/releases?"]
                }
                #expect(isGone)
                #expect(try origin.evicted(2) == ["/issues?", "/pulls?"])
                try expectNoLeftovers(origin.store)
                #expect(try origin.get("/api/github/pulls")["X-Cache"] == "miss")
            }
        }
    }
}

extension Origin {
    /// How many bytes the cache counts, and those of each entry: in one step, for the agent may just evict some.
    fileprivate func cacheSize() throws -> (bytes: Int64, sizes: [Int64]) {
        let numbers = try store.run(
            "EVAL",
            """
            local numbers = redis.call('HVALS', KEYS[2])
            table.insert(numbers, 1, redis.call('HGET', KEYS[1], 'bytes') or '0')
            return numbers
            """, "2", store.cacheKey("github"), store.cacheKey("sizes")
        ).array.compactMap(\.integer)
        return (numbers.first ?? 0, Array(numbers.dropFirst()))
    }

    /// The keys that events tell of as evicted, sorted, once there are so many, or as many as came in time.
    fileprivate func evicted(_ count: Int) throws -> [String] {
        var keys: [String] = []
        _ = try eventually {
            let events = try get("/api/events/recent?limit=500&type=cache.evicted").json.events?.list ?? []
            keys = events.compactMap { $0.data?.key?.text }
            return keys.count >= count
        }
        return keys.sorted()
    }
}
