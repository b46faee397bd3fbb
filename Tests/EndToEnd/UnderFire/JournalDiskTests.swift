import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// The disk of a host's journal fails in every way while clients of all kinds go on.
    @Suite struct JournalDiskTests {
        /// A disk for a journal, of which is written what is there already, and what is made anew.
        private static func disk(_ fault: DiskFault) throws -> FaultyDisk {
            try FaultyDisk(fault, size: "24m") { journal in
                let names = try FileManager.default.contentsOfDirectory(atPath: journal)
                return names.filter { $0.hasSuffix(".journal") } + ["unfinished", "turns", "synced"]
            }
        }

        @Test(
            "Its host refuses writes and nothing else, another goes on, and nothing is lost with the store after that",
            arguments: DiskFault.possible([.full, .readOnly, .failing, .forbidden]))
        func refuses(fault: DiskFault) async throws {
            let disk = try Self.disk(fault)
            try await withJournals(journal: disk.directory, program: disk.program()) { lossy throws in
                let (north, south) = (lossy.sites[0], lossy.sites[1])
                let traffic = Traffic(lossy.sites.map(\.http), writers: 4, readers: 2, allowing: [200, 204])
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                #expect(lossy.knowEachOther())
                let processes = lossy.sites.map(\.children)
                try disk.begin(for: north.pool)
                // As many as it takes for who has room reserved on it.
                let queue = QueueClient(north.http)
                let large = QueueClient.body([
                    "pipeline_extra_params": JSON.quoted(String(repeating: "x", count: 10_000))
                ])
                var taken: [String] = []
                let refusal = try value { () throws -> HTTPAnswer? in
                    let answer = try queue.post(large)
                    if answer.status == 201 { taken.append(try answer.json.identifier) }
                    return answer.status == 201 ? nil : answer
                }
                try expectProblem(#require(refusal), 503)
                #expect(refusal?["Retry-After"] == "1")
                let isTold = try eventually {
                    let health = try north.http.get("/healthz").json
                    return health.journal == "unwritable" && health.status == "degraded"
                }
                #expect(isTold)
                #expect(try south.http.get("/healthz").json.journal == "ok")
                for _ in 0..<20 {
                    let event = Event()
                    let answer = try south.http.post("/api/deploy/events", event.json, token: Origin.deployToken)
                    #expect(answer.status == 200, "\(answer.text)")
                    traffic.acknowledged.event(event.commit, event.json)
                }
                #expect(traffic.readings.failures == [])
                #expect(Samples(try south.http.get("/metrics").text)["chimney_panics_total"] == 0)

                try disk.end()
                lossy.server.crash()
                try lossy.server.start()
                let isWell = try eventually { try north.http.get("/healthz").json.journal == "ok" }
                #expect(isWell, "\(north.pool.log.suffix(1000))")
                #expect(traffic.pass(50), "\(traffic.acknowledged.failures)")
                try traffic.stop()
                #expect(try Set(taken).isSubset(of: queue.ids()))
                try traffic.expectNothingLost(in: lossy.store) { !$0.hasPrefix("counters") && !$0.contains(" made") }
                #expect(lossy.sites.map(\.children) == processes)
            }
        }

        @Test("Removed under a host that goes on, it begins anew, with all that is acknowledged from then on")
        func removed() async throws {
            let disk = try Self.disk(.removed)
            try await withJournals(journal: disk.directory) { lossy throws in
                let north = lossy.sites[0]
                let processes = lossy.sites.map(\.children)
                let traffic = Traffic(lossy.sites.map(\.http), writers: 4, readers: 2)
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                for _ in 0..<EndToEnd.UnderFire.count(3, long: 50) {
                    try disk.begin(for: north.pool)
                    #expect(traffic.pass(50), "\(traffic.acknowledged.failures)")
                    #expect(eventually { FileManager.default.fileExists(atPath: disk.directory + "/turns") })
                }
                try traffic.stop()
                try traffic.expectNothingLost(in: lossy.store)
                #expect(try eventually { try north.http.get("/healthz").json.journal == "ok" })
                #expect(lossy.sites.map(\.children) == processes)
                #expect(Samples(try north.http.get("/metrics").text)["chimney_panics_total"] == 0)

                let event = Event()
                #expect(try lossy.insist(0, "/api/deploy/events", event.json).status == 200)
                lossy.server.crash()
                try lossy.server.start()
                let again = try lossy.insist(0, "/api/deploy/events", event.json)
                #expect(try again.json.duplicate == true, "\(again.text)")
            }
        }

        private static func sign(of host: String, in store: TestStore) throws -> String? {
            try store.run("HGET", store.key("{journal}:hosts"), host).string
        }

        @Test(
            "A host that comes while it is full is known to its host once there is room",
            .enabled(if: SmallFileSystem.isPossible))
        func joined() async throws {
            let disk = try Self.disk(.full)
            try await withJournals(journal: disk.directory) { lossy throws in
                #expect(lossy.knowEachOther())
                try disk.begin(for: lossy.sites[0].pool)
                let west = try lossy.start("west")
                defer { west.stop() }
                // Whom a host does not know, it would not wait for in a store that has lost everything.
                #expect(eventually { lossy.knownHosts(1) == ["north", "south", "west"] })
                // Its own host has tried by the time at which it has given a sign after that.
                for _ in 0..<2 {
                    let before = try Self.sign(of: "north", in: lossy.store)
                    #expect(try eventually { try Self.sign(of: "north", in: lossy.store) != before })
                }
                #expect(lossy.knownHosts(0) == ["north", "south"])
                try disk.end()
                #expect(eventually { lossy.knownHosts(0) == ["north", "south", "west"] })
            }
        }
    }
}
