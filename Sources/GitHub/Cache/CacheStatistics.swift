import Dragonfly
import Essentials
import Telemetry

/// What the cache in the store holds, and how well it serves.
struct CacheStatistics {
    /// How many entries are shown at most.
    static let limit = 1000

    /// One entry.
    struct Entry {
        let key: String
        /// Seconds for which it is served without asking GitHub; 0 where it is not any more.
        let lifetime: Int64
        /// Seconds since GitHub said so.
        let age: Int64
        let bytes: Int64
        let status: Int
    }

    /// Requests that the cache had the answer to, ever, …
    let hits: Int64
    /// … and those that it had none to.
    let misses: Int64
    /// The first entries, by their keys.
    let entries: [Entry]
    /// How many there are.
    let count: Int64
    /// The age in seconds that half of the entries with content do not exceed; nil where there are none.
    let medianAge: Int64?
    /// The one that 95 in 100 do not exceed.
    let highAge: Int64?

    /// Reads what the store holds.
    ///
    /// - Parameter lifetime: milliseconds for which the entry with a key is fresh.
    /// - Throws: `StoreError`.
    init(
        _ cache: CacheStore, limit: Int, now: Timestamp, lifetime: (String) -> Int64
    ) throws(StoreError) {
        let store = cache.store
        let expiry = store.key(CacheKeys.expiry)
        // What is dropped within a minute is a 404, or as good as gone.
        let content = String(now.milliseconds + 60_000)
        let counters = CounterSample.cacheHitsOfDragonfly.name
        let replies = try store.run([
            Command("ZRANGEBYLEX", store.key(CacheKeys.index), "-", "+", "LIMIT", "0", String(limit)),
            Command("ZCARD", store.key(CacheKeys.index)),
            Command("ZCOUNT", expiry, content, "+inf"),
            Command(
                "HMGET", store.key(TelemetryKeys.counters), counters, CounterSample.cacheHitsOfMemory.name,
                CounterSample.cacheMisses.name),
        ])
        for case .error(let message) in replies { throw StoreError(reply: message) }
        count = replies[1].integer ?? 0
        let counts = replies[3].array.map { $0.integer ?? 0 }
        hits = counts.prefix(2).reduce(0, +)
        misses = counts.last ?? 0
        entries = try Self.entries(replies[0].array.compactMap(\.string), store, now: now, lifetime: lifetime)
        let total = Int(replies[2].integer ?? 0)
        medianAge = try Self.age(atPercent: 50, of: total, store, now: now)
        highAge = try Self.age(atPercent: 95, of: total, store, now: now)
    }

    /// Hits of a hundred requests, with one decimal.
    var hitRate: Double {
        hits + misses == 0 ? 0 : (Double(hits) * 1000 / Double(hits + misses)).rounded() / 10
    }

    private static func entries(
        _ keys: [String], _ store: Store, now: Timestamp, lifetime: (String) -> Int64
    ) throws(StoreError) -> [Entry] {
        guard !keys.isEmpty else { return [] }
        let sizes = Command("HMGET", ([store.key(CacheKeys.sizes)] + keys).map { Array($0.utf8) })
        let replies = try store.run(
            [sizes]
                + keys.map { Command("HMGET", store.key(CacheKeys.entry($0)), "fetched_at", "missing_at", "status") })
        for case .error(let message) in replies { throw StoreError(reply: message) }
        return zip(keys, zip(replies[0].array, replies.dropFirst())).compactMap { key, found in
            let fields = found.1.array
            guard fields.count == 3, let time = fields[1].integer ?? fields[0].integer else { return nil }
            let isMissing = fields[1].integer != nil
            let fresh = isMissing ? CacheStore.missing : lifetime(key)
            let age = max(0, now.milliseconds - time)
            return Entry(
                key: key, lifetime: max(0, fresh - age) / 1000, age: age / 1000, bytes: found.0.integer ?? 0,
                status: isMissing ? 404 : Int(fields[2].integer ?? 0))
        }
    }

    /// The age of the entry that so many of a hundred are not older than: the newest are dropped last.
    private static func age(
        atPercent percent: Int, of total: Int, _ store: Store, now: Timestamp
    ) throws(StoreError) -> Int64? {
        guard total > 0 else { return nil }
        let rank = String((total - 1) * percent / 100)
        let reply = try store.run(Command("ZREVRANGE", store.key(CacheKeys.expiry), rank, rank, "WITHSCORES")).array
        // A score is told as text, and may have a fraction.
        guard let score = reply.last?.string.flatMap({ Double($0) }) else { return nil }
        return max(0, now.milliseconds - (Int64(score) - CacheStore.holding)) / 1000
    }
}
