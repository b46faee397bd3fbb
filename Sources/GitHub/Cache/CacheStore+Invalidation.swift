import Dragonfly
import Essentials

extension CacheStore {
    /// Entries that one script drops at most.
    private static let dropLimit = 500

    /// What is invalidated.
    enum Scope: Equatable {
        /// Every entry whose key begins so. Composed entries, which begin with `/__`, only where the prefix does.
        case prefix(String)
        /// Everything.
        case all

        /// The prefix, as the change list and events tell it.
        var prefix: String {
            switch self {
            case .prefix(let prefix): prefix
            case .all: ""
            }
        }

        func covers(_ key: String) -> Bool {
            switch self {
            case .prefix(let prefix): CacheChange.matches(prefix: prefix, key: key)
            case .all: true
            }
        }
    }

    /// Drops entries, and what fetches under way will bring that may be older than this. Its cost follows the number of
    /// these entries, not that of others.
    ///
    /// - Returns: how many entries were dropped.
    /// - Throws: `StoreError`; then it is to be done again.
    func invalidate(_ scope: Scope) throws(StoreError) -> Int {
        let kind = scope == .all ? "A" : "I"
        let arguments = [kind, scope.prefix, String(Timestamp.microsecondsNow), String(Self.changeBound)]
        // From here on nothing old is stored any more, so one way through the index finds all there is.
        _ = try store.commit(
            Self.fenceScript, keys: [CacheKeys.state, CacheKeys.changes].map(store.key),
            arguments: arguments.map { Array($0.utf8) })
        var dropped = 0
        var first = scope == .all ? "-" : "[" + scope.prefix
        // No key has a byte that is not ASCII.
        let last = scope == .all ? [UInt8(ascii: "+")] : Array("(\(scope.prefix)".utf8) + [0xFF]
        while true {
            let range = [Array(store.key(CacheKeys.index).utf8), Array(first.utf8), last]
            let limit = ["LIMIT", "0", String(Self.dropLimit)].map { Array($0.utf8) }
            let keys = try store.run(Command("ZRANGEBYLEX", range + limit)).array.compactMap(\.string)
            let covered = keys.filter { scope.covers($0) }
            dropped += try drop(covered)
            guard keys.count == Self.dropLimit, let end = keys.last else { return dropped }
            first = "(" + end
        }
    }

    /// Keys: state, changes. Arguments: kind of change, prefix, microseconds now, bound of the changes.
    private static let fenceScript = Script(
        """
        local last = tonumber(redis.call('HGET', KEYS[1], 'seq') or '0')
        local sequence = string.format('%d', math.max(last + 1, tonumber(ARGV[3])))
        redis.call('HSET', KEYS[1], 'seq', sequence, 'invalidated', sequence)
        redis.call('LPUSH', KEYS[2], ARGV[1] .. ' ' .. sequence .. ' ' .. ARGV[2])
        redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[4]) - 1)
        return sequence
        """)

    /// Sees to it that the cache is of this source: what it has of another one is dropped.
    ///
    /// - Returns: whether there was another one.
    /// - Throws: `StoreError`; then it is to be done again.
    func adopt(_ source: String) throws(StoreError) -> Bool {
        let state = store.key(CacheKeys.state)
        let known = try store.run(Command("HGET", state, "source")).string
        guard known != source else { return false }
        if known != nil { _ = try invalidate(.all) }
        _ = try store.run(Command("HSET", state, "source", source))
        return known != nil
    }

    // MARK: Bounds

    /// Drops what is held for too long, and the oldest of what is too much.
    ///
    /// - Parameters:
    ///   - entries: how many may stay.
    ///   - bytes: how many of all bodies may stay.
    /// - Returns: what was dropped of the content: a 404 that is over is nobody's loss.
    /// - Throws: `StoreError`.
    func evict(toEntries entries: Int, bytes: Int, now: Timestamp) throws(StoreError) -> [String] {
        let expiry = store.key(CacheKeys.expiry)
        let some = String(Self.dropLimit)
        let replies = try store.run([
            Command("ZRANGEBYSCORE", expiry, "-inf", String(now.milliseconds), "LIMIT", "0", some),
            Command("ZCARD", expiry),
            Command("HGET", store.key(CacheKeys.state), "bytes"),
        ])
        for case .error(let message) in replies { throw StoreError(reply: message) }
        let over = replies[0].array.compactMap(\.string)
        if !over.isEmpty {
            let sizes = try sizes(of: over)
            _ = try drop(over, notAfter: now)
            return zip(over, sizes).compactMap { $1 == nil ? nil : $0 }
        }
        var entriesOver = Int(replies[1].integer ?? 0) - entries
        var bytesOver = Int(replies[2].integer ?? 0) - bytes
        guard entriesOver > 0 || bytesOver > 0 else { return [] }
        // Some at a time: what is too much still is looked at the next time.
        let oldest = try store.run(Command("ZRANGE", expiry, "0", String(Self.dropLimit - 1))).array.compactMap(
            \.string)
        var dropped: [String] = []
        for (key, size) in zip(oldest, try sizes(of: oldest)) where entriesOver > 0 || bytesOver > 0 {
            dropped.append(key)
            entriesOver -= 1
            bytesOver -= size ?? 0
        }
        _ = try drop(dropped)
        return dropped
    }

    /// The bytes of the content of entries; nil for those without.
    private func sizes(of keys: [String]) throws(StoreError) -> [Int?] {
        try store.run(Command("HMGET", ([store.key(CacheKeys.sizes)] + keys).map { Array($0.utf8) })).array
            .map { $0.integer.map { Int($0) } }
    }

    /// - Parameter time: those that were renewed, and are held for longer, stay; nil for none.
    /// - Returns: how many of them were there.
    private func drop(_ keys: [String], notAfter time: Timestamp? = nil) throws(StoreError) -> Int {
        guard !keys.isEmpty else { return 0 }
        let reply = try store.commit(
            Self.dropScript,
            keys: ([CacheKeys.index, CacheKeys.expiry, CacheKeys.sizes, CacheKeys.state] + keys.map(CacheKeys.entry))
                .map(store.key),
            arguments: [time.map { String($0.milliseconds) } ?? ""].map { Array($0.utf8) } + keys.map { Array($0.utf8) }
        )
        return Int(reply.integer ?? 0)
    }

    /// Keys: index, expiry, sizes, state, entries. Arguments: until when they may be held, in milliseconds since the epoch
    /// (empty: for ever), the entries' keys.
    private static let dropScript = Script(
        """
        local unpack = table.unpack or unpack
        local members, entries, bytes = {}, {}, 0
        for i = 2, #ARGV do
          local score = ARGV[1] ~= '' and redis.call('ZSCORE', KEYS[2], ARGV[i])
          if not score or tonumber(score) <= tonumber(ARGV[1]) then
            members[#members + 1] = ARGV[i]
            entries[#entries + 1] = KEYS[i + 3]
          end
        end
        if #members == 0 then return 0 end
        for _, size in ipairs(redis.call('HMGET', KEYS[3], unpack(members))) do
          if size then bytes = bytes + tonumber(size) end
        end
        redis.call('HDEL', KEYS[3], unpack(members))
        if bytes > 0 then redis.call('HINCRBY', KEYS[4], 'bytes', string.format('%d', -bytes)) end
        redis.call('ZREM', KEYS[2], unpack(members))
        redis.call('ZREM', KEYS[1], unpack(members))
        return redis.call('DEL', unpack(entries))
        """, returning: .integer)
}
