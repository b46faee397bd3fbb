import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry
import Web

extension Operations {
    /// Counters of the store, which all workers and hosts share, and what this host knows by itself.
    func showMetrics(_ request: Request, _ context: Context) -> Response {
        var exposition = Exposition()
        let replies = storeCounters(context)
        if let replies {
            exposition.add(counters: replies[0].dictionary.compactMapValues(\.integer))
            for (hash, reply) in zip(counterHashes, replies.dropFirst()) {
                let values = reply.dictionary
                exposition.add(
                    hash.name, .counter, help: hash.help,
                    samples: hash.labels.map { ("\(hash.label)=\"\($0)\"", String(values[$0]?.integer ?? 0)) })
            }
        }
        exposition.add(
            "chimney_dragonfly_connected", .gauge, help: "Whether the store answers this host: 1 or 0.",
            samples: [("", replies == nil ? "0" : "1")])
        let processes = processes(context)
        let states = processes.filter { $0.role == Self.workerRole }.map(\.state)
        if !states.isEmpty {
            exposition.add(
                "chimney_workers", .gauge, help: "Workers of all hosts by what they are doing.",
                samples: Slot.State.allCases.filter { $0 != .free }.map { state in
                    ("state=\"\(state.name)\"", String(states.count { $0 == state.name }))
                })
        }
        let streamers = processes.filter { $0.role == Self.streamerRole }
        if !streamers.isEmpty {
            exposition.add(
                "chimney_streams", .gauge,
                help: "Clients that the streamers of all hosts keep: streams, and held requests.",
                samples: [("", String(streamers.reduce(0) { $0 + ($1.clients ?? 0) }))])
        }
        if let uptime = host.uptime {
            exposition.add(
                "chimney_uptime_seconds", .gauge, help: "Seconds since this host's pool was started.",
                samples: [("", String(uptime))])
        }
        return Response(status: .ok, fields: [.contentType: Exposition.mediaType], body: exposition.bytes)
    }
}

extension Operations {
    /// The counters of all workers and hosts. Nil rather than a part of them: a counter that seems to begin anew would be
    /// counted twice by who scrapes it.
    private func storeCounters(_ context: Context) -> [Reply]? {
        let keys = [TelemetryKeys.counters] + counterHashes.map(\.key)
        guard let replies = try? context.store.run(keys.map { Command("HGETALL", context.store.key($0)) }) else {
            return nil
        }
        let isWhole = replies.allSatisfy { if case .error = $0 { false } else { true } }
        return isWhole ? replies : nil
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
