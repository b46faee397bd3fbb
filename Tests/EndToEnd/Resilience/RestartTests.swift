import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The pool comes and goes; its socket may stay.
    @Suite struct RestartTests {
        @Test("While its parent holds the socket, a restart of the whole pool under load refuses nobody")
        func heldSocket() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let held = try HeldSocket()
                var pool = try held.startPool(environment: store.environment)
                let caddy = try CaddyServer(socket: held.path)
                let load = Load(HTTPClient(.port(caddy.port)), "/api/version", clients: 16)
                #expect(load.pass(300))
                for _ in 0..<3 {
                    #expect(pool.terminate() == .exited(0))
                    pool = try held.startPool(environment: store.environment)
                    #expect(load.pass(300))
                }
                let report = load.stop()
                #expect(report.failures == [])
                // Nothing was lost on the way either.
                let counted = {
                    Samples(try HTTPClient(.port(caddy.port)).get("/metrics").text).requests("/api/version", "2xx")
                }
                #expect(try eventually { try counted() == report.answered })
                caddy.stop()
                #expect(pool.terminate() == .exited(0))
                #expect(FileManager.default.fileExists(atPath: held.path), "a socket that is not its own stays")
            }
        }

        @Test("A pool whose supervisor was killed is started again on the same held socket")
        func heldSocketAfterKill() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let held = try HeldSocket()
                let client = FastCGIClient(.unix(held.path))
                let first = try held.startPool(environment: store.environment)
                #expect(try client.request("GET", "/health").status == 200)
                let workers = PoolProcess.children(of: first.pid)
                first.killNow()
                #expect(eventually { workers.allSatisfy { !isAlive($0) } })
                let waiting = Background { try client.request("GET", "/health").status }
                let second = try held.startPool(environment: store.environment)
                #expect(try waiting.value() == 200)
                #expect(second.terminate() == .exited(0))
            }
        }

        /// Waits until somebody listens there, which is later than the path is there.
        private func listens(_ path: String) -> Bool { eventually { (try? Socket(.unix(path))) != nil } }

        @Test("systemd's sockets are taken by their name")
        func systemd() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                let (other, own) = (files.file("other.sock"), files.file("worker.sock"))
                let settings = store.environment.flatMap { ["-E", "\($0.key)=\($0.value)"] }
                let manager = try ChildProcess(
                    "systemd-socket-activate",
                    ["-l", other, "-l", own, "--fdname=other:worker"] + settings + [
                        Binary.path, "pool", "--workers", "2",
                    ])
                let client = FastCGIClient(.unix(own))
                #expect(listens(own))
                #expect(try client.request("GET", "/health").status == 200)
                #expect(try client.request("GET", "/ready").status == 200)
                // It has become the pool, and a reload keeps the socket.
                manager.signal(SIGHUP)
                #expect(eventually(within: 60) { manager.errors.contains("reloaded: ") })
                #expect(try client.request("GET", "/ready").status == 200)
                #expect(manager.terminate() == .exited(0))
                #expect(FileManager.default.fileExists(atPath: own))
            }
        }

        @Test(
            "systemd's two sockets are a pool's and its streamer's, by their names or their paths, whatever their order, over a reload too",
            arguments: [("worker.sock", "streamer.sock", "streamer:worker"), ("c.sock", "c-streamer.sock", "c:c")])
        func systemdTwo(workerName: String, streamerName: String, names: String) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                let (worker, streamer) = (files.file(workerName), files.file(streamerName))
                let settings = store.environment.flatMap { ["-E", "\($0.key)=\($0.value)"] }
                let manager = try ChildProcess(
                    "systemd-socket-activate",
                    ["-l", streamer, "-l", worker, "--fdname=\(names)"] + settings + [
                        Binary.path, "pool", "--workers", "2",
                    ])
                #expect(listens(worker))
                let client = FastCGIClient(.unix(worker))
                for round in 0..<2 {
                    // A worker answers a stream in parts, a streamer does not end it.
                    #expect(try client.request("GET", "/api/events").status == 200)
                    let socket = try Socket(.unix(streamer))
                    try socket.send(
                        FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/api/events"], body: []))
                    let clients = { () throws in
                        try JSON(parsing: try client.request("GET", "/api/pool/status").body).streamers?[0]?.clients
                    }
                    #expect(try eventually { try clients() == 1 })
                    guard round == 0 else { continue }
                    let before = PoolProcess.children(of: manager.pid, "streamer")
                    manager.signal(SIGHUP)
                    #expect(eventually(within: 60) { manager.errors.contains("reloaded: ") })
                    // The one before takes clients as long as it is there, and says good-bye to them.
                    let isAlone = eventually(within: 60) {
                        let now = PoolProcess.children(of: manager.pid, "streamer")
                        return now.count == 1 && now != before
                    }
                    #expect(isAlone)
                }
                #expect(manager.terminate() == .exited(0))
                #expect(FileManager.default.fileExists(atPath: streamer))
            }
        }

        @Test("SIGTERM lets what is in flight be answered, and ends with status 0", arguments: [SIGTERM, SIGINT])
        func drain(signal: Int32) async throws {
            try await withOrigin(workers: 2, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let began = monotonicMilliseconds
                let slow = Background { try origin.get("/debug/sleep?ms=4000") }
                let worker = try #require(origin.pool.worker(on: "/debug/sleep"))
                origin.pool.process.signal(signal)
                #expect(eventually { !FileManager.default.fileExists(atPath: origin.pool.socket) })
                #expect(isAlive(worker), "the path goes first")
                let answer = try slow.value()
                #expect(answer.status == 200)
                #expect(answer.text == #"{"slept_ms":4000}"#)
                #expect(monotonicMilliseconds - began >= 4000, "the handler was left to itself")
                #expect(origin.pool.process.wait() == .exited(0))
                // Its line reached the ring before it went.
                #expect(try origin.ring.contains { $0.path == "/debug/sleep" && $0.status == 200 })
            }
        }

        @Test("What waits in the queue of a pool's own socket at SIGTERM is answered to the last")
        func drainQueue() async throws {
            try await withOrigin(workers: 2, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                // Connected and sent before the signal: from here on they are the pool's.
                let request = FastCGIClient.records(
                    ["REQUEST_METHOD": "GET", "PATH_INFO": "/debug/sleep", "QUERY_STRING": "ms=500"], body: [])
                let queued = try (0..<6).map { _ in
                    let socket = try Socket(.unix(origin.pool.socket))
                    try socket.send(request)
                    return socket
                }
                origin.pool.process.signal(SIGTERM)
                for socket in queued {
                    var answer: [UInt8] = []
                    while case let more = try socket.receive(), !more.isEmpty { answer += more }
                    #expect(String(decoding: answer, as: UTF8.self).contains("Status: 200"))
                }
                #expect(origin.pool.process.wait() == .exited(0))
            }
        }

        @Test("When the supervisor is killed its workers go too, those in the middle of a request as well")
        func killedSupervisor() async throws {
            try await withOrigin(workers: 3, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let slow = Background { try? origin.get("/debug/sleep?ms=10000").status }
                _ = try #require(origin.pool.worker(on: "/debug/sleep"))
                let workers = origin.pool.workers
                #expect(workers.count == 3)
                origin.pool.process.killNow()
                #expect(eventually { workers.allSatisfy { !isAlive($0) } })
                _ = try slow.value()
            }
        }

        @Test("A pool listens on a port as well, and keeps it over a reload")
        func tcp() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let port = try Address.freePort()
                let pool = try ChildProcess(
                    Binary.path, ["pool", "--listen", "127.0.0.1:\(port)", "--workers", "2"],
                    environment: store.environment)
                let client = FastCGIClient(.port(port))
                #expect(eventually { (try? client.request("GET", "/ready"))?.status == 200 })
                pool.signal(SIGHUP)
                #expect(eventually(within: 60) { pool.errors.contains("reloaded: ") })
                #expect(try client.request("GET", "/ready").status == 200)
                #expect(pool.terminate() == .exited(0))
                #expect(throws: Socket.Failure.self) { try Socket(.port(port)) }
            }
        }

        @Test("A socket that a killed pool has left behind is taken over; one in use is not")
        func leftoverSocket() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                let path = files.file("pool.sock")
                let first = try PoolProcess(workers: 1, environment: store.environment, socket: path)
                let rival = try FinishedProcess(
                    Binary.path, ["pool", "--listen", path], environment: store.environment)
                #expect(rival.end == .exited(71))
                #expect(rival.errors.contains(path))
                #expect(try first.fastCGI.request("GET", "/health").status == 200)
                first.process.killNow()
                #expect(eventually { !first.isListening })
                let second = try PoolProcess(workers: 1, environment: store.environment, socket: path)
                #expect(second.stop() == .exited(0))
            }
        }
    }
}
