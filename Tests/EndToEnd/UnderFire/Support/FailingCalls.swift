import Foundation
import TestSupport

/// System calls of running processes that fail, or are late, as they are on a host that cannot do better (strace(1)), until
/// this is stopped.
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
    ///   - error: what they fail with, as errno(3) calls it; nil where they do not fail.
    ///   - delay: milliseconds before they are begun.
    ///   - pids: whose calls; those of their children as well.
    ///   - paths: only calls that are about these files; none for all.
    /// - Throws: `TestSupportError` if the processes cannot be traced.
    init(
        _ calls: [String], with error: String? = nil, after delay: Int = 0, of pids: [pid_t], at paths: [String] = []
    ) throws {
        let names = calls.joined(separator: ",")
        let effects = (error.map { ":error=\($0)" } ?? "") + (delay > 0 ? ":delay_enter=\(delay * 1000)" : "")
        let process = try ChildProcess(
            "strace",
            ["-f", "-o", "/dev/null", "-e", "trace=\(names)", "-e", "inject=\(names)\(effects)"]
                + paths.flatMap { ["-P", $0] } + pids.flatMap { ["-p", String($0)] })
        strace = process
        let isThere = eventually {
            !process.isRunning || pids.allSatisfy { process.errors.contains("Process \($0) attached") || !isAlive($0) }
        }
        guard isThere, process.isRunning else {
            process.killNow()
            throw TestSupportError("The processes cannot be traced: \(process.errors)")
        }
    }

    /// Lets them succeed again.
    func stop() { strace.terminate() }
}
