import Dragonfly
import Essentials

extension CacheStore {
    /// The newest changes, newest first, at most so many.
    ///
    /// - Throws: `StoreError`.
    func changes(newest count: Int) throws(StoreError) -> [CacheChange] {
        let lines = try store.run(Command("LRANGE", store.key(CacheKeys.changes), "0", String(count - 1))).array
        return lines.compactMap { $0.bytes.flatMap { CacheChange($0) } }
    }

    /// The times of entries, in the order of their keys; nil for those that are not there.
    ///
    /// - Throws: `StoreError`.
    func versions(of keys: [String]) throws(StoreError) -> [CacheEntry.Version?] {
        guard !keys.isEmpty else { return [] }
        let replies = try store.run(
            keys.map { Command("HMGET", store.key(CacheKeys.entry($0)), "fetched_at", "missing_at") })
        for case .error(let message) in replies { throw StoreError(reply: message) }
        return replies.map { reply in
            let times = reply.array.map { $0.integer.map { Timestamp(milliseconds: $0) } }
            guard times.count == 2, times[0] != nil || times[1] != nil else { return nil }
            return CacheEntry.Version(fetchedAt: times[0], missingAt: times[1])
        }
    }
}
