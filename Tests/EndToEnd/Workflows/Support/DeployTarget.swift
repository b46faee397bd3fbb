import Foundation
import TestSupport

/// A host that chimney is deployed to: a real sshd that lets one key in, for `chimney-receive` alone, which has a root
/// directory of its own to install packages in. It ends with its owner.
final class DeployTarget: @unchecked Sendable {
    /// Where ssh goes.
    let destination: String
    /// Its line of `known_hosts`.
    let knownHost: String
    /// What its services run, for `chimney-receive`; see `systemctl`.
    let root: String
    private let files: TemporaryDirectory
    private let sshd: ChildProcess

    /// Starts it and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - key: the public key that is let in.
    ///   - slot: which of two instances it runs; nil where it has none.
    init(key: String, slot: String? = nil) throws {
        files = try TemporaryDirectory()
        root = files.file("root")
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
        for file in ["status", "available"] {
            _ = FileManager.default.createFile(atPath: "\(root)/var/lib/dpkg/\(file)", contents: nil)
        }
        // sshd wants it, and Debian has it made by the service's unit.
        try? FileManager.default.createDirectory(
            atPath: "/run/sshd", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])

        let hostKey = files.file("host_key")
        try Tool.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", hostKey])
        // A host of a test is not booted with systemd.
        let programs = files.file("bin")
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
        _ = try files.write("bin/systemctl", Self.systemctl(slot))
        chmod(files.file("bin/systemctl"), 0o755)
        let command = #"""
            PATH=\#(programs):$PATH DPKG_ROOT=\#(root) \#(Package.path("systemd/chimney-receive")) \"$SSH_ORIGINAL_COMMAND\"
            """#
        _ = try files.write("authorized_keys", "restrict,command=\"\(command)\" \(key)\n")
        var process: ChildProcess?
        var port: UInt16 = 0
        // A port that was free a moment ago may be somebody else's by now.
        for _ in 0..<5 where process == nil {
            port = try Address.freePort()
            let configuration = try files.write("sshd_config", Self.configuration(port, files))
            let candidate = try ChildProcess(Tool.path("sshd"), ["-D", "-e", "-f", configuration])
            let isUp = eventually(within: 15) { !candidate.isRunning || (try? Socket(.port(port))) != nil }
            if isUp, candidate.isRunning { process = candidate } else { candidate.killNow() }
        }
        guard let process else { throw TestSupportError("sshd does not come up.") }
        sshd = process
        destination = "ssh://\(NSUserName())@127.0.0.1:\(port)"
        let public_ = try String(contentsOfFile: hostKey + ".pub", encoding: .utf8)
        knownHost = "[127.0.0.1]:\(port) " + public_.split(separator: " ").prefix(2).joined(separator: " ")
    }

    private static func configuration(_ port: UInt16, _ files: TemporaryDirectory) -> String {
        """
        ListenAddress 127.0.0.1:\(port)
        HostKey \(files.file("host_key"))
        AuthorizedKeysFile \(files.file("authorized_keys"))
        PermitRootLogin forced-commands-only
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        StrictModes no
        UsePAM no
        PidFile none

        """
    }

    /// Says that an instance runs, by a process that executes the installed program; without one, and where the program that is
    /// installed is one that `ends`, that nothing does.
    private static func systemctl(_ slot: String?) -> String {
        """
        #!/bin/bash
        [[ ! -e $DPKG_ROOT/usr/share/chimney/ends ]] || exit 3
        case $* in
          *is-active*chimney@\(slot ?? "none").service) exit 0 ;;
          *MainPID*) "$DPKG_ROOT/usr/bin/chimney" 5 >/dev/null 2>&1 9>&- & echo $!; sleep 0.1 ;;
          *) exit 3 ;;
        esac

        """
    }

    /// The version that is installed there; nil for none.
    var version: String? {
        get throws {
            let query = try FinishedProcess(
                "dpkg-query", ["--show", "--showformat", "${db:Status-Abbrev}${Version}", "chimney"],
                environment: ["DPKG_ROOT": root])
            return query.output.hasPrefix("ii ") ? String(query.output.dropFirst(3)) : nil
        }
    }

    /// What its program prints that is installed there, as a sign which package it is of.
    var mark: String? { try? String(contentsOfFile: "\(root)/usr/share/chimney/mark", encoding: .utf8) }

    /// Ends it.
    func stop() { sshd.terminate(within: 5) }
}

/// A key that a workflow has.
struct DeployKey {
    let secret: String
    let open: String
    private let files: TemporaryDirectory

    init() throws {
        files = try TemporaryDirectory()
        try Tool.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "deploy", "-f", files.file("key")])
        secret = try String(contentsOfFile: files.file("key"), encoding: .utf8)
        open = try String(contentsOfFile: files.file("key.pub"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The file that it is in.
    var path: String { files.file("key") }
}

/// A package that is called chimney, with a program that only sleeps.
struct DeployPackage {
    let version: String
    let file: String
    let sha256: String
    let commit = Event.freshSHA()
    /// What tells it from other packages of its version.
    let mark: String
    private let files: TemporaryDirectory

    /// - Parameter ends: whether its program does not go on running where it is installed.
    init(_ version: String, name: String = "chimney", ends: Bool = false) throws {
        self.version = version
        mark = UUID().uuidString
        files = try TemporaryDirectory()
        let tree = files.file("tree")
        for folder in ["DEBIAN", "usr/bin", "usr/share/chimney"] {
            try FileManager.default.createDirectory(atPath: "\(tree)/\(folder)", withIntermediateDirectories: true)
        }
        let architecture = try Tool.run("dpkg", ["--print-architecture"])
        _ = try files.write(
            "tree/DEBIAN/control",
            """
            Package: \(name)
            Version: \(version)
            Architecture: \(architecture.trimmingCharacters(in: .whitespacesAndNewlines))
            Maintainer: nobody <nobody@localhost>
            Description: a package for tests

            """)
        _ = try files.write("tree/usr/share/chimney/mark", mark)
        if ends { _ = try files.write("tree/usr/share/chimney/ends", "") }
        try FileManager.default.copyItem(atPath: Tool.path("sleep"), toPath: "\(tree)/usr/bin/chimney")
        file = files.file("chimney_\(version).deb")
        try Tool.run("dpkg-deb", ["--root-owner-group", "-Znone", "--build", tree, file])
        sha256 = String(try Tool.run("sha256sum", [file]).prefix(64))
    }
}

extension Tool {
    /// Runs a program that has to end well.
    ///
    /// - Returns: its standard output.
    /// - Throws: `TestSupportError` if it does not.
    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        let process = try FinishedProcess(name, arguments)
        guard process.end == .exited(0) else { throw TestSupportError("\(name): \(process.errors)") }
        return process.output
    }
}
