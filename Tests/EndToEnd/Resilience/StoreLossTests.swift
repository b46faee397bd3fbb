import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A store that crashes and comes back without what it had, and two hosts that keep journals.
    @Suite struct StoreLossTests {
        @Test("Killed and started empty in the middle of writes: all that was acknowledged is there, once, by itself")
        func lost() async throws {
            try await withJournals { lossy throws in
                #expect(lossy.knowEachOther())
                let traffic = Traffic(lossy.sites.map(\.http), writers: 8)
                // Some of these are between the store and the journal: nobody was told of what they have written.
                let kills = Background { lossy.sites[0].pool.killWorkers(every: 200, for: 5) }
                for _ in 0..<3 {
                    #expect(traffic.pass(150), "\(traffic.acknowledged.failures)")
                    lossy.server.crash()
                    try lossy.server.start()
                }
                #expect(traffic.pass(150), "\(traffic.acknowledged.failures)")
                try traffic.stop()
                #expect(try kills.value() > 5)

                for site in lossy.sites {
                    let health = try site.http.get("/healthz").json
                    #expect(health.status?.text == "ok")
                    #expect(health.journal?.text == "ok")
                }
                // What nobody was told of was counted, where a later change that was told of had been counted after it.
                try traffic.expectNothingLost(in: lossy.store) { !$0.hasPrefix("counters") && !$0.contains(" made") }
                #expect(
                    try lossy.sites[0].http.get("/api/events/recent?type=store.restored").json.events?.list.isEmpty
                        == false)
            }
        }

        @Test("A host that is away holds up writes for a while and no longer, and brings what it has when it is back")
        func away() async throws {
            try await withJournals { lossy throws in
                let events = (0..<4).map { _ in Event().json }
                for (index, event) in events.enumerated() {
                    let answer = try lossy.insist(index % 2, "/api/deploy/events", event)
                    #expect(answer.status == 200)
                }
                #expect(lossy.knowEachOther())
                lossy.sites[1].stop()
                lossy.server.crash()
                try lossy.server.start()
                let north = lossy.sites[0]
                let refusal = try value(within: 10) {
                    let answer = try north.http.post("/api/deploy/events", events[0], token: Origin.deployToken)
                    return answer.text.contains("being restored") ? answer : nil
                }
                try expectProblem(#require(refusal), 503)
                #expect(refusal?["Retry-After"] == "1")
                let health = try north.http.get("/healthz").json
                #expect(health.status?.text == "degraded")
                #expect(health.journal?.text == "restoring")
                // Reads are answered, with what there is by now.
                #expect(try north.http.get("/v1/deployments", [("X-Organisation", "acme")]).status == 200)

                #expect(try lossy.insist(0, "/api/deploy/events", Event().json).status == 200)
                #expect(try north.http.get("/api/deploy/events").json.events?.list.count == 3)
                #expect(eventually(within: 10) { north.pool.log.contains(#""hosts":"south""#) })
                let south = try lossy.start("south")
                defer { south.stop() }
                #expect(
                    try eventually(within: 20) {
                        try south.http.get("/api/deploy/status").json.total_deploys?.integer == 5
                    })
            }
        }

        @Test("By hand: what the journal has is told, restored, and restored again without harm")
        func byHand() async throws {
            try await withJournals { lossy throws in
                #expect(try lossy.insist(0, "/api/deploy/events", Event().json).status == 200)
                func restore(_ arguments: String...) throws -> FinishedProcess {
                    try FinishedProcess(Binary.path, ["restore"] + arguments, environment: lossy.environment("north"))
                }
                let check = try restore("--check")
                #expect(check.end == .exited(0))
                #expect(check.output.contains("1 of deploys"))
                #expect(check.output.contains("Other hosts with a journal: south."))
                #expect(try restore().output.contains("Of 1 entries"))
                #expect(try restore("--alone").output.contains("the store lacked 0."))
                let files = try TemporaryDirectory()
                let settings = lossy.environment("north").map { "\($0)=\($1)\n" }.joined()
                let byFile = try FinishedProcess(
                    Binary.path, ["restore", "--env-file", files.write("chimney.env", settings)], environment: [:])
                #expect(byFile.output.contains("the store lacked 0."), "\(byFile.errors)")
                let without = try FinishedProcess(Binary.path, ["restore"], environment: lossy.store.environment)
                #expect(without.end == .exited(78))
                #expect(without.errors.contains("CHIMNEY_JOURNAL_DIR"))
            }
        }
    }
}
