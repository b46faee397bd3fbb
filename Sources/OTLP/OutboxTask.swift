import Agent
import Dragonfly
import Essentials
import Telemetry

/// Exports the log lines and spans of the outbox, batch by batch. While the collector takes none, the batch at hand
/// waits here and all others in the outbox, which drops its oldest when it is full.
///
/// A batch is at most two requests, one for spans and one for log records, each repeated on its own; it is done when
/// both are. Every item reaches the collector at least once: what an agent that died was at, its successor exports
/// again.
final class OutboxTask: AgentTask {
    let name = "OTLP export"

    /// Microseconds between two looks into the outbox: as long as it takes to fill a batch, within these bounds.
    private static let pauses: ClosedRange<UInt64> = 50_000...1_000_000
    /// Microseconds that are left for exporting when the agent ends; a part of what the agent gives its tasks.
    private static let stopLimit: UInt64 = 4_000_000

    private let resource: Resource
    private let jobs: TakenJobs
    private let traces: Delivery?
    private let logs: Delivery?
    private var deliveries: [Delivery] { [traces, logs].compactMap { $0 } }

    /// Taken, and not in a batch yet: a predecessor may have left more than one batch has room for.
    private var left: [[UInt8]] = []
    private var batch: [[UInt8]] = []
    /// How many items were taken since `countedSince`.
    private var counted = 0
    private var countedSince = MonotonicClock.microseconds
    private var takeAt: UInt64 = 0
    private var stopAt: UInt64?
    /// How many log lines and spans were lost, and how many of them are in the metrics.
    private var lost = 0
    private var lostCounted = 0

    /// A task; what has no delivery is not exported.
    ///
    /// - Parameter host: the name of this host among the agents.
    init(resource: Resource, host: String, traces: Delivery?, logs: Delivery?) {
        self.resource = resource
        self.traces = traces
        self.logs = logs
        jobs = TakenJobs(JobList(TelemetryKeys.outbox, bound: Recorder.outboxBound), host: host)
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        while true {
            if batch.isEmpty {
                guard MonotonicClock.microseconds >= takeAt else { return takeAt }
                try take(agent.store)
                if batch.isEmpty {
                    takeAt = nextLook()
                    return takeAt
                }
            }
            if let due = deliver(agent) { return due }
        }
    }

    /// Exports what the outbox holds, and puts back what the collector does not take in time, for whichever agent is
    /// next.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        defer { jobs.leave(agent.store) }
        let stopAt = stopAt ?? MonotonicClock.microseconds + Self.stopLimit
        self.stopAt = stopAt
        while MonotonicClock.microseconds < stopAt {
            if batch.isEmpty {
                try take(agent.store)
                if batch.isEmpty { return true }
            }
            guard let due = deliver(agent) else { continue }
            if due != .max, due > stopAt { break }
            return false
        }
        try jobs.giveBack(batch + left, to: agent.store)
        return true
    }

    /// Makes a batch of what is there.
    private func take(_ store: Store) throws(StoreError) {
        try countLost(store)
        if left.isEmpty {
            left = try jobs.take(Batch.limit, from: store)
            counted += left.count
        }
        batch = Array(left.prefix(Batch.limit))
        left.removeFirst(batch.count)
        guard !batch.isEmpty else { return }
        let converted = Batch(items: batch, resource: resource)
        lost += converted.skipped
        if let body = converted.traces { traces?.send(body, count: converted.spans) }
        if let body = converted.logs { logs?.send(body, count: converted.records) }
    }

    /// Goes on with the batch at hand.
    ///
    /// - Returns: when to go on with it again; nil if it is done.
    private func deliver(_ agent: AgentContext) -> UInt64? {
        let due = deliveries.map { $0.step(for: self, agent) }.min() ?? .max
        guard deliveries.allSatisfy(\.isDone) else { return due }
        jobs.finish(batch, in: agent.store)
        batch = []
        return nil
    }

    /// The outbox is empty. When as much as a batch is to be expected, at the rate at which it was filled until now.
    private func nextLook() -> UInt64 {
        let now = MonotonicClock.microseconds
        let pause = (now - countedSince) * UInt64(Batch.limit) / UInt64(max(1, counted))
        countedSince = now
        counted = 0
        return now + min(max(pause, Self.pauses.lowerBound), Self.pauses.upperBound)
    }

    private func countLost(_ store: Store) throws(StoreError) {
        let all = deliveries.reduce(lost) { $0 + $1.refused }
        guard all > lostCounted else { return }
        let key = store.key(TelemetryKeys.counters)
        _ = try store.run(Command("HINCRBY", key, CounterFamilies.exportDropped, String(all - lostCounted)))
        lostCounted = all
    }
}
