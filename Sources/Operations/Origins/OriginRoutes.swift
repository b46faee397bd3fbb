import Dragonfly
import Essentials
import FastCGI
import Web

extension Operations {
    /// How the origins are, each with the Caddy in front of it.
    func showOrigins(_ request: Request, _ context: Context) throws -> Response {
        let histories = origins.all.map { OriginHistory(origin: $0) }
        let store = context.store
        let replies = try store.run(
            histories.map { $0.command(store) } + [
                Command("HGETALL", store.key(CaddyState.key)), Command("HGETALL", store.key(CaddyState.versions)),
            ])
        for case .error(let message) in replies { throw StoreError(reply: message) }
        let caddies = Self.caddies(replies[histories.count], at: context.now)
        let versions = replies[histories.count + 1].dictionary
        return .json(
            JSONWriter.object(capacity: 256 + histories.count * 8192) { json in
                json.key("origins")
                json.array { list in
                    for (history, reply) in zip(histories, replies) {
                        list.object { entry in
                            entry.member("origin", history.origin)
                            Self.write(OriginHistory.summary(reply), to: &entry)
                            entry.key("caddy")
                            if let caddy = caddies[history.origin] {
                                Self.write(caddy.state, version: versions[caddy.host]?.string, to: &entry)
                            } else {
                                entry.null()
                            }
                        }
                    }
                }
            })
    }

    /// What the hosts' agents have seen of their Caddys, by origin. Where several hosts say that they are the same one,
    /// the first by name speaks for it.
    private static func caddies(_ reply: Reply, at now: Timestamp) -> [String: (host: String, state: CaddyState)] {
        var caddies: [String: (host: String, state: CaddyState)] = [:]
        for (host, value) in reply.dictionary.sorted(by: { $0.key < $1.key }) {
            guard let state = value.bytes.flatMap({ CaddyState($0) }), let origin = state.origin,
                abs(now.milliseconds - state.time) <= CaddyState.lifetime, caddies[origin] == nil
            else { continue }
            caddies[origin] = (host, state)
        }
        return caddies
    }

    private static func write(_ summary: OriginHistory.Summary, to json: inout JSONWriter) {
        let last = summary.last
        json.member("up", summary.state == .unknown ? nil : summary.state == .up)
        json.member(
            "uptime_pct",
            summary.checks == 0
                ? nil : (Double(summary.passed) * 1000 / Double(summary.checks)).rounded() / 10)
        json.member("checks", summary.checks)
        json.member("last_check", last?.time)
        json.member("last_latency_ms", last?.latency)
        json.key("recent")
        json.array { list in for check in summary.newest { list.raw(check) } }
    }

    private static func write(_ state: CaddyState, version: String?, to json: inout JSONWriter) {
        json.object { caddy in
            caddy.member("up", state.up)
            caddy.member("version", version)
            state.writeUpstreams(&caddy)
        }
    }
}
