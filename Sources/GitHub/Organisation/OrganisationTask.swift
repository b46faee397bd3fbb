import Agent
import Dragonfly
import Essentials
import Web

/// The agent's part: has the list of the organisation's repositories renewed, whether or not somebody asks for it.
final class OrganisationTask: AgentTask {
    let name = "organisation"

    /// Microseconds between two looks at the list.
    private static let interval: UInt64 = 2_000_000

    /// Each time that it was to be renewed and was not, it is left alone for longer.
    private var backoff = Backoff(first: 2000, limit: 120_000)

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let cache = CacheStore(store: agent.store)
        let now = Timestamp.now
        let fetchedAt = try cache.versions(of: [Resource.organisation.key]).first??.fetchedAt
        let isDue = fetchedAt.map { now.milliseconds - $0.milliseconds >= Resource.organisation.lifetime } ?? true
        guard isDue else {
            backoff.succeed()
            return MonotonicClock.microseconds + Self.interval
        }
        // Whichever agent is first has it done, and GitHub is spared where it is to be left alone.
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        let job = FetchJob(.organisation, hold: hold, parent: nil)
        let joined = try cache.join(.organisation, hold: hold, job: job, waits: false, now: now)
        return MonotonicClock.microseconds + (joined == .begun ? backoff.fail() : Self.interval)
    }
}
