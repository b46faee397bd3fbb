import Agent
import Dragonfly
import Essentials

/// The agent's part: keeps the cache in the store within its bounds, and empties it where it was another GitHub's. One agent
/// of all hosts does at a time.
final class EvictionTask: AgentTask {
    let name = "cache eviction"

    /// Microseconds between two looks.
    private static let interval: UInt64 = 1_000_000
    /// Entries that may be there, besides `GITHUB_CACHE_MB` of them.
    private static let entryLimit = 20_000

    private let bytes: Int
    private let source: String
    private let lease = Lease("cache-eviction", milliseconds: 5000)
    private var isOfSource = false

    /// - Parameters:
    ///   - bytes: how many bytes of bodies may be there.
    ///   - source: what the cache is of: paths mean something else at another GitHub, or for another repository.
    init(bytes: Int, source: String) {
        self.bytes = bytes
        self.source = source
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let now = MonotonicClock.microseconds
        if !isOfSource {
            if try CacheStore(store: agent.store).adopt(source) {
                agent.log.notice("the cache was of another repository or GitHub, and begins anew")
            }
            isOfSource = true
        }
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
