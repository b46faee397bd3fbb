import Essentials
import Logging

/// What the log says of a collector: once that it is away and once that it is back, however many requests and signals
/// fail, and what it refuses. A line of each kind in a minute at most, for these lines are exported as well.
final class Collector {
    private static let pause: UInt64 = 60_000_000

    private let origin: String
    /// The signals whose requests wait for it.
    private var waiting: Set<Signal> = []
    /// Whether the log says that it is away.
    private var isSaid = false
    private var nextOutage: UInt64 = 0
    private var nextComplaint: UInt64 = 0

    init(_ origin: String) {
        self.origin = origin
    }

    /// Notes that a request has to be repeated.
    func fails(_ signal: Signal, because reason: String, _ log: Logger) {
        waiting.insert(signal)
        let now = MonotonicClock.microseconds
        guard !isSaid, now >= nextOutage else { return }
        isSaid = true
        nextOutage = now + Self.pause
        log.warning("the collector does not take telemetry, which waits: \(origin): \(reason)")
    }

    /// Notes that a request needs not be repeated.
    func takes(_ signal: Signal, _ log: Logger) {
        waiting.remove(signal)
        guard isSaid, waiting.isEmpty else { return }
        isSaid = false
        log.notice("the collector takes telemetry again: \(origin)")
    }

    /// Says what the collector does not take.
    func complain(_ complaint: String, _ log: Logger) {
        let now = MonotonicClock.microseconds
        guard now >= nextComplaint else { return }
        nextComplaint = now + Self.pause
        log.error("the collector does not take everything: \(origin): \(complaint)")
    }
}

/// The collectors that the signals go to: one as a rule.
final class Collectors {
    private var all: [String: Collector] = [:]

    /// The collector that a URL belongs to.
    func collector(of url: String) -> Collector {
        // Scheme, host and port: what stands before the third slash.
        let origin = url.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        let collector = all[origin] ?? Collector(origin)
        all[origin] = collector
        return collector
    }
}
