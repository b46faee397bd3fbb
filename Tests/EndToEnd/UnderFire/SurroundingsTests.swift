import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What every process has around it, and nobody thinks of: standard error, and `/tmp`.
    @Suite struct SurroundingsTests {
        @Test("A log pipe that nobody reads, or reads now and then, or closes, stops no process of the pool")
        func errors() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                let socket = files.file("pool.sock")
                let log = Pipe()
                let pool = try ChildProcess(
                    Binary.path, ["pool", "--listen", socket, "--workers", "8"],
                    environment: store.environment.merging(["CHIMNEY_FAULTS": "true"]) { $1 },
                    descriptors: [2: log.fileHandleForWriting.fileDescriptor])
                try log.fileHandleForWriting.close()
                let reader = log.fileHandleForReading.fileDescriptor
                _ = fcntl(reader, F_SETFL, O_NONBLOCK)
                let client = FastCGIClient(.unix(socket))
                #expect(eventually { (try? client.request("GET", "/health"))?.status == 200 })

                // It holds some 200 lines. Who found room for some may find it taken by the time it writes them: that time is
                // made long.
                for _ in 0..<EndToEnd.UnderFire.count(3, long: 100) {
                    let slow =
                        FailingCalls.isPossible
                        ? try FailingCalls(["write"], after: 20, of: PoolProcess.children(of: pool.pid)) : nil
                    try Self.ask(client, "/health", 40)
                    slow?.stop()
                    #expect(try Self.areIdle(8, client))
                    // Nor does who has to say why it dies.
                    #expect(try client.request("GET", "/debug/trap").status == 500)
                    #expect(try Self.areIdle(8, client))
                    var bytes = [UInt8](repeating: 0, count: 1 << 20)
                    while read(reader, &bytes, bytes.count) > 0 {}
                }
                try log.fileHandleForReading.close()
                try Self.ask(client, "/ready", 100)
                #expect(try Self.areIdle(8, client))
                // The supervisor writes there as well.
                let victim = try #require(PoolProcess.children(of: pool.pid).first)
                kill(victim, SIGKILL)
                #expect(eventually { PoolProcess.children(of: pool.pid).count == 8 && !isAlive(victim) })
                #expect(pool.terminate() == .exited(0))
            }
        }

        /// Has eight clients ask so many times each.
        private static func ask(_ client: FastCGIClient, _ path: String, _ count: Int) throws {
            try HTTPClient.concurrently(8) { _ in
                for _ in 0..<count {
                    let status = try client.request("GET", path).status
                    #expect(status == 200)
                }
            }
        }

        /// What the workers are doing.
        private static func states(_ client: FastCGIClient) throws -> [String] {
            let status = try JSON(parsing: client.request("GET", "/api/pool/status").body)
            return (status.workers?.list ?? []).compactMap(\.state?.text)
        }

        /// Whether all workers come to wait for a request, but for the one that tells so.
        private static func areIdle(_ count: Int, _ client: FastCGIClient) throws -> Bool {
            try eventually { try states(client).count { $0 == "idle" } == count - 1 }
        }

        @Test(
            "Nothing is written to /tmp: it may be empty and read-only", .enabled(if: SmallFileSystem.isPossible))
        func temporary() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let github = try FakeGitHub(token: CachingSettings.githubToken)
                defer { github.stop() }
                let store = try TestStore(StoreServer(.tcp))
                let files = try TemporaryDirectory()
                let own = files.file("own")
                try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: false)
                // What is under the path of a mount is still there for who has it open.
                // It may be below /tmp itself.
                try FileManager.default.copyItem(atPath: Binary.path, toPath: own + "/chimney")
                let script = """
                    #!/bin/sh
                    exec unshare --user --map-root-user --mount sh -c '
                      exec 8<"$1" && mount -t tmpfs none /tmp && mkdir -p "$1" && mount -c --bind /proc/self/fd/8 "$1" &&
                      mount -o remount,ro /tmp && exec 8<&- && shift && exec "$@"' sh \(own) \(own)/chimney "$@"
                    """
                let program = try files.write("chimney", script)
                chmod(program, 0o755)
                let settings = CachingSettings.environment(github).merging(Traffic.environment) { $1 }
                    .merging([
                        "CHIMNEY_CACHE_DIR": own + "/cache", "CHIMNEY_JOURNAL_DIR": own + "/journal",
                        "CHIMNEY_FAULTS": "true",
                    ]) { $1 }
                let pool = try PoolProcess(
                    environment: settings.merging(store.environment) { $1 }, binary: program,
                    socket: own + "/pool.sock")
                let caddy = try CaddyServer(socket: pool.socket, paths: "/debug/*")
                defer {
                    pool.stop()
                    caddy.stop()
                    store.server?.stop()
                }
                let http = HTTPClient(.port(caddy.port))
                let denied = try FinishedProcess("touch", ["/proc/\(pool.pid)/root/tmp/denied"])
                #expect(denied.errors.contains("Read-only"))
                let traffic = Traffic([http], writers: 2, readers: 2, allowing: [200, 204])
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                #expect(try http.patient.get("/api/github/issues").status == 200)
                #expect(try http.get("/debug/trap").status == 500)
                pool.process.signal(SIGHUP)
                #expect(pool.logs("reloaded: "))
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                try traffic.stop()
                try traffic.expectNothingLost(in: store)
                #expect(try http.get("/healthz").json.status == "ok")
            }
        }
    }
}
