import TestSupport
import Testing

extension EndToEnd {
    /// Prometheus' view.
    @Suite struct MetricsTests {
        /// The counters once they have been sent by every worker: asked until `count` requests are in them.
        private static func samples(of origin: Origin, with requests: Int, but route: String) throws -> Samples {
            func counted(_ samples: Samples) -> Int {
                samples.requests - ["2xx", "4xx", "5xx"].map { samples.requests(route, $0) }.reduce(0, +)
            }
            var last = Samples("")
            _ = try eventually {
                last = Samples(try origin.get(route).text)
                return counted(last) >= requests
            }
            return last
        }

        @Test func promtoolAcceptsThem() async throws {
            try await withOrigin { origin in
                for path in ["/health", "/api/nothing", "/api/deploy/status", "/healthz"] { _ = try origin.get(path) }
                _ = try origin.post(Event().json)
                _ = try origin.post(Event().with("outcome", "\"failure\"").json)
                _ = try Self.samples(of: origin, with: 6, but: "/metrics")
                for path in ["/api/metrics", "/metrics"] {
                    let answer = try origin.get(path)
                    #expect(answer["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
                    let check = try FinishedProcess("promtool", ["check", "metrics"], input: answer.body)
                    // Milliseconds are in the names by contract; that is all that it has to say.
                    let complaints = (check.output + check.errors).split(separator: "\n").filter { line in
                        !line.hasSuffix("_ms metric names should not contain abbreviated units")
                    }
                    #expect(complaints.isEmpty, "\(complaints)")
                    #expect([.exited(0), .exited(3)].contains(check.end))
                }
            }
        }

        @Test func namesAreThoseOfTheContract() async throws {
            try await withOrigin { origin in
                _ = try origin.post(Event().json)
                _ = try origin.post(Event().with("outcome", "\"failure\"").json)
                let samples = try Self.samples(of: origin, with: 3, but: "/metrics")
                let names = Set(samples.values.keys.map { String($0.prefix { $0 != "{" }) })
                let expected: Set = [
                    "chimney_requests_total", "chimney_request_duration_ms_bucket", "chimney_request_duration_ms_sum",
                    "chimney_request_duration_ms_count", "chimney_queue_wait_ms_bucket", "chimney_dragonfly_connected",
                    "chimney_panics_total", "chimney_deploy_events_total", "chimney_workers",
                    "chimney_log_dropped_total", "chimney_uptime_seconds", "chimney_streams",
                    "chimney_cache_hits_total", "chimney_cache_misses_total", "chimney_cache_invalidations_total",
                    "chimney_github_fetches_total", "chimney_cache_entries",
                ]
                #expect(expected.subtracting(names).isEmpty, "\(expected.subtracting(names))")
                #expect(samples["chimney_dragonfly_connected"] == 1)
                #expect(samples["chimney_panics_total"] == 0)
                #expect(samples[#"chimney_deploy_events_total{outcome="success"}"#] == 1)
                #expect(samples[#"chimney_deploy_events_total{outcome="failure"}"#] == 1)
                let workers = samples.values.filter { $0.key.hasPrefix("chimney_workers{") }.values.reduce(0, +)
                #expect(workers == 4)
                for bound in ["5", "25", "100", "500", "2000", "+Inf"] {
                    let name = #"chimney_request_duration_ms_bucket{route="/api/deploy/events",le="\#(bound)"}"#
                    #expect(samples.values[name] != nil, "\(name)")
                }
            }
        }

        @Test func countedRequestsEqualThoseMade() async throws {
            try await withOrigin(workers: 8) { origin in
                try HTTPClient.concurrently(8) { thread in
                    for _ in 0..<50 { _ = try origin.get("/api/deploy/events") }
                    for _ in 0..<10 { _ = try origin.get("/api/nothing/\(thread)") }
                    for _ in 0..<5 { _ = try origin.get("/api/deploy/events?limit=0") }
                    for _ in 0..<5 { _ = try origin.post(Event().json) }
                    for _ in 0..<3 { _ = try origin.http.request("HEAD", "/api/version") }
                    for _ in 0..<2 { _ = try origin.http.request("OPTIONS", "/api/logs") }
                    _ = try origin.http.request("DELETE", "/ready")
                    let unknown = HTTPClient(origin.http.address, from: "127.0.2.\(thread + 1)")
                    _ = try unknown.post("/api/deploy/events", "{}")
                }
                // One more, of the pool's own start: GET /health.
                let samples = try Self.samples(of: origin, with: 8 * 77 + 1, but: "/metrics")
                #expect(samples.requests("/api/deploy/events", "2xx") == 8 * 55)
                #expect(samples.requests("/api/deploy/events", "4xx") == 8 * 6)
                #expect(samples.requests("unmatched", "4xx") == 8 * 10)
                #expect(samples.requests("/api/version", "2xx") == 8 * 3)
                #expect(samples.requests("/api/logs", "2xx") == 8 * 2)
                #expect(samples.requests("/ready", "4xx") == 8)
                #expect(!samples.values.keys.contains { $0.contains("/api/nothing") }, "paths instead of templates")
                #expect(samples[#"chimney_request_duration_ms_count{route="/api/deploy/events"}"#] == 8 * 61)
                #expect(samples[#"chimney_deploy_events_total{outcome="success"}"#] == 8 * 5)
            }
        }

        @Test func everyWorkerShowsTheSame() async throws {
            try await withOrigin(workers: 4) { origin in
                for _ in 0..<10 { _ = try origin.get("/health") }
                _ = try origin.post(Event().json)
                _ = try Self.samples(of: origin, with: 12, but: "/metrics")
                let seen = Seen()
                _ = try eventually(within: 5) {
                    try HTTPClient.concurrently(8) { _ in
                        for _ in 0..<5 { seen.add(Samples(try origin.get("/metrics").text)) }
                    }
                    let workers = try origin.get("/api/pool/status").json.workers?.list ?? []
                    return workers.allSatisfy { $0.requests?.integer ?? 0 >= 3 }
                }
                #expect(seen.count == 1, "\(seen.count) different expositions")
            }
        }
    }
}
