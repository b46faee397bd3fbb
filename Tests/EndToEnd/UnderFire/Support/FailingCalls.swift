import Foundation
import TestSupport

/// System calls of running processes that fail as they do on a host that cannot do better (strace(1)), until this is stopped.
final class FailingCalls: Sendable {
    /// Whether this machine lets processes be traced that are nobody's children here.
    static let isPossible: Bool = {
        guard let other = try? ChildProcess("sleep", ["60"]),
            let calls = try? FailingCalls(["fdatasync"], with: "EIO", of: [other.pid])
        else { return false }
        calls.stop()
        return true
    }()

    private let strace: ChildProcess

    /// Has calls fail from now on.
    ///
    /// - Parameters:
    ///   - calls: their names.
    ///   - error: what they fail with, as errno(3) calls it.
    ///   - pids: whose calls; those of their children as well.
    ///   - paths: only calls that are about these files; none for all.
    ///   - times: how many calls fail, of each process; nil for all.
    /// - Throws: `TestSupportError` if the processes cannot be traced.
    init(
        _ calls: [String], with error: String, of pids: [pid_t], at paths: [String] = [], times: Int? = nil
    ) throws {
        let names = calls.joined(separator: ",")
        let when = times.map { ":when=1..\($0)" } ?? ""
        let process = try ChildProcess(
            "strace",
            ["-f", "-o", "/dev/null", "-e", "trace=\(names)", "-e", "inject=\(names):error=\(error)\(when)"]
                + paths.flatMap { ["-P", $0] } + pids.flatMap { ["-p", String($0)] })
        strace = process
        let isThere = eventually {
            !process.isRunning || pids.allSatisfy { process.errors.contains("Process \($0) attached") }
        }
        guard isThere, process.isRunning else {
            process.killNow()
            throw TestSupportError("The processes cannot be traced: \(process.errors)")
        }
    }

    /// Lets them succeed again.
    func stop() { strace.terminate() }
}
