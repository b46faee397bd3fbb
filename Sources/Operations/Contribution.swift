import Dragonfly
import Essentials
import Telemetry
import Web

/// What a capability shows of itself in the window into the program, which does not know it.
public struct Contribution {
    /// Writes members of `/healthz`. It is asked also while the store does not answer.
    public typealias Members = (Context, inout JSONWriter) -> Void

    let counters: [CounterHash]
    let gauges: (Store) -> [MetricFamily]
    let cacheHealth: Members
    let upstreamHealth: Members

    /// A contribution.
    ///
    /// - Parameters:
    ///   - counters: what it counts by itself.
    ///   - gauges: what it measures. It is asked also while the store does not answer, for what the host knows.
    ///   - cacheHealth: what `/healthz` tells of a cache that it keeps, before the counts of hits and misses.
    ///   - upstreamHealth: what `/healthz` tells of a server that it depends on, behind those.
    public init(
        counters: [CounterHash] = [], gauges: @escaping (Store) -> [MetricFamily] = { _ in [] },
        cacheHealth: @escaping Members = { _, _ in }, upstreamHealth: @escaping Members = { _, _ in }
    ) {
        self.counters = counters
        self.gauges = gauges
        self.cacheHealth = cacheHealth
        self.upstreamHealth = upstreamHealth
    }
}

/// A counter that a capability keeps in a hash of its own, where its writes count in the same atomic step.
public struct CounterHash: Sendable {
    let name: String
    let help: String
    let key: String
    let label: String
    let labels: [String]

    /// A counter whose samples are the fields of a hash.
    ///
    /// - Parameters:
    ///   - key: the hash, without the prefix.
    ///   - label: the name of the label that the fields are values of.
    ///   - labels: the fields.
    public init(name: String, help: String, key: String, label: String, labels: [String]) {
        self.name = name
        self.help = help
        self.key = key
        self.label = label
        self.labels = labels
    }
}
