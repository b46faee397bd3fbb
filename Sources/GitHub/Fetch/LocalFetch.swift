import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import Logging
import Telemetry
import Web

/// Fetches in the process that has the request: for CGI programs, for front ends without holds, and while the store is
/// away.
final class LocalFetch {
    /// Microseconds between two turns where nothing else happens.
    private static let pause: UInt64 = 20_000

    private let fetcher: Fetcher
    private let session: LazySession

    init(_ fetcher: Fetcher, userAgent: String) {
        self.fetcher = fetcher
        session = LazySession(userAgent: userAgent)
    }

    /// Fetches a resource whose lock `hold` has, and waits for it.
    ///
    /// - Throws: `Problem` for what the client is to be told instead of content.
    func run(_ resource: Resource, hold: Hold, _ context: Context) throws -> Response {
        let session: HTTPSession
        do throws(Problem) {
            session = try opened(context)
        } catch {
            try? CacheStore(store: context.store).unlock(resource.key, hold: hold.id)
            try? Fetcher.deliver(.failure(error), to: hold, in: context.store)
            throw error
        }
        var postponed: [() -> Void] = []
        let outside = fetcher.outside(store: context.store, log: context.logger, isPatient: false) { call, completion in
            session.start(call, completion: completion)
        } emit: { type, data in
            context.emit(type, data: data)
        } count: { sample in
            context.count(sample)
        } later: { body in
            postponed.append(body)
        }
        var ended: (outcome: Fetch.Outcome, isAwaited: Bool)?
        fetcher.fetch(resource, hold: hold, deadline: hold.limit.deadline, parent: context.span, outside) {
            ended = ($0, $1)
        }
        while ended == nil {
            session.run(until: MonotonicClock.microseconds + Self.pause)
            let due = postponed
            postponed = []
            for body in due { body() }
        }
        guard let ended, let answer = fetcher.answer(ended.outcome, about: resource, outside) else {
            throw Fetch.Lack.failed.problem(at: .now)
        }
        // Others may wait for it; without the store nobody can. Nor may anybody come to wait for what is over, which
        // may be invalidated by then.
        do throws(StoreError) {
            try outside.cache.unlock(resource.key, hold: hold.id)
            if ended.isAwaited { try Fetcher.deliver(answer, to: hold, in: context.store) }
        } catch {
            outside.log.debug("the outcome of a fetch is told to nobody else: \(error)")
        }
        return try answer.get()
    }

    /// The session of this process.
    ///
    /// - Throws: `Problem` 503 where no calls can be made.
    private func opened(_ context: Context) throws(Problem) -> HTTPSession {
        do throws(HTTPSession.Unavailable) {
            return try session.opened()
        } catch {
            context.logger.error("GitHub cannot be asked: \(error)")
            throw Problem(
                .serviceUnavailable, "This server cannot ask GitHub; whoever runs it finds the reason in its log.")
        }
    }
}
