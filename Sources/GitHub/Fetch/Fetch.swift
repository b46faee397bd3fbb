import Dragonfly
import Essentials
import HTTPClient
import HTTPTypes
import Logging
import Telemetry
import Tracing

extension EventType {
    /// GitHub has failed so often that it is left alone for a while.
    static let githubDown = EventType("github.down")
    /// GitHub answers again.
    static let githubUp = EventType("github.up")
    /// GitHub wants no more requests for a while.
    static let githubRateLimited = EventType("github.rate_limited")
}

/// One fetch of one resource: asks GitHub, conditionally where there is something to compare with, and stores what it says
/// for all.
final class Fetch {
    /// Milliseconds until GitHub has to have answered.
    static let callLimit: Int64 = 10_000
    /// The least that is left of a fetch's time for a call to be begun, in milliseconds.
    private static let leastTime: Int64 = 500

    /// Takes how it ended, and whether somebody may wait for it.
    typealias Completion = (_ outcome: Outcome, _ isAwaited: Bool) -> Void

    /// How the fetch ended.
    enum Outcome {
        /// With content, just fetched or found to be unchanged.
        case fetched(CacheEntry.Content, isRenewed: Bool)
        /// With nothing at that place.
        case missing
        /// Without an answer; with the content that is held, if there is some.
        case unanswered(Lack, held: CacheEntry.Content?)
        /// Whoever made the call has given it up. Nothing is known, and somebody else may do it.
        case givenUp
    }

    /// Why GitHub has not answered.
    enum Lack: Equatable {
        /// It may not be asked now.
        case obstacle(Obstacle)
        /// It refuses.
        case refused(status: Int)
        /// It cannot be reached, or what it says is of no use.
        case failed
        /// The time for it was over before it could be asked.
        case late
    }

    private let resource: Resource
    private let hold: String
    private let deadline: UInt64
    private let parent: TraceParent?
    private let upstream: Upstream
    private let outside: Outside

    private var held: CacheEntry?
    private var state = GitHubState()
    private var completion: Completion = { _, _ in }
    private var isAwaited = true

    /// A fetch.
    ///
    /// - Parameters:
    ///   - hold: the id by which it holds the entry's lock; any where the store is away.
    ///   - deadline: when nobody waits for it any more, in microseconds of the monotonic clock.
    ///   - parent: the span that it belongs to.
    init(
        _ resource: Resource, hold: String, deadline: UInt64, parent: TraceParent?, upstream: Upstream,
        outside: Outside
    ) {
        self.resource = resource
        self.hold = hold
        self.deadline = deadline
        self.parent = parent
        self.upstream = upstream
        self.outside = outside
    }

    /// Begins it. `completion` is called once, perhaps before this returns.
    func begin(_ completion: @escaping Completion) {
        self.completion = completion
        ask()
    }

    private func ask() {
        do throws(StoreError) {
            (held, state) = try outside.cache.readWithState(resource.key)
            outside.known.state = state
        } catch {
            held = outside.memory.entry(for: resource.key)
            state = outside.known.state
        }
        let now = Timestamp.now
        if let obstacle = state.obstacle(for: hold, at: now) { return release(.obstacle(obstacle)) }
        let left = min(Self.callLimit, MonotonicClock.milliseconds(until: deadline))
        guard left >= Self.leastTime else { return release(.late) }

        let call = upstream.call(resource.target, etag: held?.content?.etag, limit: Int(left))
        var context = InstrumentationContext.topLevel
        context.traceParent = parent
        let span = InstrumentationSystem.tracer.startAnySpan(
            "chimney.github_fetch", context: context, ofKind: .client)
        span.attributes["github.api.path"] = resource.path
        span.attributes["github.conditional"] = held?.content?.etag != nil
        outside.start(call) { [self] result in
            if case .failure(let failure) = result, failure.kind == .cancelled {
                span.end()
                return completion(.givenUp, true)
            }
            let finding = Finding(result, now: .now) { self.upstream.links($0, of: self.resource) }
            tell(finding, span)
            conclude(finding)
        }
    }

    private func tell(_ finding: Finding, _ span: any Span) {
        if let status = finding.status { span.attributes["github.api.status_code"] = status }
        span.attributes["github.not_modified"] = finding.outcome == .renewed
        switch finding.outcome {
        case .failed(let reason), .unusable(let reason): span.recordError(Failure(description: reason))
        case .refused(let status): span.recordError(Failure(description: "GitHub refuses with \(status)"))
        case .limited: span.recordError(Failure(description: "GitHub wants no more requests for a while"))
        case .content, .renewed, .missing: break
        }
        span.end()
        outside.count(finding.sample)
    }

    /// What a span tells as the error.
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    // MARK: What it has brought

    /// - Parameter time: when it was brought, where that does not say.
    private func conclude(_ found: Finding, at time: Timestamp = .now) {
        var finding = found
        // One time for both tiers, so that they can be compared.
        let now = finding.content?.fetchedAt ?? time
        // First the memory tier: what is invalidated from now on is taken out of both.
        switch finding.outcome {
        case .content(let content): outside.memory.store(CacheEntry(content: content), for: resource.key)
        case .renewed:
            // Without a condition there is nothing that could be unchanged.
            guard var content = held?.content else { return release(.failed) }
            content.fetchedAt = now
            held = CacheEntry(content: content)
            outside.memory.store(CacheEntry(content: content), for: resource.key)
        case .missing:
            held = CacheEntry(content: held?.content, missingAt: now)
            outside.memory.store(held ?? CacheEntry(content: nil, missingAt: now), for: resource.key)
        case .refused, .limited, .failed, .unusable: break
        }
        do throws(StoreError) {
            var conclusion = try note(finding, now)
            if let change = conclusion.change { tell(change, finding) }
            if conclusion.concluded == .gone, let content = held?.content {
                finding.outcome = .content(content)
                conclusion = try note(finding, now)
            }
            isAwaited = conclusion.isAwaited
            if conclusion.concluded == .overtaken {
                _ = outside.memory.remove(resource.key)
                return ask()
            }
        } catch {
            outside.log.debug("what GitHub has said is not stored: \(error)")
            outside.known.state.note(finding, at: now)
            // The lock is there still: told the outcome now, who comes later would get it as well, even if it was
            // invalidated by then.
            if outside.isPatient, MonotonicClock.microseconds < deadline {
                return outside.later { self.conclude(found, at: now) }
            }
        }
        end(finding)
    }

    private func note(
        _ finding: Finding, _ now: Timestamp
    ) throws(StoreError) -> CacheStore.Conclusion {
        try outside.cache.conclude(finding, of: resource.key, since: state.sequence, hold: hold, now: now)
    }

    private func tell(_ change: CacheStore.Change, _ finding: Finding) {
        switch change {
        case .up:
            outside.emit(.githubUp) { _ in }
            outside.log.notice("GitHub answers again")
        case .down:
            outside.emit(.githubDown) { _ in }
            outside.log.warning("GitHub fails and is left alone for a while: \(finding.reason ?? "")")
        case .limited:
            let until = finding.blockedUntil ?? .now
            outside.emit(.githubRateLimited) { $0.member("reset", until.wholeSeconds.rfc3339) }
            outside.log.warning("GitHub wants no more requests until \(until.wholeSeconds.rfc3339)")
        }
    }

    private func end(_ finding: Finding) {
        switch finding.outcome {
        case .content(let content): completion(.fetched(content, isRenewed: false), isAwaited)
        case .renewed:
            guard let content = held?.content else { return release(.failed) }
            completion(.fetched(content, isRenewed: true), isAwaited)
        case .missing: completion(.missing, isAwaited)
        case .refused(let status): completion(.unanswered(.refused(status: status), held: held?.content), isAwaited)
        case .limited:
            let until = finding.blockedUntil ?? .now
            completion(.unanswered(.obstacle(.limited(until: until)), held: held?.content), isAwaited)
        case .failed, .unusable: completion(.unanswered(.failed, held: held?.content), isAwaited)
        }
    }

    /// Ends it without anything to note.
    private func release(_ lack: Lack) {
        try? outside.cache.unlock(resource.key, hold: hold)
        completion(.unanswered(lack, held: held?.content), true)
    }
}
