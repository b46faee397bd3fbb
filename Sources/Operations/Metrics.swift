import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry
import Web

extension Operations {
    /// Metrics as Prometheus reads them.
    func showMetrics(_ request: Request, _ context: Context) -> Response {
        Response(
            status: .ok, fields: [.contentType: Exposition.mediaType],
            body: Exposition.bytes(of: families(from: context.store, now: context.now)))
    }

    /// All metrics: the counters of the store, which all workers and hosts share, and what this host knows by itself.
    /// Without the store only the latter.
    public func families(from store: Store, now: Timestamp = .now) -> [MetricFamily] {
        var families: [MetricFamily] = []
        let counterHashes = contributions.flatMap(\.counters)
        let replies = counters(of: store, counterHashes)
        if let replies {
            families += CounterFamilies.families(of: replies[0].dictionary.compactMapValues(\.integer))
            for (hash, reply) in zip(counterHashes, replies.dropFirst()) {
                let values = reply.dictionary
                families.append(
                    MetricFamily(
                        hash.name, .counter, help: hash.help,
                        series: hash.labels.map { label in
                            MetricFamily.Series(
                                [MetricFamily.Label(hash.label, label)], .number(values[label]?.integer ?? 0))
                        }))
            }
        }
        families.append(
            MetricFamily(
                "chimney_dragonfly_connected", .gauge, help: "Whether the store answers this host: 1 or 0.",
                isOfHost: true, value: replies == nil ? 0 : 1))
        for contribution in contributions { families += contribution.gauges(store) }
        let processes = processes(store, now: now)
        let states = processes.filter { $0.role == Self.workerRole }.map(\.state)
        if !states.isEmpty {
            families.append(
                MetricFamily(
                    "chimney_workers", .gauge, help: "Workers of all hosts by what they are doing.",
                    series: Slot.State.allCases.filter { $0 != .free }.map { state in
                        let count = states.count { $0 == state.name }
                        return MetricFamily.Series([MetricFamily.Label("state", state.name)], .number(Int64(count)))
                    }))
        }
        let streamers = processes.filter { $0.role == Self.streamerRole }
        if !streamers.isEmpty {
            families.append(
                MetricFamily(
                    "chimney_streams", .gauge,
                    help: "Clients that the streamers of all hosts keep: streams, and held requests.",
                    value: Int64(streamers.reduce(0) { $0 + ($1.clients ?? 0) })))
        }
        if let uptime = host.uptime {
            families.append(
                MetricFamily(
                    "chimney_uptime_seconds", .gauge, help: "Seconds since this host's pool was started.",
                    isOfHost: true, value: uptime))
        }
        return families
    }

    /// The counters of all workers and hosts. Nil rather than a part of them: a counter that seems to begin anew would
    /// be counted twice by who scrapes it.
    private func counters(of store: Store, _ counterHashes: [CounterHash]) -> [Reply]? {
        let keys = [TelemetryKeys.counters] + counterHashes.map(\.key)
        guard let replies = try? store.run(keys.map { Command("HGETALL", store.key($0)) }) else { return nil }
        let isWhole = replies.allSatisfy { if case .error = $0 { false } else { true } }
        return isWhole ? replies : nil
    }
}
