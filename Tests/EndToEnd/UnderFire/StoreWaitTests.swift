import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What a store that is not there, or not the same any more, costs and shows.
    @Suite struct StoreWaitTests {
        @Test("A worker waits for a store that hangs at most once for a request, and once for its telemetry")
        func hanging() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                let proxy = try FaultyProxy(server.address)
                defer { proxy.stop() }
                let environment = Traffic.environment.merging(["DRAGONFLY_URL": proxy.url]) { $1 }
                try await withOrigin(workers: 1, environment: environment, server: server) { origin throws in
                    // Others that ask the store are to be quiet.
                    #expect(eventually { origin.pool.agents.count == 1 && origin.pool.streamers.count == 1 })
                    let others = origin.pool.agents + origin.pool.streamers
                    for process in others { kill(process, SIGSTOP) }
                    defer { for process in others { kill(process, SIGCONT) } }
                    #expect(try origin.get("/ready").status == 200)
                    proxy.set(.hanging(.asked))
                    // The pauses between its attempts are as long as they get.
                    for _ in 0..<8 { _ = try origin.get("/ready") }
                    let before = proxy.exchanges
                    let organisation = [("X-Organisation", WritingClient.organisation)]
                    let body = #"{"name":"a","version":"1","provider":"aws","type":"k8s"}"#
                    var requests = 0
                    for target in Traffic.targets + ["/ready", "/api/logs", "/api/cache/stats", "/api/origins/health"] {
                        let answer = try origin.get(target, organisation)
                        #expect([200, 503].contains(answer.status), "\(target)")
                        requests += 1
                    }
                    for (target, body) in [("/v1/deployments", body), ("/v1/deployments/claim", "{}")] {
                        let fields = organisation + [("Idempotency-Key", "key")]
                        expectProblem(try origin.http.post(target, body, fields), 503)
                        requests += 1
                    }
                    expectProblem(try origin.post(Event().json), 503)
                    #expect(proxy.exchanges - before <= 2 * (requests + 1))
                    proxy.set(.none)
                    #expect(try origin.hasStoreAgain())
                }
            }
        }

        @Test("Without a journal an empty store in place of the old one has nothing, and nobody is told otherwise")
        func replaced() async throws {
            try await withBesieged { besieged throws in
                let north = besieged.http[0]
                let organisation = [("X-Organisation", WritingClient.organisation)]
                let old = Event()
                #expect(try north.post("/api/deploy/events", old.json, token: Origin.deployToken).status == 200)
                let body = #"{"name":"a","version":"1","provider":"aws","type":"k8s"}"#
                let id = try north.post("/v1/deployments", body, organisation).json.identifier
                for http in besieged.http { #expect(try http.get(Besieged.held).status == 200) }
                let readers = Traffic(besieged.http, writers: 0, readers: 4, of: Traffic.targets + [Besieged.held])
                for http in besieged.http {
                    // Each worker knows it.
                    for _ in 0..<8 { #expect(try http.get("/api/deploy/status").json.total_deploys?.integer == 1) }
                }
                let processes = besieged.processes
                besieged.server.crash()
                try besieged.server.start()
                #expect(try besieged.hasStoreAgain())
                for http in besieged.http {
                    for _ in 0..<8 { #expect(try http.get("/api/deploy/status").status == 204) }
                    #expect(try http.get("/v1/deployments", organisation).json.list == [])
                    #expect(try http.get("/v1/deployments/\(id)", organisation).status == 404)
                }
                let again = try north.post("/api/deploy/events", old.json, token: Origin.deployToken)
                #expect(again.status == 200)
                #expect(try again.json.duplicate == nil)
                for http in besieged.http {
                    for _ in 0..<8 { #expect(try http.get("/api/deploy/status").json.total_deploys?.integer == 1) }
                }
                try readers.stop()
                #expect(readers.readings.failures == [])
                #expect(Besieged.fault(of: Besieged.held, in: readers.readings) == nil)
                #expect(besieged.processes == processes)
            }
        }
    }
}
