import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry
import Web

extension GitHub {
    func showStats(_ request: Request, _ context: Context) throws -> Response {
        let limit = try context.query.integer("limit", default: 500, in: 1...CacheStatistics.limit)
        let statistics = try CacheStatistics(
            CacheStore(store: context.store), limit: limit, now: context.now, lifetime: lifetime(ofKey:))
        let memory = fetcher.memory.count
        return .json(
            JSONWriter.object(capacity: 512 + statistics.entries.count * 128) { json in
                json.member("hits", statistics.hits)
                json.member("misses", statistics.misses)
                json.member("hit_rate_pct", statistics.hitRate)
                json.key("entries")
                json.array { list in
                    for entry in statistics.entries {
                        list.object { json in
                            json.member("key", entry.key)
                            json.member("ttl_s", entry.lifetime)
                            json.member("age_s", entry.age)
                            json.member("bytes", entry.bytes)
                            json.member("status", entry.status)
                        }
                    }
                }
                json.member("dragonfly_entries", statistics.count)
                json.member("mem_entries", memory)
                json.member("cache_age_p50_s", statistics.medianAge)
                json.member("cache_age_p95_s", statistics.highAge)
            })
    }

    /// Milliseconds for which the entry with a key is fresh.
    private func lifetime(ofKey key: String) -> Int64 {
        var path = key.prefix { $0 != "?" }
        if let organisation = settings.organisation, path.lowercased().hasPrefix("/\(organisation.lowercased())/") {
            path = path.dropFirst(organisation.utf8.count + 2).drop { $0 != "/" }
        }
        return Resource.lifetime(
            of: key.hasPrefix("/__") ? key : String(path), query: key.drop { $0 != "?" }.dropFirst())
    }
}
