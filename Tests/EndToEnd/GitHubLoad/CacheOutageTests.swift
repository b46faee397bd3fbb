import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The store goes away and comes back while the cache is in use.
    @Suite struct CacheOutageTests {
        @Test(
            "Mid-load the store stops: both hosts serve what is held from memory, refuse to invalidate, and are back with it",
            arguments: StoreOutage.allCases)
        func outage(kind: StoreOutage) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                defer { server.thaw() }
                try await withCachingHosts(workers: 4, server: server) { north, south, github throws in
                    let sites = [north, south]
                    let kept = ["/api/github/pulls?state=open", "/api/github/issues"]
                    for target in kept { #expect(try north.http.get(target)["X-Cache"] == "miss") }
                    // South has never been asked for them.
                    #expect(try eventually { try sites.allSatisfy { try $0.memoryEntries == 2 } })
                    let asked = github.count()
                    let loads = sites.map { Load($0.http, kept[0], clients: 4, bodyEnding: "]") }
                    #expect(loads.allSatisfy { $0.pass(50) })
                    kind.begin(server)
                    for site in sites {
                        for target in kept {
                            let isMemory = try eventually {
                                try site.http.get(target)["X-Cache-Tier"] == "memory"
                            }
                            #expect(isMemory)
                        }
                        for _ in 0..<6 {
                            let answer = try site.http.get(kept[1])
                            #expect(answer.status == 200)
                            #expect(answer["X-Cache"] == "hit")
                            #expect(answer["X-Cache-Tier"] == "memory")
                        }
                        let refused = try site.http.invalidate("/issues")
                        expectProblem(refused, 503)
                        #expect(refused["Retry-After"] == "1")
                        #expect(try site.http.get(kept[1])["X-Cache-Tier"] == "memory", "nothing is gone")
                        #expect(try site.memoryEntries == 2)
                    }
                    #expect(loads.allSatisfy { $0.pass(50) })
                    #expect(github.count() == asked)
                    try kind.end(server)
                    for site in sites {
                        let isBack = try eventually {
                            let answers = try (0..<8).map { _ in try site.http.patient.get(kept[0]) }
                            return answers.allSatisfy { $0["X-Cache-Tier"] == "dragonfly" }
                        }
                        #expect(isBack)
                    }
                    for load in loads { #expect(load.pass(50)) }
                    for load in loads { #expect(load.stop().failures == []) }
                    // What is not in the store any more is fetched once for all.
                    #expect(github.count("/pulls?state=open") == (kind == .refused ? 2 : 1))
                    for site in sites {
                        #expect(try eventually { try site.http.invalidate("/").status == 200 })
                        #expect(try site.http.patient.get(kept[1]).status == 200)
                    }
                }
            }
        }

        @Test(
            "The store is away when GitHub answers: the answer is stored when it is back, and does not outlive an invalidation",
            arguments: StoreOutage.allCases, ["/api/github/issues/5", "/api/pipeline/summary"])
        private func answeredMeanwhile(kind: StoreOutage, target: String) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                defer { server.thaw() }
                try await withCachingOrigin(workers: 2, server: server) { origin, github throws in
                    github.hold()
                    let client = Background { try origin.http.patient.get(target) }
                    #expect(eventually(every: 50) { origin.pool.heldClients == 1 && !github.requestsUnderWay.isEmpty })
                    kind.begin(server)
                    #expect(origin.pool.logs("the agent waits for the store"))
                    github.release()
                    // It has tried to store what it was answered, in vain.
                    #expect(eventually { !origin.pool.cachedFiles.isEmpty })
                    try kind.end(server)
                    #expect(try client.value().status == 200)
                    #expect(try origin.hasStoreAgain())
                    try expectNoLeftovers(origin.store)
                    let held = try origin.get(target)
                    #expect(held.status == 200)
                    #expect(held["X-Cache"] == "hit")
                    #expect(held["X-Cache-Tier"] == "dragonfly")

                    github.update { $0.openIssue("a new bug", labels: ["type:bug"]) }
                    github.update { $0[issue: 5]?.title = "a new title" }
                    for prefix in ["/", "/__"] {
                        #expect(try eventually { try origin.http.invalidate(prefix).status == 200 })
                    }
                    let changed = try origin.http.patient.get(target)
                    let isNew = changed.text.contains(target.contains("issues") ? "a new title" : "a new bug")
                    #expect(isNew, "\(changed.status) \(changed["X-Cache"] ?? "")")
                }
            }
        }

        @Test(
            "Without the store what is absent is fetched by the workers themselves, by a quarter of them at most; what is too old is better than nothing for the others"
        )
        func absent() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                let files = try TemporaryDirectory()
                let cache = files.file("cache")
                try await withCachingOrigin(workers: 8, environment: ["CHIMNEY_CACHE_DIR": cache], server: server) {
                    origin, github throws in
                    #expect(try origin.get("/api/github/releases").status == 200)
                    // The agent follows the change in the store, and would make what is held here what is there once more.
                    #expect(eventually { FileManager.default.fileExists(atPath: cache + "/position") })
                    try Self.age("/releases?", in: cache, by: 3_600_000)
                    let asked = github.count()
                    server.stop()
                    github.hold()
                    // The workers are as many as the sites of the two that may wait.
                    let waiting = (1...2).map { page in
                        Background { try origin.http.patient.get("/api/github/issues?page=\(page)") }
                    }
                    #expect(github.receives(asked + 2), "\(github.count() - asked)")
                    #expect(origin.pool.workersAtGitHub == 2, "\(origin.pool.states)")
                    for page in 3...6 {
                        let answer = try origin.get("/api/github/issues?page=\(page)")
                        expectProblem(answer, 503)
                        #expect(answer["Retry-After"] != nil)
                    }
                    let old = try origin.get("/api/github/releases")
                    #expect(old.status == 200)
                    #expect(old["X-Cache"] == "stale")
                    #expect(old["X-Cache-Tier"] == "memory")
                    #expect(try origin.statuses(of: "/api/version", clients: 8, each: 20) == [200: 160])
                    #expect(github.count() == asked + 2)
                    github.release()
                    for client in waiting {
                        let answer = try client.value()
                        #expect(answer.status == 200)
                        #expect(answer["X-Cache"] == "miss")
                        #expect(answer["X-Cache-Tier"] == "none")
                    }
                    let again = try origin.get("/api/github/issues?page=1")
                    #expect(again["X-Cache-Tier"] == "memory", "it is held from now on")
                    // There is room again.
                    #expect(try origin.get("/api/github/releases")["X-Cache"] == "revalidated")
                    #expect(github.count() == asked + 3)
                }
            }
        }

        /// Lets an entry of a memory tier be older than it is: by its time, which its file names.
        private static func age(_ key: String, in directory: String, by milliseconds: Int64) throws {
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let url = URL(fileURLWithPath: "\(directory)/\(name)")
                let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
                guard text.contains("\(key.utf8.count):\(key),"), let match = text.firstMatch(of: /,13:(\d{13}),/)
                else {
                    continue
                }
                let time = Int64(match.1) ?? 0
                let aged = text.replacing(match.0, with: ",13:\(time - milliseconds),", maxReplacements: 1)
                try Data(aged.utf8).write(to: url)
                return
            }
            throw TestSupportError("There is no file of \(key) in \(directory).")
        }
    }
}

extension Site {
    /// How many entries its memory tier holds.
    var memoryEntries: Int? {
        get throws { try http.get("/healthz").json.mem_cache_entries?.integer }
    }
}
