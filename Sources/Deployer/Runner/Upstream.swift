import Essentials
import Glibc
import HTTPClient

/// The switch of a blue-green service: which slot Caddy sends requests to.
struct Upstream {
    /// Milliseconds that Caddy's administration may take to answer.
    private static let adminLimit = 5000
    /// Milliseconds that one request to the service through Caddy may take.
    private static let checkLimit = 5000

    /// The slots, and how Caddy is told.
    let service: BlueGreen
    /// Runs Caddy.
    let commands: Commands
    /// Seconds that a reload may take.
    let limit: Int
    /// Asks Caddy.
    let http: HTTPProbe
    /// Called with each line that Caddy prints.
    let onLine: (String) -> Void

    /// A switch was not made: Caddy sends requests where it did before, unless `isUndone` is false.
    struct Failure: Error, Equatable, CustomStringConvertible {
        /// What went wrong.
        let reason: String
        /// Whether everything is as it was before; otherwise why it is not.
        let undoing: String?

        /// Whether everything is as it was before.
        var isUndone: Bool { undoing == nil }

        var description: String {
            reason + (undoing.map { "; Caddy may not be as it was before: \($0)" } ?? "; Caddy is as it was before")
        }
    }

    /// What a host lacks for a switch that no client notices; nil if it lacks nothing.
    ///
    /// From 2.6 on, Caddy opens a new socket at every reload (SO_REUSEPORT) and closes the old one. Linux resets
    /// connections that wait in that to be accepted, unless it may hand them to the new one (`tcp_migrate_req` of the
    /// kernel's ip-sysctl documentation, from 5.14). Even then it resets one whose handshake ends while the old socket
    /// closes: the kernel chooses a new socket before it makes the connection, and finds only afterwards that the old
    /// one listens no more (net/ipv4/inet_connection_sock.c, `inet_csk_reqsk_queue_add`). No setting changes that.
    static var advice: String? {
        let setting = "net.ipv4.tcp_migrate_req"
        let value = ProcessFiles.contents("/proc/sys/net/ipv4/tcp_migrate_req")
        guard value.first != UInt8(ascii: "1") else { return nil }
        return "\(setting) is not 1: when Caddy is switched, connections that it has not accepted yet may be reset"
    }

    /// The slot that the file names; nil if there is no file, or it names neither.
    ///
    /// The file has one directive, `to` with one address (Caddyfile, reverse_proxy); comments may stand around it.
    var named: BlueGreen.Slot? {
        let lines = String(decoding: ProcessFiles.contents(service.caddy.upstreamFile).prefix(4096), as: UTF8.self)
            .split(whereSeparator: \.isNewline).map { $0.split(whereSeparator: \.isWhitespace) }
            .filter { $0.first.map { !$0.hasPrefix("#") } ?? false }
        guard lines.count == 1, lines[0].count == 2, lines[0][0] == "to" else { return nil }
        return BlueGreen.Slot.allCases.first { service[$0].upstream == lines[0][1] }
    }

    /// The slot that Caddy sends requests to, by its running configuration; nil if that has both or neither.
    ///
    /// - Throws: `CommandFailure` if Caddy's administration does not answer; what `whileWaiting` throws.
    func live() throws -> BlueGreen.Slot? {
        let dialled = try dialled()
        let live = BlueGreen.Slot.allCases.filter { dialled.contains(service[$0].upstream) }
        return live.count == 1 ? live[0] : nil
    }

    /// Has Caddy send requests to a slot: replaces the file, has Caddy read it, and looks whether Caddy does it. If
    /// not, the file is as it was before, or away if there was none, and Caddy reads that.
    ///
    /// - Throws: `Failure`; what `whileRunning` and `whileWaiting` throw, the switch then being where it was left.
    func turn(to slot: BlueGreen.Slot) throws {
        let file = service.caddy.upstreamFile
        let old = ProcessFiles.contents(file)
        do {
            try write(Array("to \(service[slot].upstream)\n".utf8))
            try reload()
            try verify(slot)
        } catch {
            guard let reason = Self.reason(error) else { throw error }
            do {
                try old.isEmpty ? remove() : write(old)
                try reload()
            } catch {
                guard let undoing = Self.reason(error) else { throw error }
                throw Failure(reason: reason, undoing: undoing)
            }
            throw Failure(reason: reason, undoing: nil)
        }
    }

    /// What is wrong, if it is with the switch; nil for an error of the caller's.
    private static func reason(_ error: any Error) -> String? {
        switch error {
        case let failure as CommandFailure: "\(failure)"
        case let failure as FileReplacement.Failure: "\(failure)"
        default: nil
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        // Nothing is written by who has lost the right to.
        try http.whileWaiting()
        try FileReplacement.write(bytes, to: service.caddy.upstreamFile, mode: 0o644)
    }

    /// Takes the file away, where there was none.
    private func remove() throws(FileReplacement.Failure) {
        let file = service.caddy.upstreamFile
        guard unlink(file) == 0 || errno == ENOENT else {
            throw FileReplacement.Failure(description: "\(file): \(String(cString: strerror(errno)))")
        }
    }

    /// Has Caddy read its configuration. It answers when the new one is at work, and keeps the old one if there is
    /// anything wrong with it.
    private func reload() throws {
        // The address is without a scheme here.
        let address = service.caddy.admin.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        // Placeholders of the Caddyfile are filled in here, and not by the Caddy that runs.
        let file = service.caddy.environmentFile.map { String(decoding: ProcessFiles.contents($0), as: UTF8.self) }
        try commands.succeed(
            "caddy reload", "caddy",
            ["reload", "--config", service.caddy.config, "--adapter", "caddyfile", "--address", address],
            environment: EnvironmentFile.variables(in: file ?? ""), seconds: limit, onLine: onLine)
    }

    /// Looks whether Caddy sends requests to this slot and not to the other one, and whether it answers.
    private func verify(_ slot: BlueGreen.Slot) throws {
        let dialled = try dialled()
        guard dialled.contains(service[slot].upstream) else {
            throw CommandFailure("caddy reload", .unreadable("Caddy does not dial \(service[slot].upstream)"))
        }
        guard !dialled.contains(service[slot.other].upstream) else {
            throw CommandFailure("caddy reload", .unreadable("Caddy still dials \(service[slot.other].upstream)"))
        }
        guard let url = service.caddy.checkURL else { return }
        switch try http.get(url, within: Self.checkLimit) {
        case .success(let answer) where answer.status.kind == .successful: return
        case .success(let answer):
            throw CommandFailure("GET through Caddy", .cannotRun("HTTP status \(answer.status.code)"))
        case .failure(let failure): throw CommandFailure("GET through Caddy", .cannotRun("\(failure)"))
        }
    }

    /// All addresses that Caddy's running configuration dials.
    private func dialled() throws -> Set<String> {
        let name = "Caddy's administration"
        let answer: HTTPCall.Answer
        switch try http.get("\(Self.base(service.caddy.admin))/config/", within: Self.adminLimit) {
        case .success(let given): answer = given
        case .failure(let failure): throw CommandFailure(name, .cannotRun("\(failure)"))
        }
        guard answer.status == .ok else {
            throw CommandFailure(name, .cannotRun("HTTP status \(answer.status.code)"))
        }
        var found: Set<String> = []
        do {
            var json = JSONReader(answer.body)
            try Self.collect(&json, into: &found)
            try json.end()
        } catch {
            throw CommandFailure(name, .unreadable("byte \(error.offset) of the configuration breaks a rule"))
        }
        return found
    }

    /// Collects the members `dial`, wherever they are: routes nest.
    private static func collect(
        _ json: inout JSONReader, into found: inout Set<String>
    ) throws(JSONReader.Fault) {
        switch try json.kind {
        case .object:
            try json.object { json, name throws(JSONReader.Fault) in
                if name == "dial", try json.kind == .string {
                    found.insert(try json.string())
                } else {
                    try collect(&json, into: &found)
                }
            }
        case .array: try json.array { json throws(JSONReader.Fault) in try collect(&json, into: &found) }
        default: try json.skip()
        }
    }

    private static func base(_ url: String) -> Substring {
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        return base
    }
}
