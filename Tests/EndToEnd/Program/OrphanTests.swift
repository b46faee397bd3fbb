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
                let isEmpty = eventually(within: 2) { (try? Socket(.unix(socket))) == nil }
                if !isEmpty {
                    left.append(round)
                    Self.killProcesses(with: socket)
                }
            }
            #expect(left == [], "rounds of 60 in which a worker went on without its supervisor")
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
