import Dragonfly
import Essentials
import Telemetry
import Web

extension GitHub {
    /// What is measured of the cache and of GitHub, by all hosts; nothing without the store.
    public func gauges(from store: Store) -> [MetricFamily] {
        guard let entries = try? store.run(Command("ZCARD", store.key(CacheKeys.index))).integer,
            let state = try? CacheStore(store: store).state()
        else { return [] }
        var families = [
            MetricFamily("chimney_cache_entries", .gauge, help: "Entries of the cache in the store.", value: entries)
        ]
        if let remaining = state.remaining {
            families.append(
                MetricFamily(
                    "chimney_github_rate_limit_remaining", .gauge,
                    help: "Requests that GitHub takes until the quota is full again.", value: remaining))
        }
        if let reset = state.reset {
            families.append(
                MetricFamily(
                    "chimney_github_rate_limit_reset", .gauge,
                    help: "When the quota is full again, in seconds since the epoch.", value: reset))
        }
        return families
    }

    /// What `/healthz` tells of the cache.
    public func writeCacheHealth(of context: Context, to json: inout JSONWriter) {
        json.member("mem_cache_entries", fetcher.memory.count)
    }

    /// What `/healthz` tells of GitHub; what is not known is `null`.
    public func writeUpstreamHealth(of context: Context, to json: inout JSONWriter) {
        let state = (try? CacheStore(store: context.store).state()) ?? GitHubState()
        json.key("github")
        json.object { github in
            github.member("rate_limit_remaining", state.remaining)
            github.member("rate_limit_reset", state.reset.map { Timestamp(milliseconds: $0 * 1000).rfc3339 })
            github.member(
                "last_success_age_s", state.lastSuccess.map { max(0, context.now.milliseconds - $0) / 1000 })
            github.member("breaker", state.isOpen ? "open" : "closed")
        }
    }
}
