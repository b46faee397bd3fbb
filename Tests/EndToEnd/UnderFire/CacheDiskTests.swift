import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// The file system of the cache's memory tier fails in every way while clients ask for what GitHub has.
    @Suite struct CacheDiskTests {
        @Test(
            "The cache goes on without its memory tier, with the store and without, and has it back by itself",
            arguments: DiskFault.possible())
        func goesOn(fault: DiskFault) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let disk = try FaultyDisk(fault, size: "1m") { _ in fault == .failing ? ["unfinished"] : [] }
                let github = try FakeGitHub(token: CachingSettings.githubToken)
                defer { github.stop() }
                let server = try StoreServer()
                let store = try TestStore(server)
                let settings = CachingSettings.environment(github).merging(Traffic.environment) { $1 }
                let site = try Site(
                    "north", store: store, workers: 8,
                    environment: settings.merging(["CHIMNEY_CACHE_DIR": disk.directory]) { $1 },
                    binary: disk.program())
                defer { site.stop() }
                let http = site.http.patient
                var page = 0
                /// Asks for pages that nobody has asked for.
                func fetch(_ count: Int) throws {
                    for _ in 0..<count {
                        page += 1
                        let answer = try http.get("/api/github/issues?page=\(page)")
                        #expect(answer.status == 200, "\(answer.text)")
                    }
                }
                try fetch(5)
                #expect(eventually { site.pool.cachedFiles.count == 5 })

                let processes = site.children
                let traffic = Traffic([http], writers: 2, readers: 1, allowing: [200, 204])
                let hits = Load(http, "/api/github/pulls", clients: 2, bodyEnding: "]")
                try disk.begin(for: site.pool)
                try fetch(10)
                #expect(hits.pass(50))
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                #expect(try http.get("/healthz").json.status == "ok")
                #expect(hits.stop().failures == [])
                try traffic.stop()
                try traffic.expectNothingLost(in: store)
                #expect(Samples(try http.get("/metrics").text)["chimney_panics_total"] == 0)

                // GitHub has to be asked for what is in neither tier.
                server.stop()
                try fetch(5)
                try disk.end()
                try server.start()
                #expect(try http.hasStoreAgain())
                try fetch(1)
                let kept = "/api/github/issues?page=\(page)"
                #expect(eventually { site.pool.cachedFiles.contains { $0.contains("/issues?page=\(page),") } })
                server.stop()
                let isServed = try eventually {
                    let answer = try http.get(kept)
                    return answer.status == 200 && answer["X-Cache-Tier"] == "memory"
                }
                #expect(isServed)
                #expect(site.children == processes)
            }
        }
    }
}
