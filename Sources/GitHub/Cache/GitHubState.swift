import Dragonfly
import Essentials

/// What all processes know of GitHub, by way of the store.
struct GitHubState {
    /// Requests left until `reset`; nil where GitHub has not said.
    var remaining: Int64?
    /// When the quota is full again, in seconds since the epoch.
    var reset: Int64?
    /// Until when nothing is fetched, because GitHub asked for it, in milliseconds since the epoch.
    var blockedUntil: Int64 = 0
    /// Fetches in a row that have failed.
    var failures: Int64 = 0
    /// Until when it is left alone after too many of them, likewise.
    var openUntil: Int64 = 0
    /// The hold of the one fetch that tries whether it is back.
    var probe: String?
    /// When it last answered with what was asked for, likewise.
    var lastSuccess: Int64?
    /// The number of the last change of the cache.
    var sequence: Int64 = 0

    /// Failures in a row after which GitHub is left alone …
    static let failureLimit: Int64 = 5
    /// … for so many milliseconds.
    static let pause: Int64 = 15_000

    /// The fields, in the order in which they are read; the first two are all that an answer shows.
    static let fields = [
        "remaining", "reset", "blocked_until", "failures", "open_until", "probe", "last_success", "seq",
    ]

    /// Nothing is known.
    init() {}

    /// Reads the fields, or the first of them.
    init(_ values: [Reply]) {
        func number(_ index: Int) -> Int64? { index < values.count ? values[index].integer : nil }
        remaining = number(0)
        reset = number(1)
        blockedUntil = number(2) ?? 0
        failures = number(3) ?? 0
        openUntil = number(4) ?? 0
        probe = values.count > 5 ? values[5].string : nil
        lastSuccess = number(6)
        sequence = number(7) ?? 0
    }

    /// Whether the breaker is open: GitHub has failed too often, and has not been seen to be back.
    var isOpen: Bool { failures >= Self.failureLimit }

    /// Why nothing may be fetched now; nil where it may.
    ///
    /// - Parameter hold: that of the fetch: the one that tries whether GitHub is back may.
    func obstacle(for hold: String?, at now: Timestamp) -> Obstacle? {
        if blockedUntil > now.milliseconds { return .limited(until: Timestamp(milliseconds: blockedUntil)) }
        if isOpen, openUntil > now.milliseconds, hold == nil || hold != probe {
            return .down(until: Timestamp(milliseconds: openUntil))
        }
        return nil
    }
}

extension GitHubState {
    /// Notes what a fetch has brought that the store does not take: while it is away, each process knows for itself what
    /// all of them know otherwise.
    mutating func note(_ finding: Finding, at now: Timestamp) {
        remaining = finding.remaining ?? remaining
        reset = finding.reset ?? reset
        if let until = finding.blockedUntil { blockedUntil = max(blockedUntil, until.milliseconds) }
        if case .failed = finding.outcome {
            failures += 1
            if isOpen { openUntil = now.milliseconds + Self.pause }
        } else {
            failures = 0
        }
    }
}

/// What a process knows of GitHub by itself.
final class KnownState {
    /// As the store had it last, with what has come since.
    var state = GitHubState()
}

/// Why nothing is fetched.
enum Obstacle: Equatable {
    /// GitHub has asked for a pause.
    case limited(until: Timestamp)
    /// It has failed too often and is left alone.
    case down(until: Timestamp)
    /// It has refused the same just now, with this status; 0 where its answer was of no use.
    case denied(status: Int)
}
