import Crypto
import Dragonfly
import Essentials
import Telemetry
import Web

/// What chimney makes of several resources: gets them all at once, and stores what comes of them as a resource of its own.
final class Composition {
    /// What has come of the parts so far, by their names.
    typealias Outcomes = [String: Obtaining.Outcome]

    /// A kind of composition: what it takes, and what it makes of it.
    struct Kind {
        /// What is made.
        let resource: Resource
        /// What it takes, as far as the parts that are there already tell.
        let parts: (Outcomes) -> [String: Resource]
        /// Makes it of what could be had; nil where that is too little.
        let make: (Outcomes) -> [UInt8]?
    }

    /// Milliseconds that a part may be old.
    private static let age: Int64 = 30_000

    private let kind: Kind
    private let hold: String
    private let deadline: UInt64
    private let parent: TraceParent?
    private let fetcher: Fetcher
    private let outside: Outside
    private var outcomes = Outcomes()
    private var awaited = 0
    private var sequence: Int64 = 0
    private var held: CacheEntry.Content?
    private var completion: Fetch.Completion = { _, _ in }

    /// A composition.
    ///
    /// - Parameters:
    ///   - hold: the id by which it holds the entry's lock; any where the store is away.
    ///   - deadline: when nobody waits for it any more, in microseconds of the monotonic clock.
    ///   - parent: the span that it belongs to.
    init(
        _ kind: Kind, hold: String, deadline: UInt64, parent: TraceParent?, fetcher: Fetcher, outside: Outside
    ) {
        self.kind = kind
        self.hold = hold
        self.deadline = deadline
        self.parent = parent
        self.fetcher = fetcher
        self.outside = outside
    }

    /// Begins; `completion` is called once, perhaps before this returns.
    func begin(_ completion: @escaping Fetch.Completion) {
        self.completion = completion
        obtain()
    }

    private func obtain() {
        do throws(StoreError) {
            let known = try outside.cache.readWithState(kind.resource.key)
            held = known.entry?.content
            sequence = known.state.sequence
        } catch {
            held = outside.memory.entry(for: kind.resource.key)?.content
        }
        outcomes = [:]
        obtainMore()
    }

    private func obtainMore() {
        let wanted = kind.parts(outcomes).filter { outcomes[$0.key] == nil }
        guard !wanted.isEmpty else { return compose() }
        awaited = wanted.count
        for (name, part) in wanted {
            Obtaining(
                part, youngerThan: Self.age, deadline: deadline, parent: parent, fetcher: fetcher, outside: outside
            ).begin { [self] outcome in
                outcomes[name] = outcome
                awaited -= 1
                if awaited == 0 { obtainMore() }
            }
        }
    }

    private func compose() {
        var lack: Fetch.Lack?
        var isCurrent = false
        for outcome in outcomes.values {
            switch outcome {
            case .givenUp: return completion(.givenUp, true)
            case .lacking(let reason), .content(_, insteadOf: let reason?): lack = lack ?? reason
            case .content(_, insteadOf: nil), .missing: isCurrent = true
            }
        }
        // What was made of old parts alone would seem to be new.
        guard isCurrent || held == nil, let body = kind.make(outcomes) else { return release(lack ?? .failed) }
        let content = CacheEntry.Content(
            status: 200, etag: "\"\(Hex.string(Array(SHA256.hash(data: body).prefix(16))))\"",
            headers: Array("Content-Type: \(MediaType.json)\r\n".utf8), body: body, fetchedAt: .now)
        conclude(content)
    }

    private func conclude(_ content: CacheEntry.Content) {
        outside.memory.store(CacheEntry(content: content), for: kind.resource.key)
        do throws(StoreError) {
            let conclusion = try outside.cache.conclude(
                Finding(composed: content), of: kind.resource.key, since: sequence, hold: hold,
                now: content.fetchedAt)
            if conclusion.concluded == .overtaken {
                _ = outside.memory.remove(kind.resource.key)
                held = nil
                return MonotonicClock.microseconds < deadline ? obtain() : release(.late)
            }
            return completion(.fetched(content, isRenewed: false), conclusion.isAwaited)
        } catch {
            outside.log.debug("what was made of GitHub's answers is not stored: \(error)")
            if outside.isPatient, MonotonicClock.microseconds < deadline {
                return outside.later { self.conclude(content) }
            }
        }
        completion(.fetched(content, isRenewed: false), true)
    }

    /// Ends it without anything new.
    private func release(_ lack: Fetch.Lack) {
        try? outside.cache.unlock(kind.resource.key, hold: hold)
        completion(.unanswered(lack, held: held), true)
    }
}
