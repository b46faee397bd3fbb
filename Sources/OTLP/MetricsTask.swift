import Agent
import Dragonfly
import Essentials
import Telemetry

/// Exports the metrics of all hosts, one agent at a time. Values that the collector does not take are superseded by
/// those of the next interval.
final class MetricsTask: AgentTask {
    let name = "OTLP metrics"

    /// Milliseconds beyond an interval in which the exporting agent may be late.
    private static let grace = 5000
    /// Microseconds that are left for exporting when the agent ends; a part of what the agent gives its tasks.
    private static let stopLimit: UInt64 = 4_000_000
    /// The field beside the counters that says when they began, in milliseconds since the epoch. With the counters it
    /// goes.
    private static let beginning = "began_ms"

    private let resource: Resource
    private let delivery: Delivery
    private let interval: UInt64
    private let lease: Lease
    private let families: (Store) -> [MetricFamily]
    private var collectAt: UInt64 = 0
    private var stopAt: UInt64?
    private var hasCollectedLast = false

    /// A task.
    ///
    /// - Parameters:
    ///   - interval: milliseconds from one export to the next.
    ///   - families: collects the metrics.
    init(resource: Resource, delivery: Delivery, interval: Int, families: @escaping (Store) -> [MetricFamily]) {
        self.resource = resource
        self.delivery = delivery
        self.interval = UInt64(interval) * 1000
        self.families = families
        lease = Lease("otlp:metrics", milliseconds: interval + Self.grace)
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let now = MonotonicClock.microseconds
        if now >= collectAt {
            let isHeld = try lease.hold(agent.store)
            if !delivery.isCalling {
                // Somebody else's values are newer than those that wait here.
                if isHeld { try collect(agent.store) } else { delivery.withdraw() }
            }
            collectAt = now + interval
        }
        return min(delivery.step(for: self, agent), collectAt)
    }

    /// Exports once more, what was counted last, and leaves the rest to the next agent.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        let now = MonotonicClock.microseconds
        let stopAt = stopAt ?? now + Self.stopLimit
        self.stopAt = stopAt
        guard lease.isHeld else { return true }
        if !delivery.isCalling, !hasCollectedLast {
            hasCollectedLast = true
            try collect(agent.store)
        }
        if delivery.step(for: self, agent) == .max, !delivery.isDone, now < stopAt { return false }
        if !delivery.isCalling, !hasCollectedLast { return false }
        try lease.release(agent.store)
        return true
    }

    private func collect(_ store: Store) throws(StoreError) {
        let now = Timestamp.now
        let key = store.key(TelemetryKeys.counters)
        let began = try store.run([
            Command("HSETNX", key, Self.beginning, String(now.milliseconds)), Command("HGET", key, Self.beginning),
        ]).last?.integer
        let batch = MetricsBatch(
            families(store), resource: resource, began: Timestamp(milliseconds: began ?? now.milliseconds), now: now)
        delivery.send(batch.body, count: batch.points)
    }
}
