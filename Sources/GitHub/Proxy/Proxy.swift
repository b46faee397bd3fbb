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
    /// For how many milliseconds it does.
    private static let memoTime: Int64 = 1000
    /// How often an entry is read that changes while it is looked at.
    private static let attempts = 3

    private let memory: MemoryTier
    private let local: LocalFetch
    private let hasAgent: Bool
    /// Until when somebody refreshes a resource, as the store has said, in milliseconds since the epoch: nobody need be
    /// asked meanwhile.
    private var refreshed: [String: Int64] = [:]

    /// - Parameter hasAgent: whether there is one that refreshes what is stale; without one it is fetched once it is too
    ///   old.
    init(memory: MemoryTier, local: LocalFetch, hasAgent: Bool) {
        self.memory = memory
        self.local = local
        self.hasAgent = hasAgent
    }

    /// Answers a request for a resource.
    ///
    /// - Throws: `Problem`, or `StoreError` where the store refuses.
    func answer(_ resource: Resource, to request: Request, _ context: Context) throws -> Response {
        try unconditionalAnswer(resource, to: request, context).conditional(on: request)
    }

    /// The same, whatever the client has of it already.
    ///
    /// - Throws: `Problem`, or `StoreError` where the store refuses.
    func unconditionalAnswer(_ resource: Resource, to request: Request, _ context: Context) throws -> Response {
        if !resource.isComposed { context.record.githubPath = resource.path }
        do {
            return try answerFromStore(resource, to: request, context)
        } catch StoreError.unavailable {
            return try answerWithoutStore(resource, context)
        }
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

    /// What is held, however old; `problem` where nothing is.
    private func oldAnswer(
        _ content: CacheEntry.Content?, _ state: GitHubState, tier: Answer.Tier, now: Timestamp, or problem: Problem
    ) throws(Problem) -> Response {
        guard let content else { throw problem }
        return Answer(source: .stale, tier: tier).response(content, state: state, now: now)
    }

    // MARK: With the store

    private func answerFromStore(_ resource: Resource, to request: Request, _ context: Context) throws -> Response {
        let cache = CacheStore(store: context.store)
        for _ in 0..<Self.attempts {
            let (entry, state) = try cache.read(resource.key)
            if let held = try heldAnswer(entry, state, of: resource, tier: .dragonfly, now: context.now) {
                if held.source == .stale, hasAgent { refresh(resource, entry, cache, context) }
                return held.response
            }
            if let response = try fetch(resource, entry, state, cache, for: request, context) { return response }
        }
        throw Fetch.Lack.late.problem(at: context.now)
    }

    /// Asks the agents for a new version, once. That nobody may be asked for it now is no fault of this request.
    private func refresh(_ resource: Resource, _ entry: CacheEntry?, _ cache: CacheStore, _ context: Context) {
        let now = context.now
        if let until = refreshed[resource.key], until > now.milliseconds { return }
        if refreshed.count >= Self.memoLimit { refreshed = [:] }
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        let job = FetchJob(resource, hold: hold, parent: context.span)
        let joined = try? cache.join(
            resource, hold: hold, job: job, waits: false, now: now, seen: entry?.version)
        guard let joined else { return }
        if joined != .changed { refreshed[resource.key] = now.milliseconds + Self.memoTime }
    }

    /// Fetches a resource, or waits for who does; nil where the entry has changed meanwhile.
    private func fetch(
        _ resource: Resource, _ entry: CacheEntry?, _ state: GitHubState, _ cache: CacheStore, for request: Request,
        _ context: Context
    ) throws -> Response? {
        let now = context.now
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        let isHandedOver = context.handsOver(request)
        let job = isHandedOver ? FetchJob(resource, hold: hold, parent: context.span) : nil
        let old = { (problem: Problem) throws(Problem) in
            try self.oldAnswer(entry?.content, state, tier: .dragonfly, now: now, or: problem)
        }
        if !isHandedOver {
            // Before anybody can be told to wait for this process.
            do throws(Problem) { try context.mayWait() } catch { return try old(error) }
        }
        let seen = entry?.version ?? CacheEntry.Version()
        let joined = try cache.join(
            resource, hold: hold, job: job, waits: true, now: now, seen: seen)
        switch joined {
        case .changed: return nil
        case .begun where isHandedOver: return try context.outcome(of: hold, for: request)
        case .held(let other): return try context.outcome(of: other, for: request)
        case .begun: return try local.run(resource, hold: hold, context)
        case .refused(let obstacle): return try old(Fetch.Lack.obstacle(obstacle).problem(at: now))
        }
    }

    // MARK: Without it

    private func answerWithoutStore(_ resource: Resource, _ context: Context) throws -> Response {
        let entry = memory.entry(for: resource.key)
        let now = context.now
        if let held = try heldAnswer(entry, GitHubState(), of: resource, tier: .memory, now: now) {
            return held.response
        }
        do throws(Problem) {
            try context.mayWait()
        } catch {
            // Old content is better than none while too many wait already.
            return try oldAnswer(entry?.content, GitHubState(), tier: .memory, now: now, or: error)
        }
        let hold = Hold(until: now.adding(milliseconds: CacheStore.fetchLimit))
        return try local.run(resource, hold: hold, context)
    }
}
