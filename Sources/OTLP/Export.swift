import Agent
import Dragonfly
import Telemetry

/// What the agents do to export telemetry.
public enum Export {
    /// The tasks for what is to be exported.
    ///
    /// - Parameters:
    ///   - resource: what telemetry is from.
    ///   - host: the name of this host among the agents.
    ///   - families: collects the metrics of all hosts, as far as the store has them.
    public static func tasks(
        _ settings: OTLPSettings, resource: Resource, host: String, families: @escaping (Store) -> [MetricFamily]
    ) -> [any AgentTask] {
        let collectors = Collectors()
        func delivery(_ signal: Signal) -> Delivery? {
            settings[signal].map { Delivery(signal, to: $0, collectors) }
        }
        var tasks: [any AgentTask] = []
        if settings.usesOutbox {
            tasks.append(
                OutboxTask(resource: resource, host: host, traces: delivery(.traces), logs: delivery(.logs)))
        }
        if let delivery = delivery(.metrics) {
            tasks.append(
                MetricsTask(
                    resource: resource, delivery: delivery, interval: settings.metricInterval, families: families))
        }
        return tasks
    }
}
