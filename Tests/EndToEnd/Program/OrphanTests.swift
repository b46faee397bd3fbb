import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever happens to a supervisor, its workers end with it.
    @Suite struct OrphanTests {
        @Test func aSupervisorKilledAtAnyMomentLeavesNobody() throws {
            let store = try TestStore()
            var left: [Int] = []
            for round in 0..<60 {
                let files = try TemporaryDirectory()
                let socket = files.file("pool.sock")
                let supervisor = try ChildProcess(
                    Binary.path, ["pool", "--listen", socket, "--workers", "8"], environment: store.environment)
                #expect(eventually(every: 1) { FileManager.default.fileExists(atPath: socket) })
                // Some of its workers have just begun.
                usleep(UInt32(round) * 100)
                supervisor.killNow()
                let isEmpty = eventually { (try? Socket(.unix(socket))) == nil }
                if !isEmpty {
                    left.append(round)
                    Self.killProcesses(with: socket)
                }
            }
            #expect(left == [], "rounds of 60 in which a worker went on without its supervisor")
        }

        @Test("A streamer that outlives its supervisor, for its held clients, keeps no address from the next pool")
        func streamer() throws {
            let store = try TestStore()
            let files = try TemporaryDirectory()
            let socket = files.file("pool.sock")
            let first = try PoolProcess(environment: store.environment, socket: socket)
            let old = try #require(value { first.streamers.first })
            let limit = Int(Date().timeIntervalSince1970 * 1000) + 60_000
            let hold = String(repeating: "a", count: 32) + "-" + String(limit, radix: 16)
            let held = try Socket(.unix(PoolProcess.streamSocket(beside: socket)))
            try held.send(
                FastCGIClient.records(
                    ["REQUEST_METHOD": "GET", "PATH_INFO": "/hold/\(hold)", "CHIMNEY_HOLD": hold], body: []))
            #expect(
                try eventually {
                    let status = try JSON(parsing: first.fastCGI.request("GET", "/api/pool/status").body)
                    return status.streamers?.list.first?.clients?.integer == 1
                })
            let others = first.workers + first.agents
            first.process.killNow()
            #expect(eventually { !others.contains { isAlive($0) } })
            #expect(eventually { (try? Socket(.unix(PoolProcess.streamSocket(beside: socket)))) == nil })
            #expect(isAlive(old))
            let second = try PoolProcess(environment: store.environment, socket: socket)
            #expect(isAlive(old))
            #expect(second.stop() == .exited(0))
            held.close()
            #expect(eventually { !isAlive(old) })
        }

        /// Ends what was started with this argument, which nobody else has.
        private static func killProcesses(with argument: String) {
            let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
            for pid in pids {
                let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
                if line.split(separator: "\0").contains(Substring(argument)) { kill(pid, SIGKILL) }
            }
        }
    }
}
