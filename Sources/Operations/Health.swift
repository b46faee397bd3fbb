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
        var durability = Durability.ofStore

        var isWell: Bool {
            state == "connected" && (durability == .ofStore || durability == .journaled)
        }
    }

    func showHealth(_ request: Request, _ context: Context) -> Response {
        versions.note(request, of: host.name, in: context.store)
        let health = Self.health(of: context.store)
        let workers = host.processes.filter { $0.role == Self.workerRole }
        return .json(
            JSONWriter.object { json in
                json.member("status", health.isWell ? "ok" : "degraded")
                json.member("repo", repository)
                json.member("dragonfly", health.state)
                json.member("dragonfly_error", health.error)
                json.member("dragonfly_keys", health.keys)
                json.member("dragonfly_memory", health.memory)
                if let journal = health.durability.name { json.member("journal", journal) }
                for contribution in contributions { contribution.cacheHealth(context, &json) }
                json.member("cache_hits", health.hits)
                json.member("cache_misses", health.misses)
                for contribution in contributions { contribution.upstreamHealth(context, &json) }
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
            health.durability = try store.durability()
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
            try expectWritable(store)
        } catch {
            // A server that is out of memory, for example, answers nearly everything.
            health.state = store.condition == .connected ? "error" : "unavailable"
            health.error = error.description
        }
        return health
    }

    /// Writes something, which a server that is out of memory or read-only refuses.
    ///
    /// - Throws: `StoreError`.
    static func expectWritable(_ store: Store) throws(StoreError) {
        _ = try store.run(Command("SET", store.key("ready"), "1", "PX", "1000"))
    }

    private static func usedMemory(_ info: String) -> Int64? {
        for line in info.split(whereSeparator: \.isNewline) where line.hasPrefix("used_memory:") {
            return Int64(line.dropFirst("used_memory:".count))
        }
        return nil
    }
}

extension Durability {
    /// What `/healthz` calls it; nil where no journal is kept. Why one cannot be written is for the log: it names paths.
    fileprivate var name: String? {
        switch self {
        case .ofStore: nil
        case .journaled: "ok"
        case .restoring: "restoring"
        case .failed: "unwritable"
        }
    }
}
