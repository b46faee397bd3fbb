import Foundation
import TestSupport

/// A network of its own: a middle, where store and edge are, and two origins, each at the end of a link that can be cut.
///
/// They are namespaces (network_namespaces(7), veth(4)) in a user namespace, for which nobody has to be root. Nothing is
/// reachable from outside but unix sockets.
final class Network: Sendable {
    /// Whether this machine lets an ordinary user have one.
    static let isPossible: Bool = (try? Network()) != nil

    /// The addresses of the middle at its links.
    let middleOfNorth = "10.0.1.1"
    let middleOfSouth = "10.0.2.1"
    let files: TemporaryDirectory
    let middle: NetworkSpace
    let north: NetworkSpace
    let south: NetworkSpace

    /// Makes one.
    ///
    /// - Throws: `TestSupportError` if it cannot be had.
    init() throws {
        files = try TemporaryDirectory()
        middle = try NetworkSpace(["unshare", "--user", "--map-root-user", "--net"], address: "127.0.0.1")
        north = try NetworkSpace(middle.command(["unshare", "--net"]), address: "10.0.1.2")
        south = try NetworkSpace(middle.command(["unshare", "--net"]), address: "10.0.2.2")
        for (name, space, gateway) in [("north", north, middleOfNorth), ("south", south, middleOfSouth)] {
            try middle.run(
                ["ip", "link", "add", name, "type", "veth", "peer", "name", "out", "netns", String(space.pid)])
            try middle.run(["ip", "address", "add", "\(gateway)/24", "dev", name])
            try middle.run(["ip", "link", "set", name, "up"])
            try space.run(["ip", "address", "add", "\(space.address)/24", "dev", "out"])
            try space.run(["ip", "link", "set", "out", "up"])
        }
    }
}

/// A network namespace, which ends with its owner.
final class NetworkSpace: Sendable {
    /// The address that others of its network find it by.
    let address: String
    private let holder: ChildProcess

    /// Has a process end with the test, which it forgets when it gets the rights that it has in the namespace
    /// (PR_SET_PDEATHSIG of prctl(2)).
    private static let attached = ["setpriv", "--pdeathsig", "KILL", "--"]

    /// The process that holds it open.
    var pid: pid_t { holder.pid }

    /// Makes one by a command that runs another in it.
    init(_ command: [String], address: String) throws {
        self.address = address
        let words = command + Self.attached + ["sh", "-c", "ip link set lo up && echo up && exec sleep 600"]
        holder = try ChildProcess(words[0], Array(words[1...]))
        let holder = holder
        guard eventually(within: 10, { !holder.isRunning || holder.output.contains("up") }), holder.isRunning else {
            throw TestSupportError("There is no network to be had: \(holder.errors)")
        }
    }

    /// The command that runs another one in it, as the same process.
    func command(_ words: [String]) -> [String] {
        ["nsenter", "--user", "--net", "--preserve-credentials", "--target", String(pid)] + Self.attached + words
    }

    /// Runs a command to its end.
    func run(_ words: [String]) throws {
        let command = command(words)
        let finished = try FinishedProcess(command[0], Array(command[1...]))
        guard finished.end == .exited(0) else { throw TestSupportError("\(words): \(finished.errors)") }
    }

    /// A script that is a program in this namespace.
    func script(for program: String, in files: TemporaryDirectory) throws -> String {
        let path = try files.write(
            "program", "#!/bin/sh\nexec \(command([program]).joined(separator: " ")) \"$@\"\n")
        chmod(path, 0o755)
        return path
    }

    /// Has nothing leave it any more, not even an acknowledgement (a queue of no length, tc-pfifo(8)). Nobody is told: the
    /// other end of the link has its carrier, without which the kernel would not count TCP's probes as lost.
    func cut() throws { try run(["tc", "qdisc", "replace", "dev", "out", "root", "pfifo", "limit", "0"]) }

    /// Brings the link back.
    func mend() throws { try run(["tc", "qdisc", "delete", "dev", "out", "root"]) }

    deinit { holder.killNow() }
}
