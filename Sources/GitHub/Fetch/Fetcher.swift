import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import HTTPTypes
import Logging
import Telemetry
import Web

/// Fetches resources for whoever lends it what it takes: the agent for all, or a process for its own request. What chimney
/// puts together itself is a resource like the others.
struct Fetcher {
    /// Milliseconds for which the outcome of a fetch is kept for those who have been told to wait for it. Others ask the
    /// cache.
    private static let keeping = 15_000

    /// GitHub.
    let upstream: Upstream
    /// The cache of this host.
    let memory: MemoryTier
    /// What chimney puts together itself.
    let compositions: [Composition.Kind]
    /// What this process knows of GitHub.
    let known = KnownState()

    /// What a fetch is lent.
    func outside(
        store: Store, log: Logger, isPatient: Bool, start: @escaping Outside.Start,
        emit: @escaping (EventType, (inout JSONWriter) -> Void) -> Void, count: @escaping (CounterSample) -> Void,
        later: @escaping (@escaping () -> Void) -> Void
    ) -> Outside {
        Outside(
            cache: CacheStore(store: store), memory: memory, known: known, start: start, emit: emit, count: count,
            later: later, isPatient: isPatient, log: log)
    }

    /// Fetches a resource whose lock `hold` has.
    ///
    /// - Parameters:
    ///   - deadline: when nobody waits for it any more, in microseconds of the monotonic clock: once work has begun it does
    ///     not matter what the other is set to, by which the hold has its limit.
    ///   - parent: the span that it belongs to.
    func fetch(
        _ resource: Resource, hold: Hold, deadline: UInt64, parent: TraceParent?, _ outside: Outside,
        completion: @escaping Fetch.Completion
    ) {
        if let kind = compositions.first(where: { $0.resource == resource }) {
            return Composition(
                kind, hold: hold.id, deadline: deadline, parent: parent, fetcher: self, outside: outside
            ).begin(completion)
        }
        // A job of a host that has other settings.
        guard !resource.isComposed else { return completion(.unanswered(.failed, held: nil), true) }
        Fetch(resource, hold: hold.id, deadline: deadline, parent: parent, upstream: upstream, outside: outside)
            .begin(completion)
    }

    /// The answer to those who wait for a fetch; nil where it was given up, and somebody else will bring one.
    func answer(
        _ outcome: Fetch.Outcome, about resource: Resource, _ outside: Outside
    ) -> Result<Response, Problem>? {
        let state = try? outside.cache.state()
        let answer = outcome.response(
            tier: state == nil ? .memory : .dragonfly, state: state ?? GitHubState(), now: .now)
        switch answer {
        case .success(var response):
            if !resource.isComposed { response.fields[.githubPath] = resource.path }
            return .success(response)
        case .failure(var problem):
            if !resource.isComposed { problem.headers[.githubPath] = resource.path }
            return .failure(problem)
        case nil: return nil
        }
    }

    /// Leaves the answer for those who wait.
    ///
    /// - Throws: `StoreError`.
    static func deliver(_ answer: Result<Response, Problem>, to hold: Hold, in store: Store) throws(StoreError) {
        switch answer {
        case .success(let response): try hold.finish(with: response, in: store, keeping: keeping)
        case .failure(let problem): try hold.finish(with: problem, in: store, keeping: keeping)
        }
    }
}
