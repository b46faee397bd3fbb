import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The memory tier of a host that has not seen everything: its agent was away, or all of it.
    @Suite struct MirroredTierTests {
        private enum Absence: String, CaseIterable, CustomTestStringConvertible {
            case agent, pool

            var testDescription: String { rawValue }
        }

        @Test(
            "What was invalidated meanwhile does not come back, whether the list of changes reaches back that far or not",
            arguments: Absence.allCases, [1, 1100])
        private func away(absence: Absence, changes: Int) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                let store = try TestStore(server)
                let github = try FakeGitHub(token: CachingSettings.githubToken)
                defer { github.stop() }
                let files = try TemporaryDirectory()
                let settings = CachingSettings.environment(github)
                let own = settings.merging(["CHIMNEY_CACHE_DIR": files.file("cache")]) { $1 }
                let north = try Site("north", store: store, environment: settings)
                defer { north.stop() }
                var south = try Site("south", store: store, environment: own)
                defer { south.stop() }
                for target in ["/api/github/pulls", "/api/github/issues", "/api/github/pulls/11"] {
                    #expect(try north.http.get(target).status == 200)
                }
                #expect(eventually { south.pool.cachedFiles.count == 3 })

                let agent = try #require(value { south.pool.agents.first })
                switch absence {
                case .agent: kill(agent, SIGSTOP)
                case .pool: south.stop()
                }
                github.update { _ = $0.openPull("A new one") }
                #expect(try north.http.invalidate("/pulls").status == 200)
                #expect(try north.http.get("/api/github/releases").status == 200)
                let client = north.http
                try HTTPClient.concurrently(8) { thread in
                    for _ in stride(from: thread, to: changes, by: 8) { _ = try client.invalidate("/nothing") }
                }
                #expect(try store.run("HEXISTS", store.cacheKey("/issues?"), "body").integer == 1)
                switch absence {
                case .agent: kill(agent, SIGCONT)
                case .pool: south = try Site("south", store: store, environment: own)
                }
                let pool = south.pool
                #expect(eventually { !pool.cachedFiles.contains { $0.contains(":/pulls") } })
                #expect(eventually { pool.cachedFiles.contains { $0.contains(":/issues?,") } })

                server.stop()
                let kept = try eventually {
                    let answer = try south.http.get("/api/github/issues")
                    return answer["X-Cache-Tier"] == "memory" && answer["X-Cache"] == "hit"
                }
                #expect(kept)
                let new = try south.http.get("/api/github/pulls")
                #expect(new["X-Cache"] == "miss")
                #expect(new.text.contains("A new one"))
            }
        }

        @Test("What is stored and invalidated all the time is in both tiers in the end as it is in the store")
        func converging() async throws {
            try await withCachingHosts(workers: 3) { north, south, github throws in
                let sites = [north, south]
                try HTTPClient.concurrently(6) { thread in
                    for round in 0..<60 {
                        let site = sites[(thread + round) % 2]
                        _ = try site.http.patient.get("/api/github/issues?page=\(round % 12 + 1)")
                        _ = try site.http.patient.get("/api/github/pulls?page=\(round % 7 + 1)")
                        if round % 5 == thread % 5 {
                            #expect(
                                try site.http.invalidate(thread % 2 == 0 ? "/issues" : "/pulls?page=3").status == 200)
                        }
                    }
                }
                let store = north.store
                for site in sites {
                    let isSame = try eventually(every: 50) {
                        let stored = try store.run("ZRANGE", store.cacheKey("index"), "0", "-1").array
                        let files = site.pool.cachedFiles
                        guard files.count == stored.count else { return false }
                        return try stored.compactMap(\.string).allSatisfy { key in
                            let time = try store.run("HGET", store.cacheKey(key), "fetched_at").string ?? ""
                            return files.contains { $0.contains("\(key.utf8.count):\(key),0:,13:\(time),") }
                        }
                    }
                    #expect(isSame)
                }
                try expectNoLeftovers(store)
            }
        }
    }
}
