import TestSupport
import Testing

extension EndToEnd {
    /// Health, version and the scoreboard.
    @Suite(.origin(workers: 4, environment: ["GITHUB_REPO": "acme/wgmesh", "PROJECT_VERSION": "v1.2.3"]))
    struct HealthTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test func healthAndReadinessSayOneWord() throws {
            #expect(try origin.get("/health").text == #"{"status":"healthy"}"#)
            #expect(try origin.get("/ready").text == #"{"status":"ready"}"#)
        }

        @Test func healthzTellsOfStoreAndWorkers() throws {
            _ = try origin.post(Event().json)
            let health = try origin.get("/healthz").json
            #expect(health.status == "ok")
            #expect(health.repo == "acme/wgmesh")
            #expect(health.dragonfly == "connected")
            #expect(health.dragonfly_error == .null)
            #expect(health.dragonfly_keys?.integer ?? 0 > 0)
            #expect(health.dragonfly_memory?.integer ?? 0 > 0)
            #expect(health.cache_hits == 0)
            #expect(health.cache_misses == 0)
            #expect(health.workers?.total == 4)
            #expect(health.workers?.busy?.integer ?? 0 >= 1)
        }

        @Test func versionNamesTheProject() throws {
            let version = try FinishedProcess(Binary.path, ["--version"]).output.split(separator: "\n").first
            let json = try origin.get("/api/version").json
            #expect(json.chimney_version?.text == version.map(String.init))
            #expect(json.wgmesh_version == "v1.2.3")
            #expect(json.names == ["chimney_version", "wgmesh_version"])
        }

        @Test func theScoreboardShowsEveryWorker() throws {
            let workers = try origin.get("/api/pool/status").json.workers?.list ?? []
            #expect(Set(workers.compactMap { $0.pid?.integer.map(Int32.init) }) == origin.workers)
            #expect(workers.count == 4)
            for worker in workers {
                let names: Set = ["host", "pid", "state", "requests", "route", "route_s", "private_memory_bytes"]
                #expect(names.isSubset(of: worker.names))
                #expect(worker.host?.text?.isEmpty == false)
                #expect(worker.private_memory_bytes?.integer ?? 0 > 0)
            }
            // The one that answers shows itself.
            #expect(workers.contains { $0.route == "/api/pool/status" })
        }

        @Test func theScoreboardCountsRequests() throws {
            func served() throws -> Int {
                let workers = try origin.get("/api/pool/status").json.workers?.list ?? []
                return workers.compactMap(\.requests?.integer).reduce(0, +)
            }
            let before = try served()
            for _ in 0..<20 { _ = try origin.get("/health") }
            // Each time that it is asked adds one; the last answer may be out before its worker has counted it.
            var asked = 0
            let isCounted = try eventually {
                asked += 1
                return try served() == before + 20 + asked
            }
            #expect(isCounted)
        }
    }
}
