import Agent
import Dragonfly
import Essentials

/// The agent's part: keeps the cache in the store within its bounds. One agent of all hosts does at a time.
final class EvictionTask: AgentTask {
    let name = "cache eviction"

    /// Microseconds between two looks.
    private static let interval: UInt64 = 1_000_000
    /// Entries that may be there, besides `GITHUB_CACHE_MB` of them.
    private static let entryLimit = 20_000

    private let bytes: Int
    private let lease = Lease("cache-eviction", milliseconds: 5000)

    /// - Parameter bytes: how many bytes of bodies may be there.
    init(bytes: Int) {
        self.bytes = bytes
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let now = MonotonicClock.microseconds
        guard try lease.hold(agent.store) else { return now + Self.interval }
        let evicted = try CacheStore(store: agent.store).evict(
            toEntries: Self.entryLimit, bytes: bytes, now: .now)
        for key in evicted { agent.emit(.cacheEvicted) { $0.member("key", key) } }
        // There may be more.
        return evicted.isEmpty ? now + Self.interval : now
    }

    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        try lease.release(agent.store)
        return true
    }
}
