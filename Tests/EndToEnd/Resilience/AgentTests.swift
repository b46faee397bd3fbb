import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The pool tends its agent as it does its workers.
    @Suite struct AgentTests {
        @Test func everyPoolHasOne() async throws {
            try await withOrigin { origin in
                #expect(eventually { origin.pool.agents.count == 1 })
                let status = try origin.get("/api/pool/status").json
                #expect(status.agents?.list.count == 1)
                #expect(status.workers?.list.contains { $0.role != "worker" } == false)
                #expect(try origin.get("/healthz").json.workers?.total == 4)
            }
        }

        @Test func oneThatWasKilledIsReplacedAndReported() async throws {
            try await withOrigin { origin in
                let victim = try #require(value { origin.pool.agents.first })
                kill(victim, SIGKILL)
                #expect(eventually { origin.pool.agents.first.map { $0 != victim } ?? false })
                let line = try value { try origin.logLines("level=critical").first }
                #expect(line?.msg == "agent ended unexpectedly")
                #expect(line?.pid?.integer == Int(victim))
                #expect(line?.signal == "SIGKILL")
            }
        }

        @Test func oneThatCrashesLeavesItsBacktrace() async throws {
            try await withOrigin { origin in
                let victim = try #require(value { origin.pool.agents.first })
                #expect(try eventually { try origin.get("/api/pool/status").json.agents?[0]?.state == "idle" })
                kill(victim, SIGSEGV)
                let line = try value { try origin.logLines("level=critical").first }
                #expect(line?.msg == "agent crashed")
                #expect(line?.backtrace?.list.isEmpty == false)
                #expect(try eventually { try origin.samples["chimney_panics_total"] == 1 })
            }
        }

        @Test func aReloadBringsAnother() async throws {
            try await withOrigin { origin in
                let first = try #require(value { origin.pool.agents.first })
                origin.pool.process.signal(SIGHUP)
                #expect(eventually { !isAlive(first) && origin.pool.agents.count == 1 })
                let next = origin.pool.agents.first.map { Int($0) }
                let reports = try eventually {
                    try origin.get("/api/pool/status").json.agents?.list.map { $0.pid?.integer } == [next]
                }
                #expect(reports)
            }
        }

        @Test func itEndsAfterTheWorkersWhenThePoolDoes() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"]) { origin in
                let agent = try #require(value { origin.pool.agents.first })
                // Longer than all the others take to end.
                let busy = Background { try origin.get("/debug/sleep?ms=8000").status }
                #expect(origin.pool.worker(on: "/debug/sleep") != nil)
                origin.pool.process.signal(SIGTERM)
                #expect(origin.pool.logs("pool stopping"))
                #expect(eventually { origin.pool.workers.count == 1 })
                #expect(isAlive(agent))
                #expect(try busy.value() == 200)
                #expect(origin.pool.process.wait() == .exited(0))
                #expect(!isAlive(agent))
            }
        }

        @Test func oneCanRunAlone() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let agent = try ChildProcess(
                    Binary.path, ["agent"], environment: store.environment.merging(["CHIMNEY_HOST": "alone"]) { $1 })
                #expect(try eventually { try store.run("HEXISTS", store.key("workers"), "alone").integer == 1 })
                #expect(agent.terminate() == .exited(0))
                #expect(try store.run("HEXISTS", store.key("workers"), "alone").integer == 0)
            }
        }
    }
}
