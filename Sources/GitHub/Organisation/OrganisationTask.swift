import Agent
import Dragonfly
import Essentials
import Web

/// The agent's part: has the list of the organisation's repositories renewed, whether or not somebody asks for it.
final class OrganisationTask: AgentTask {
    let name = "organisation"

    /// Microseconds between two looks at the list.
    private static let interval: UInt64 = 2_000_000

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let cache = CacheStore(store: agent.store)
        let key = Resource.organisation.key
        let now = Timestamp.now
        let fetchedAt = try agent.store.run(
            Command("HGET", agent.store.key(CacheKeys.entry(key)), "fetched_at")
        ).integer
        if fetchedAt.map({ now.milliseconds - $0 >= Resource.organisation.lifetime }) ?? true {
            // Whichever agent is first has it done, and GitHub is spared where it is to be left alone.
            let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
            let job = FetchJob(.organisation, hold: hold, parent: nil)
            _ = try cache.join(key, hold: hold, job: job, now: now)
        }
        return MonotonicClock.microseconds + Self.interval
    }
}
