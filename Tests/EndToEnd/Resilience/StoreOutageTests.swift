import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The store goes away and comes back; the pool stays.
    @Suite struct StoreOutageTests {
        @Test(
            "Without the store everything says so, and after its return all is as before",
            arguments: StoreOutage.allCases)
        func outage(kind: StoreOutage) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(workers: 3, server: server) { origin throws in
                    let workers = origin.workers
                    #expect(try origin.post(Event().json).status == 200)
                    for _ in 0..<2 {
                        kind.begin(server)
                        try expectDegraded(origin)
                        try kind.end(server)
                        try expectNormal(origin)
                    }
                    #expect(origin.workers == workers, "no worker was replaced")
                }
            }
        }

        private func expectDegraded(_ origin: Origin) throws {
            // Each worker finds out by itself.
            for _ in 0..<12 {
                let health = try origin.get("/healthz")
                #expect(health.status == 200)
                #expect(try health.json.status == "degraded")
                #expect(try health.json.dragonfly == "unavailable")
                #expect(try health.json.dragonfly_error?.text?.isEmpty == false)
                #expect(try origin.get("/health").status == 200)
                #expect(try origin.get("/api/version").status == 200)
                #expect(try origin.get("/api/pool/status").status == 200)
            }
            for _ in 0..<3 {
                for answer in [
                    try origin.post(Event().json), try origin.get("/api/deploy/status"),
                    try origin.get("/api/deploy/events"), try origin.get("/ready"), try origin.get("/api/logs"),
                ] {
                    expectProblem(answer, 503)
                    #expect(answer["Retry-After"] == "1")
                }
            }
            let metrics = try origin.get("/api/metrics")
            #expect(metrics.status == 200)
            #expect(Samples(metrics.text)["chimney_dragonfly_connected"] == 0)
            // Who may not be let in is told so before the store is asked.
            #expect(try origin.http.post("/api/deploy/events", Event().json, token: "wrong").status == 401)
        }

        private func expectNormal(_ origin: Origin) throws {
            #expect(try origin.hasStoreAgain())
            #expect(try origin.get("/healthz").json.status == "ok")
            let event = Event()
            #expect(try origin.post(event.json).status == 200)
            let last = try origin.get("/api/deploy/status").json.last_deploy?.sha?.text
            #expect(last.map { event.json.contains($0) } == true)
        }

        @Test(
            "What was logged and counted during the outage arrives afterwards, without a further request",
            arguments: StoreOutage.allCases)
        private func telemetry(kind: StoreOutage) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(workers: 2, server: server) { origin throws in
                    #expect(try origin.get("/ready").status == 200)
                    kind.begin(server)
                    let ids = (0..<30).map { "outage-\($0)" }
                    for id in ids { #expect(try origin.get("/api/version", [("X-Request-ID", id)]).status == 200) }
                    // On standard error they are at once; from then on they wait for the store alone.
                    #expect(eventually { ids.allSatisfy { origin.pool.log.contains("\"\($0)\"") } })
                    #expect(eventually { origin.pool.workers.allSatisfy { isAsleep($0) } })
                    try kind.end(server)
                    #expect(
                        eventually {
                            let seen = Set(((try? origin.ring) ?? []).compactMap { $0.request_id?.text })
                            return seen.isSuperset(of: ids)
                        })
                    let lines = try origin.ring.filter { $0.request_id?.text?.hasPrefix("outage-") == true }
                    #expect(lines.count == 30, "each once")
                    let name = #"chimney_requests_total{route="/api/version",status_class="2xx"}"#
                    let counted = { try server.run("HGET", origin.store.key("{telemetry}:counters"), name).integer }
                    #expect(try counted() == 30)
                }
            }
        }

        @Test("In a long outage lines are dropped, requests are not, and the dropped lines are counted")
        func overflow() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(workers: 1, server: server) { origin throws in
                    #expect(try origin.get("/ready").status == 200)
                    server.stop()
                    #expect(try origin.statuses(of: "/api/version", clients: 8, each: 250) == [200: 2000])
                    try server.start()
                    #expect(try eventually { try origin.samples.requests("/api/version", "2xx") == 2000 })
                    // Every request has its line in the ring, or it is counted as dropped.
                    let isComplete = try eventually {
                        let counters = try server.run("HGETALL", origin.store.key("{telemetry}:counters")).dictionary
                        let requests = counters.filter { $0.key.hasPrefix("chimney_requests_total{") }
                        let counted = requests.values.reduce(0) { $0 + ($1.integer ?? 0) }
                        let kept = try origin.ring.count { $0.msg == "request" }
                        let dropped = counters["chimney_log_dropped_total"]?.integer ?? 0
                        return kept > 100 && dropped > 1000 && Int64(kept) + dropped == counted
                    }
                    #expect(isComplete)
                }
            }
        }

        @Test("Under load the store is restarted, and who needs no store notices nothing")
        func underLoad() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(workers: 4, server: server) { origin throws in
                    let load = Load(origin.http, "/health")
                    for kind in [StoreOutage.refused, .hanging, .refused] {
                        kind.begin(server)
                        #expect(load.pass(200))
                        try kind.end(server)
                        #expect(load.pass(200))
                    }
                    #expect(load.stop().failures == [])
                    #expect(try eventually { try origin.get("/healthz").json.status == "ok" })
                }
            }
        }
    }
}
