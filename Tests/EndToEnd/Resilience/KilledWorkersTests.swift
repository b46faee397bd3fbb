import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Workers die at any moment, and no reader notices.
    @Suite struct KilledWorkersTests {
        @Test("With a worker killed every 200 ms for 20 s every GET is a complete 200, and every one is counted")
        func underLoad() async throws {
            try await withOrigin(workers: 6) { origin throws in
                let load = Load(origin.http, "/api/version", clients: 32)
                let kills = origin.pool.killWorkers(every: 200, for: 20)
                let report = load.stop()
                #expect(report.failures == [])
                #expect(report.answered > 1000)
                #expect(kills > 60)
                #expect(eventually { origin.pool.isWhole(6) }, "\(origin.pool.states)")
                #expect(try origin.get("/healthz").json.workers?.total == 6)

                // Who was killed after it had noted a request, and before its answer was out, has it counted as well.
                func counted() throws -> Int { try origin.samples.requests("/api/version", "2xx") }
                #expect(try eventually { try counted() >= report.answered })
                usleep(500_000)
                #expect((report.answered...report.answered + kills).contains(try counted()))
                #expect(try origin.samples["chimney_panics_total"] == 0)
                try expectWholeLog(origin)
            }
        }

        @Test("Whichever worker is asked shows the same numbers")
        func sameNumbers() async throws {
            try await withOrigin(workers: 4) { origin throws in
                #expect(try origin.statuses(of: "/api/version", clients: 8, each: 50) == [200: 400])
                let name = #"chimney_requests_total{route="/api/version",status_class="2xx"}"#
                #expect(try eventually { try origin.samples[name] == 400 })
                for _ in 0..<20 {
                    let answer = try origin.pool.fastCGI.request("GET", "/metrics")
                    #expect(Samples(String(decoding: answer.body, as: UTF8.self))[name] == 400)
                }
            }
        }

        @Test("A worker that was killed is told of in the log, and is no panic")
        func killedIsLogged() async throws {
            try await withOrigin(workers: 2) { origin throws in
                let victim = try #require(origin.pool.workers.first)
                kill(victim, SIGKILL)
                let line = try value {
                    try origin.logLines("level=critical").first { $0.pid?.integer == Int(victim) }
                }
                #expect(line?.signal?.text == "SIGKILL")
                #expect(try origin.samples["chimney_panics_total"] == 0)
                #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.states)")
                #expect(!origin.pool.workers.contains(victim))
            }
        }

        @Test("Posts under fire are stored once or not at all, and sent again they are stored")
        func posts() async throws {
            try await withOrigin(workers: 4) { origin throws in
                let posts = Background {
                    try HTTPClient.concurrently(8) { _ in
                        for _ in 0..<40 {
                            let event = Event().json
                            // A broken connection or 5xx says "perhaps"; the same event can be sent again without harm.
                            var status = 0
                            while status != 200 { status = (try? origin.post(event).status) ?? 0 }
                        }
                    }
                }
                let kills = origin.pool.killWorkers(every: 100, for: 3)
                try posts.value()
                #expect(kills > 10)
                #expect(try origin.storedTotal == 320)
                #expect(try origin.ringLength == 50)
                #expect(try origin.get("/api/deploy/status").json.total_deploys == 320)
            }
        }

        /// Ids are unique and grow, and no line is torn, in the ring and on standard error.
        private func expectWholeLog(_ origin: Origin) throws {
            let ids = try origin.ring.compactMap { $0.id?.integer }
            #expect(ids.count == 1000)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
            let lines = origin.pool.log.split(separator: "\n")
            let torn = lines.filter { !$0.hasPrefix("{\"") || !$0.hasSuffix("}") }
            #expect(torn.isEmpty, "\(torn.prefix(3))")
            #expect(lines.suffix(2000).allSatisfy { (try? JSON(parsing: $0.utf8)) != nil })
        }
    }
}
