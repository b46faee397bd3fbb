import Foundation
import TestSupport

/// The root directory of a small Debian, with what chimney depends on and without it.
final class DebianRoot: @unchecked Sendable {
    let path: String
    private let files: TemporaryDirectory

    init() throws {
        files = try TemporaryDirectory()
        path = files.file("root")
        let made = try FinishedProcess(
            Package.path("Tests/EndToEnd/Package/root"),
            [
                path, "systemd", "passwd", "ca-certificates", "libcurl4", "libhiredis0.14",
                "libstdc++6", "redis-server", "caddy", "curl",
            ], within: 120)
        guard made.end == .exited(0) else { throw TestSupportError("root: \(made.errors.suffix(1000))") }
        try copyLibraries()
        // What the scripts of the store's package and of Caddy's would have done.
        let users = try run(
            [
                "sh", "-ec",
                """
                systemd-sysusers --inline 'u redis - - /var/lib/redis' 'u caddy - - /var/lib/caddy'
                mkdir -p /var/lib/redis /var/log/redis /var/lib/caddy /etc/caddy
                chown -R redis:redis /var/lib/redis /var/log/redis /etc/redis
                chown -R caddy:caddy /var/lib/caddy
                """,
            ])
        guard users.end == .exited(0) else { throw TestSupportError("root: \(users.errors)") }
    }

    /// The path of a file in it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Appends to a file in it.
    func append(_ text: String, to name: String) throws {
        let old = (try? String(contentsOfFile: file(name), encoding: .utf8)) ?? ""
        try (old + text).write(toFile: file(name), atomically: false, encoding: .utf8)
    }

    /// Runs a program in it, which sees its own processes only.
    func run(_ arguments: [String], within seconds: Double = 60) throws -> FinishedProcess {
        try FinishedProcess(
            "unshare",
            ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc=\(path)/proc", "--", "chroot", path]
                + arguments,
            environment: [
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8",
            ], within: seconds)
    }

    /// Puts a package where programs in it find it, as `/var/tmp/NAME`.
    func take(_ package: DebianPackage) throws -> String {
        let name = "/var/tmp/" + (package.path as NSString).lastPathComponent
        try FileManager.default.copyItem(atPath: package.path, toPath: path + name)
        return name
    }

    /// All that is in it but dpkg's own records, logs, and the copies that others keep of what they change.
    func content() throws -> Set<String> {
        let listed = try FinishedProcess(
            "find",
            [
                path, "-xdev", "(", "-path", "*/var/lib/dpkg", "-o", "-path", "*/var/log", "-o", "-path", "*/var/tmp",
                "-o",
                "-path", "*/var/cache", ")", "-prune", "-o", "-printf", "/%P\n",
            ])
        let leftovers: Set<String> = [
            "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/.pwd.lock", "/run/systemd",
            "/run/systemd/systemd-units-load",
        ]
        return Set(listed.output.split(separator: "\n").map(String.init)).subtracting(leftovers)
    }

    /// A build that is not linked statically needs the libraries of Swift, where it looks for them.
    private func copyLibraries() throws {
        let linked = try FinishedProcess("ldd", [try Binary.path])
        let paths = linked.output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.hasPrefix("/") }.map(String.init)
        }
        for library in paths where !library.hasPrefix("/lib") && !library.hasPrefix("/usr/lib") {
            _ = try FinishedProcess("cp", ["--parents", "--dereference", library, path])
        }
    }

    deinit { _ = try? FinishedProcess("rm", ["-rf", "--one-file-system", path], within: 60) }
}
