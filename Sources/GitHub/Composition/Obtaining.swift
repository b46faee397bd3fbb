import Dragonfly
import Essentials
import Telemetry
import Web

/// Gets a resource for something that is made of several: from the cache where it is young enough, otherwise from GitHub,
/// with the same lock as everybody else.
final class Obtaining {
    /// What there is of it.
    enum Outcome {
        /// Content; an older one where GitHub does not answer, and why it does not.
        case content(CacheEntry.Content, insteadOf: Fetch.Lack? = nil)
        /// GitHub has nothing at that place.
        case missing
        /// It could not be had.
        case lacking(Fetch.Lack)
        /// Whoever made the call has given it up.
        case givenUp
    }

    private let resource: Resource
    private let age: Int64
    private let deadline: UInt64
    private let parent: TraceParent?
    private let fetcher: Fetcher
    private let outside: Outside
    private var held: CacheEntry.Content?

    /// - Parameters:
    ///   - age: in milliseconds, how old the content may be.
    ///   - deadline: when nobody waits for it any more, in microseconds of the monotonic clock.
    ///   - parent: the span that it belongs to.
    init(
        _ resource: Resource, youngerThan age: Int64, deadline: UInt64, parent: TraceParent?, fetcher: Fetcher,
        outside: Outside
    ) {
        self.resource = resource
        self.age = age
        self.deadline = deadline
        self.parent = parent
        self.fetcher = fetcher
        self.outside = outside
    }

    /// Begins; `completion` is called once, perhaps before this returns.
    func begin(_ completion: @escaping (Outcome) -> Void) {
        let now = Timestamp.now
        let left = MonotonicClock.milliseconds(until: deadline)
        let hold = Hold(until: now.adding(milliseconds: left))
        do throws(StoreError) {
            let entry = try outside.cache.read(resource.key).entry
            if let missingAt = entry?.missingAt, now.milliseconds - missingAt.milliseconds < CacheStore.missing {
                return completion(.missing)
            }
            held = entry?.content
            if let held, now.milliseconds - held.fetchedAt.milliseconds < age { return completion(.content(held)) }
            guard left > 0 else { return completion(lacking(.late)) }
            let seen = entry?.version ?? CacheEntry.Version()
            switch try outside.cache.join(resource, hold: hold, job: nil, waits: false, now: now, seen: seen) {
            case .begun: fetch(hold, completion)
            case .held, .changed: outside.later { self.begin(completion) }
            case .refused(let obstacle):
                completion(lacking(.obstacle(obstacle)))
            }
        } catch {
            fetch(hold, completion)
        }
    }

    private func lacking(_ lack: Fetch.Lack) -> Outcome {
        held.map { .content($0, insteadOf: lack) } ?? .lacking(lack)
    }

    private func fetch(_ hold: Hold, _ completion: @escaping (Outcome) -> Void) {
        fetcher.fetch(resource, hold: hold, deadline: deadline, parent: parent, outside) { [self] outcome, isAwaited in
            if isAwaited, let answer = fetcher.answer(outcome, about: resource, outside) {
                // Others may have come to wait for it. Where the store fails now, they ask again.
                try? Fetcher.deliver(answer, to: hold, in: outside.cache.store)
            }
            switch outcome {
            case .fetched(let content, _): completion(.content(content))
            case .unanswered(let lack, held: let content?): completion(.content(content, insteadOf: lack))
            case .missing: completion(.missing)
            case .unanswered(let lack, held: nil): completion(.lacking(lack))
            case .givenUp:
                // Nobody will go on with this part: who does the whole again begins anew.
                try? outside.cache.unlock(resource.key, hold: hold.id)
                completion(.givenUp)
            }
        }
    }
}
