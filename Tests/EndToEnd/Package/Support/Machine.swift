import Foundation
import TestSupport

/// A machine of its own, as far as its processes can tell: systemd runs in a root directory as their first one, in namespaces
/// that end with it.
final class Machine: @unchecked Sendable {
    /// Whether this host lets root make such namespaces. A container usually does not.
    static let isPossible: Bool = {
        guard geteuid() == 0, let files = try? TemporaryDirectory() else { return false }
        let tried = try? FinishedProcess(
            "unshare",
            ["--pid", "--mount", "--net", "--cgroup", "--fork", "mount", "-t", "cgroup2", "none", files.path])
        return tried?.end == .exited(0)
    }()

    let root: DebianRoot
    private let process: ChildProcess
    private let first: pid_t

    /// Starts it, and waits until all its services are.
    init(_ root: DebianRoot) throws {
        self.root = root
        let process = try ChildProcess(Package.path("Tests/EndToEnd/Package/boot"), [root.path])
        self.process = process
        let pid = value(within: 30) { () -> pid_t? in
            pid_t(process.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard let pid else {
            process.terminate(within: 20)
            throw TestSupportError("systemd does not start: \(process.errors.suffix(1000))")
        }
        first = pid
        let isUp = try eventually(within: 60, every: 200) {
            ["running", "degraded"].contains(try run(["systemctl", "is-system-running"]).output.filter { $0 != "\n" })
        }
        guard isUp else { throw TestSupportError("systemd does not come up: \(process.errors.suffix(1000))") }
    }

    /// What systemd and its services have said.
    var log: String { process.errors }

    /// The path by which this host reaches a file of the machine, a socket too.
    func path(_ name: String) -> String { "/proc/\(first)/root\(name)" }

    /// Runs a program on it.
    @discardableResult
    func run(_ arguments: [String], within seconds: Double = 60) throws -> FinishedProcess {
        try FinishedProcess(
            "nsenter",
            [
                "--target", String(first), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
                "--root=/proc/\(first)/root", "--wd=/proc/\(first)/root", "--",
            ] + arguments,
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8",
                "SYSTEMD_PAGER": "cat",
            ], within: seconds)
    }

    /// Runs a program that has to succeed, and returns what it says.
    @discardableResult
    func succeed(_ arguments: String..., within seconds: Double = 90) throws -> String {
        let finished = try run(arguments, within: seconds)
        guard finished.end == .exited(0) else {
            let journal = try? run(["journalctl", "--no-pager", "-n", "40", "-o", "cat"]).output
            throw TestSupportError(
                "\(arguments.joined(separator: " ")): \(finished.output)\(finished.errors)\n\(journal ?? "")")
        }
        return finished.output
    }

    /// A property of a unit, as `systemctl show` tells it.
    func property(_ name: String, of unit: String) throws -> String {
        try succeed("systemctl", "show", "--value", "-p", name, unit).filter { $0 != "\n" }
    }

    /// Ends it.
    func stop() { process.terminate(within: 30) }
}
