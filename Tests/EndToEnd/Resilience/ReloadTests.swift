import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// SIGHUP under load: the pool becomes what stands at its path, if that can serve.
    @Suite struct ReloadTests {
        /// A pool whose program can be replaced, with Caddy in front of it and clients that never stop.
        private struct Site {
            let files: TemporaryDirectory
            let store: TestStore
            let pool: PoolProcess
            let caddy: CaddyServer
            let load: Load

            var program: String { files.file("chimney") }

            init(token: String = "") throws {
                files = try TemporaryDirectory()
                store = try TestStore()
                try FileManager.default.copyItem(atPath: Binary.path, toPath: files.file("chimney"))
                var environment = store.environment
                if !token.isEmpty { environment["DEPLOY_TOKEN_FILE"] = try files.write("token", token) }
                pool = try PoolProcess(workers: 4, environment: environment, binary: files.file("chimney"))
                caddy = try CaddyServer(socket: pool.socket)
                load = Load(HTTPClient(.port(caddy.port)), "/api/version")
            }

            /// Puts another file in the place of the program, as a package manager does.
            func replaceProgram(_ write: (String) throws -> Void) throws {
                let path = files.file("chimney.new")
                try write(path)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
                #expect(rename(path, program) == 0)
            }

            /// Asks for a reload, and waits until the log says how it went.
            func reload(_ outcome: String) {
                let before = pool.log.components(separatedBy: outcome).count
                pool.process.signal(SIGHUP)
                #expect(
                    eventually(within: 30) { pool.log.components(separatedBy: outcome).count > before },
                    "\(pool.log.suffix(1000))")
            }

            /// Ends everything; no request may have failed.
            func finish() {
                #expect(load.pass(200))
                let report = load.stop()
                #expect(report.failures == [])
                #expect(pool.process.isRunning)
                // The generation before may just be going, or a reload that was asked for meanwhile be under way.
                #expect(eventually { pool.isWhole(4) }, "\(pool.states)")
                caddy.stop()
                #expect(pool.stop() == .exited(0))
                #expect(!FileManager.default.fileExists(atPath: pool.socket))
            }
        }

        private func withSite(token: String = "", _ body: @Sendable (Site) async throws -> Void) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let site = try Site(token: token)
                #expect(site.load.pass(200))
                try await body(site)
                site.finish()
            }
        }

        @Test("With the same program all workers are new, the process is the same, and no request fails")
        func sameProgram() async throws {
            try await withSite { site in
                for _ in 0..<3 {
                    let before = Set(site.pool.workers)
                    site.reload("reloaded: ")
                    #expect(eventually { before.isDisjoint(with: site.pool.workers) })
                    #expect(eventually { site.pool.isWhole(4) })
                    #expect(site.load.pass(100))
                }
            }
        }

        @Test("With a new program in its place the process runs that")
        func newProgram() async throws {
            try await withSite { site in
                let old = try #require(inodeOfProgram(of: site.pool.pid))
                try site.replaceProgram { try FileManager.default.copyItem(atPath: Binary.path, toPath: $0) }
                let new = try #require(inode(of: site.program))
                #expect(old != new)
                site.reload("reloaded: ")
                #expect(inodeOfProgram(of: site.pool.pid) == new)
                #expect(eventually { site.pool.isWhole(4) })
                #expect(site.pool.workers.allSatisfy { inodeOfProgram(of: $0) == new })
            }
        }

        @Test("A new program that cannot start replaces nothing", arguments: ["exit", "crash", "text", "gone"])
        func brokenProgram(kind: String) async throws {
            try await withSite { site in
                let before = Set(site.pool.workers)
                let old = inodeOfProgram(of: site.pool.pid)
                try site.replaceProgram { path in
                    switch kind {
                    case "exit": try Data("#!/bin/sh\nexit 1\n".utf8).write(to: URL(fileURLWithPath: path))
                    case "crash": try Data("#!/bin/sh\nkill -SEGV $$\n".utf8).write(to: URL(fileURLWithPath: path))
                    default: try Data("no program".utf8).write(to: URL(fileURLWithPath: path))
                    }
                }
                if kind == "gone" { unlink(site.program) }
                site.reload("reload refused")
                #expect(site.load.pass(100))
                #expect(Set(site.pool.workers) == before)
                #expect(inodeOfProgram(of: site.pool.pid) == old)

                // And once there is a good one, it is taken.
                try site.replaceProgram { try FileManager.default.copyItem(atPath: Binary.path, toPath: $0) }
                site.reload("reloaded: ")
                #expect(inodeOfProgram(of: site.pool.pid) == inode(of: site.program))
            }
        }

        @Test("With a setup that has become invalid the old one goes on")
        func invalidSetup() async throws {
            try await withSite(token: "first") { site in
                let before = Set(site.pool.workers)
                let http = HTTPClient(.port(site.caddy.port))
                func post(_ token: String) throws -> Int {
                    try http.post("/api/deploy/events", Event().json, token: token).status
                }
                #expect(try post("first") == 200)

                #expect(rename(site.files.file("token"), site.files.file("aside")) == 0)
                site.reload("reload refused")
                #expect(Set(site.pool.workers) == before)
                #expect(try post("first") == 200)

                _ = try site.files.write("token", "second")
                site.reload("reloaded: ")
                #expect(eventually { before.isDisjoint(with: site.pool.workers) })
                #expect(try post("second") == 200)
                #expect(try post("first") == 401)
            }
        }

        @Test("Many reloads at once end in one whole pool of the newest generation")
        func storm() async throws {
            try await withSite { site in
                let before = Set(site.pool.workers)
                for _ in 0..<20 {
                    site.pool.process.signal(SIGHUP)
                    usleep(30_000)
                }
                #expect(
                    eventually { site.pool.isWhole(4) && before.isDisjoint(with: site.pool.workers) },
                    "\(site.pool.workers.count) workers are left")
            }
        }

        @Test("A stop in the middle of a reload is one")
        func stopWhileReloading() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                for round in 0..<24 {
                    let delay = UInt32(round % 12 * 5)
                    let pool = try PoolProcess(workers: 3, environment: store.environment)
                    var seen = Set(pool.workers)
                    pool.process.signal(SIGHUP)
                    usleep(delay * 1000)
                    seen.formUnion(pool.workers)
                    #expect(pool.stop() == .exited(0), "after \(delay) ms: \(pool.log.suffix(500))")
                    #expect(eventually { seen.allSatisfy { !isAlive($0) } }, "after \(delay) ms")
                    #expect(!FileManager.default.fileExists(atPath: pool.socket), "after \(delay) ms")
                }
            }
        }

        @Test("A request that is in flight at a reload is answered by the old worker")
        func inFlight() async throws {
            try await withOrigin(workers: 2, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let began = monotonicMilliseconds
                // Longer than a reload takes.
                let slow = Background { try origin.get("/debug/sleep?ms=10000") }
                let worker = try #require(origin.pool.worker(on: "/debug/sleep"))
                origin.pool.process.signal(SIGHUP)
                #expect(origin.pool.logs("reloaded: ", within: 60))
                #expect(isAlive(worker))
                #expect(try slow.value().status == 200)
                #expect(monotonicMilliseconds - began >= 10_000, "the handler was left to itself")
                #expect(eventually { !isAlive(worker) && origin.pool.isWhole(2) })
            }
        }

        @Test("Counts and the log go on over reloads as if there were none")
        func counts() async throws {
            try await withOrigin(workers: 3) { origin throws in
                let load = Load(origin.http, "/api/version")
                for _ in 0..<4 {
                    let before = Set(origin.pool.workers)
                    origin.pool.process.signal(SIGHUP)
                    #expect(eventually(within: 60) { before.isDisjoint(with: origin.pool.workers) })
                }
                let report = load.stop()
                #expect(report.failures == [])
                #expect(try eventually { try origin.samples.requests("/api/version", "2xx") == report.answered })
                let ids = try origin.ring.compactMap { $0.id?.integer }
                #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
            }
        }
    }
}
