import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry
import Web

/// Answers with what the cache has of a resource, and sees to it that it is fetched where it has not, or not any more.
final class Proxy {
    /// How many resources a process remembers that somebody refreshes.
    private static let memoLimit = 1000

    private let memory: MemoryTier
    private let local: LocalFetch
    /// Until when somebody refreshes a resource, as the store has said, in milliseconds since the epoch: nobody need be
    /// asked meanwhile.
    private var refreshed: [String: Int64] = [:]

    init(memory: MemoryTier, local: LocalFetch) {
        self.memory = memory
        self.local = local
    }

    /// Answers a request for a resource.
    ///
    /// - Throws: `Problem`, or `StoreError` where the store fails in the middle.
    func answer(_ resource: Resource, to request: Request, _ context: Context) throws -> Response {
        context.record.githubPath = resource.path
        let cache = CacheStore(store: context.store)
        let entry: CacheEntry?
        let state: GitHubState
        do throws(StoreError) {
            (entry, state) = try cache.read(resource.key)
        } catch .unavailable {
            return try answerWithoutStore(resource, to: request, context)
        }
        let now = context.now
        if let held = try heldAnswer(entry, state, of: resource, tier: .dragonfly, now: now) {
            if held.source == .stale { refresh(resource, cache, context) }
            return held.response.conditional(on: request)
        }
        let response = try fetch(resource, held: entry?.content, state, cache, for: request, context)
        return response.conditional(on: request)
    }

    /// What is held, as far as it may be served without asking GitHub.
    ///
    /// - Throws: `Problem` 404 where GitHub has said so lately.
    private func heldAnswer(
        _ entry: CacheEntry?, _ state: GitHubState, of resource: Resource, tier: Answer.Tier, now: Timestamp
    ) throws(Problem) -> (source: Answer.Source, response: Response)? {
        if let missingAt = entry?.missingAt, now.milliseconds - missingAt.milliseconds < CacheStore.missing {
            throw Answer(source: .hit, tier: tier).missing(since: missingAt, now: now)
        }
        guard let content = entry?.content, entry?.missingAt == nil else { return nil }
        let age = now.milliseconds - content.fetchedAt.milliseconds
        guard age < 2 * resource.lifetime else { return nil }
        let source = age < resource.lifetime ? Answer.Source.hit : .stale
        return (source, Answer(source: source, tier: tier).response(content, state: state, now: now))
    }

    // MARK: With the store

    /// Asks the agents for a new version, once. That nobody may be asked for it now is no fault of this request.
    private func refresh(_ resource: Resource, _ cache: CacheStore, _ context: Context) {
        let now = context.now
        if let until = refreshed[resource.key], until > now.milliseconds { return }
        if refreshed.count >= Self.memoLimit { refreshed = [:] }
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        let job = FetchJob(resource, hold: hold, parent: context.span)
        guard let joined = try? cache.join(resource.key, hold: hold, job: job, now: now) else { return }
        switch joined {
        case .begun: refreshed[resource.key] = now.milliseconds + 1000
        case .held(let other): refreshed[resource.key] = min(other.limit.milliseconds, now.milliseconds + 1000)
        case .refused: refreshed[resource.key] = now.milliseconds + 1000
        }
    }

    private func fetch(
        _ resource: Resource, held: CacheEntry.Content?, _ state: GitHubState, _ cache: CacheStore,
        for request: Request, _ context: Context
    ) throws -> Response {
        let now = context.now
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        let isHandedOver = context.handsOver(request)
        let job = isHandedOver ? FetchJob(resource, hold: hold, parent: context.span) : nil
        switch try cache.join(resource.key, hold: hold, job: job, now: now) {
        case .begun where isHandedOver: return try context.outcome(of: hold, for: request)
        case .held(let other): return try context.outcome(of: other, for: request)
        case .begun:
            do {
                try context.mayWait()
            } catch {
                try cache.unlock(resource.key, hold: hold.id)
                throw error
            }
            return try local.run(resource, hold: hold, context)
        case .refused(let obstacle):
            guard let held else { throw Fetch.Lack.obstacle(obstacle).problem(at: now) }
            return Answer(source: .stale, tier: .dragonfly).response(held, state: state, now: now)
        }
    }

    // MARK: Without it

    private func answerWithoutStore(_ resource: Resource, to request: Request, _ context: Context) throws -> Response {
        let entry = memory.entry(for: resource.key)
        let now = context.now
        if let held = try heldAnswer(entry, GitHubState(), of: resource, tier: .memory, now: now) {
            return held.response.conditional(on: request)
        }
        do {
            try context.mayWait()
        } catch {
            // Old content is better than none while too many wait already.
            guard let content = entry?.content else { throw error }
            let answer = Answer(source: .stale, tier: .memory).response(content, state: GitHubState(), now: now)
            return answer.conditional(on: request)
        }
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        return try local.run(resource, hold: hold, context).conditional(on: request)
    }
}
