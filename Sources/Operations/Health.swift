import Dragonfly
import Essentials
import FastCGI
import Telemetry
import Web

extension Operations {
    /// What the store tells of itself; nothing of it where it does not answer.
    private struct StoreHealth {
        var state = "connected"
        var error: String?
        var keys: Int64?
        var memory: Int64?
        var hits: Int64 = 0
        var misses: Int64 = 0
    }

    func showHealth(_ request: Request, _ context: Context) -> Response {
        let health = Self.health(of: context.store)
        let workers = host.workers
        return .json(
            JSONWriter.object { json in
                json.member("status", health.state == "connected" ? "ok" : "degraded")
                json.member("repo", repository)
                json.member("dragonfly", health.state)
                json.member("dragonfly_error", health.error)
                json.member("dragonfly_keys", health.keys)
                json.member("dragonfly_memory", health.memory)
                json.member("cache_hits", health.hits)
                json.member("cache_misses", health.misses)
                json.key("workers")
                json.object { counts in
                    counts.member("total", workers.count)
                    counts.member("busy", workers.count { $0.state.isBusy })
                }
            })
    }

    private static func health(of store: Store) -> StoreHealth {
        var health = StoreHealth()
        do {
            let replies = try store.run([
                Command("DBSIZE"), Command("INFO", "memory"), Command("HGETALL", store.key(TelemetryKeys.counters)),
            ])
            if case .error(let message) = replies[0] {
                health.state = "error"
                health.error = message
                return health
            }
            health.keys = replies[0].integer
            health.memory = usedMemory(replies[1].string ?? "")
            for (name, value) in replies[2].dictionary {
                if name.hasPrefix("chimney_cache_hits_total") { health.hits += value.integer ?? 0 }
                if name.hasPrefix("chimney_cache_misses_total") { health.misses += value.integer ?? 0 }
            }
        } catch {
            health.state = "unavailable"
            health.error = error.description
        }
        return health
    }

    private static func usedMemory(_ info: String) -> Int64? {
        for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix("used_memory:") {
            return Int64(line.dropFirst("used_memory:".count))
        }
        return nil
    }

    func showPool(_ request: Request, _ context: Context) -> Response {
        let names = catalogue()
        return .json(
            JSONWriter.object { json in
                json.member("host", host.name)
                json.member("uptime_s", host.uptime)
                json.key("workers")
                json.array { list in
                    for process in host.workers {
                        list.object { entry in
                            entry.member("host", host.name)
                            entry.member("pid", process.pid)
                            entry.member("role", process.role)
                            entry.member("state", process.state.name)
                            entry.member("requests", process.served)
                            entry.member("uptime_s", process.uptime)
                            entry.member(
                                "route", process.requestSeconds == nil ? nil : names.name(ofRoute: process.route))
                            entry.member("route_s", process.requestSeconds)
                            entry.member("private_memory_bytes", Host.privateMemory(of: process.pid))
                        }
                    }
                }
                json.key("streamers")
                json.array { list in
                    for process in host.streamers {
                        list.object { entry in
                            entry.member("host", host.name)
                            entry.member("pid", process.pid)
                            entry.member("state", process.state.name)
                            entry.member("clients", process.clients)
                            entry.member("requests", process.served)
                            entry.member("uptime_s", process.uptime)
                            entry.member("private_memory_bytes", Host.privateMemory(of: process.pid))
                        }
                    }
                }
            })
    }
}
