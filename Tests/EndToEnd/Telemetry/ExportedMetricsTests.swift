import TestSupport
import Testing

extension EndToEnd {
    /// Metrics as a collector gets them.
    @Suite struct ExportedMetricsTests {
        /// The names of Prometheus by those of OpenTelemetry, and the units.
        private static let names = [
            "chimney.requests": ("chimney_requests_total", ""),
            "chimney.request.duration": ("chimney_request_duration_ms", "ms"),
            "chimney.queue.wait": ("chimney_queue_wait_ms", "ms"),
            "chimney.panics": ("chimney_panics_total", ""),
            "chimney.log.dropped": ("chimney_log_dropped_total", ""),
            "chimney.export.dropped": ("chimney_export_dropped_total", ""),
            "chimney.deploy.events": ("chimney_deploy_events_total", ""),
            "chimney.cache.hits": ("chimney_cache_hits_total", ""),
            "chimney.cache.misses": ("chimney_cache_misses_total", ""),
            "chimney.cache.invalidations": ("chimney_cache_invalidations_total", ""),
            "chimney.github.fetches": ("chimney_github_fetches_total", ""),
            "chimney.cache.entries": ("chimney_cache_entries", ""),
            "chimney.github.rate.limit.remaining": ("chimney_github_rate_limit_remaining", ""),
            "chimney.github.rate.limit.reset": ("chimney_github_rate_limit_reset", ""),
            "chimney.dragonfly.connected": ("chimney_dragonfly_connected", ""),
            "chimney.workers": ("chimney_workers", ""), "chimney.streams": ("chimney_streams", ""),
            "chimney.uptime": ("chimney_uptime_seconds", "s"), "auth.requests": ("auth_requests_total", ""),
            "deployments.created": ("deployments_created_total", ""),
            "deployments.updated": ("deployments_updated_total", ""),
            "deployments.skipped": ("deployments_skipped_total", ""),
            "deployments.stuck": ("deployments_stuck", ""), "rollbacks": ("rollbacks_total", ""),
        ]

        /// The samples that Prometheus would be shown of an export.
        private static func samples(of metrics: [JSON]) -> [String: Double] {
            var samples: [String: Double] = [:]
            func add(_ name: String, _ labels: [String], _ value: Double?) {
                samples[labels.isEmpty ? name : "\(name){\(labels.sorted().joined(separator: ","))}"] = value
            }
            for metric in metrics {
                guard let (name, _) = names[metric.name?.text ?? ""] else { continue }
                for point in metric.points?.list ?? [] {
                    let labels = (point.attributes?.names ?? []).map {
                        "\($0)=\"\(point.attributes?[$0]?.text ?? "")\""
                    }
                    if metric.kind == "histogram" {
                        var sum = 0.0
                        let bounds = (point.bounds?.list ?? []).compactMap(\.integer).map(String.init) + ["+Inf"]
                        for (bound, count) in zip(bounds, point.buckets?.list ?? []) {
                            sum += count.number ?? 0
                            add("\(name)_bucket", labels + ["le=\"\(bound)\""], sum)
                        }
                        add("\(name)_sum", labels, point.sum?.number)
                        add("\(name)_count", labels, point.count?.number)
                    } else {
                        add(name, labels, point.value?.number)
                    }
                }
            }
            return samples
        }

        /// Prometheus' samples with their labels sorted, too.
        private static func sorted(_ samples: Samples) -> [String: Double] {
            Dictionary(
                uniqueKeysWithValues: samples.values.map { name, value in
                    let parts = name.split(separator: "{", maxSplits: 1)
                    guard parts.count == 2 else { return (name, value) }
                    let labels = parts[1].dropLast().split(separator: ",").sorted().joined(separator: ",")
                    return ("\(parts[0]){\(labels)}", value)
                })
        }

        @Test("Names, units and values are those of /api/metrics")
        func values() async throws {
            let environment = ["CHIMNEY_FAULTS": "true", "AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme"]
            try await withCollector(environment: environment) { origin, collector throws in
                _ = try origin.request("/api/version", times: 30)
                _ = try origin.request("/debug/sleep?ms=30", times: 2)
                _ = try origin.request("/api/nothing", times: 3, is: 404)
                _ = try origin.get("/debug/trap")
                _ = try origin.post(Event().json)
                _ = try origin.http.post(
                    "/v1/deployments", #"{"name":"web","version":"1","provider":"aws","type":"k8s"}"#)
                // With the one of the pool's start.
                let total = 39.0
                var last: [JSON] = []
                let isWhole = try eventually {
                    last = try collector.received.metrics?.list.last?.list ?? []
                    let requests = last.first { $0.name == "chimney.requests" }?.points?.list ?? []
                    return requests.compactMap(\.value?.number).reduce(0, +) == total
                        && last.contains { $0.name == "chimney.workers" }
                }
                #expect(isWhole)
                let shown = Self.sorted(Samples(try origin.get("/api/metrics").text))
                let exported = Self.samples(of: last)
                #expect(Set(shown.keys) == Set(exported.keys))
                for (name, value) in exported {
                    // These go on by themselves.
                    if name == "chimney_uptime_seconds" || name.hasPrefix("chimney_workers") { continue }
                    #expect(shown[name] == value, "\(name)")
                }
                let workers = exported.filter { $0.key.hasPrefix("chimney_workers") }.values.reduce(0, +)
                #expect(workers == 4)
                #expect(exported["chimney_panics_total"] == 1)
                #expect(exported[#"chimney_deploy_events_total{outcome="success"}"#] == 1)
                #expect(exported[#"chimney_requests_total{route="/api/version",status_class="2xx"}"#] == 30)
                #expect(exported[#"auth_requests_total{method="local",success="true"}"#] == 1)
                let created = #"deployments_created_total{organisation="acme",provider="aws",trigger="auto"}"#
                #expect(exported[created] == 1)
                #expect(exported[#"deployments_stuck{organisation="acme"}"#] == 0)

                for metric in last {
                    let name = metric.name?.text ?? ""
                    #expect(metric.unit?.text == Self.names[name]?.1, "\(name)")
                    let kind = metric.kind?.text
                    if kind != "gauge" { #expect(metric.is_cumulative == true, "\(name)") }
                    #expect(metric.is_monotonic == .bool(kind == "sum"), "\(name)")
                    for point in metric.points?.list ?? [] {
                        let start = point.start_ms?.number ?? 0
                        #expect(
                            kind == "gauge" ? start == 0 : start > 0 && start <= point.time_ms?.number ?? 0, "\(name)")
                    }
                    let isOfHost = ["chimney.uptime", "chimney.dragonfly.connected"].contains(name)
                    #expect((metric.resource?["host.name"] != nil) == isOfHost, "\(name)")
                }
            }
        }

        @Test("A pool that ends exports what it counted last, and its successor goes on from there")
        func restart() async throws {
            let environment = ["OTEL_METRIC_EXPORT_INTERVAL": "3600000"]
            try await withCollector(environment: environment) { origin, collector throws in
                #expect(try eventually { try collector.counts.metrics == 1 })
                _ = try origin.request(times: 20)
                origin.pool.stop()
                let exports = try collector.received.metrics?.list ?? []
                #expect(exports.count == 2)
                let samples = Self.samples(of: exports.last?.list ?? [])
                #expect(samples[#"chimney_requests_total{route="/api/version",status_class="2xx"}"#] == 20)

                let settings = collector.environment.merging(origin.store.environment) { $1 }
                let next = try PoolProcess(environment: settings.merging(environment) { $1 })
                defer { next.stop() }
                #expect(try eventually { try collector.counts.metrics == 3 }, "the lease was given back")
                let starts = try collector.received.metrics?.list.flatMap(\.list).filter { $0.kind == "sum" }
                    .flatMap { $0.points?.list.compactMap(\.start_ms?.number) ?? [] }
                #expect(Set(starts ?? []).count == 1)
            }
        }
    }
}
