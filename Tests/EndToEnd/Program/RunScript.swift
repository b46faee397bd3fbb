import Foundation
import TestSupport

/// A running `caddy/run --demo`, and all that it has started.
final class RunScript {
    /// Where chimney is to answer.
    let port: UInt16
    /// The script.
    let process: ChildProcess
    /// All processes below it have this in their environment, but for those whose environment is cleared or overwritten.
    private let mark = UUID().uuidString
    private static let markName = "RUN_SCRIPT_TEST"
    private let home: TemporaryDirectory
    private var seen: Set<Part> = []

    /// A process, which its id alone does not tell from a later one.
    struct Part: Hashable {
        let pid: pid_t
        /// Ticks since the machine was started.
        let start: String
    }

    /// Starts it with the programs under test.
    ///
    /// - Parameter environment: variables besides.
    init(environment: [String: String]) throws {
        port = try Address.freePort()
        home = try TemporaryDirectory()
        let own = ["HOME": home.path, Self.markName: mark]
        process = try ChildProcess(
            Self.path, ["--demo", "--port", String(port)],
            environment: try Self.programs.merging(own) { $1 }.merging(environment) { $1 })
    }

    /// The script's path.
    static let path = Package.path("caddy/run")

    /// The settings by which it starts what has been built already.
    static var programs: [String: String] {
        get throws { ["CHIMNEY_BINARY": try Binary.path, "FAKE_GITHUB_BINARY": try Binary.fakeGitHub] }
    }

    /// The directory of its sockets and logs; nil as long as it does not name one.
    var directory: String? {
        let text = process.output + process.errors
        guard let start = text.range(of: "/tmp/chimney.") else { return nil }
        return "/tmp/" + text[start.lowerBound...].dropFirst(5).prefix { !"/ \n,:".contains($0) }
    }

    /// What it shows behind a label, in a line of its own; nil for none.
    func shown(_ label: String) -> String? {
        for line in process.output.split(separator: "\n") {
            let words = line.trimmingCharacters(in: .whitespaces)
            if words.hasPrefix(label) { return words.dropFirst(label.count).trimmingCharacters(in: .whitespaces) }
        }
        return nil
    }

    /// What it runs on now, itself included: all that descend from it, from anything of it that was seen before, or that bear
    /// its mark. Those who have ended and wait for their parent do not count.
    ///
    /// - Returns: the name of each.
    func parts() -> [Part: String] {
        var all: [(part: Part, parent: pid_t, name: String)] = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(name), let found = Self.part(pid) else { continue }
            all.append(found)
        }
        var found = Set(
            all.map(\.part).filter {
                seen.contains($0) || process.isRunning && $0.pid == process.pid || isMarked($0.pid)
            })
        var count = -1
        while count != found.count {
            count = found.count
            let pids = Set(found.map(\.pid))
            for entry in all where pids.contains(entry.parent) { found.insert(entry.part) }
        }
        seen.formUnion(found)
        let names = all.filter { found.contains($0.part) }.map { ($0.part, $0.name) }
        return Dictionary(names, uniquingKeysWith: { $1 })
    }

    /// A process, its parent and its name, by proc(5); nil if it has ended.
    private static func part(_ pid: pid_t) -> (part: Part, parent: pid_t, name: String)? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { return nil }
        // From the third field on; the second one is the name.
        let fields = stat[close...].dropFirst(2).split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let parent = pid_t(fields[1]) else { return nil }
        let name = String(stat[stat.index(after: open)..<close])
        return (Part(pid: pid, start: String(fields[19])), parent, name)
    }

    private func isMarked(_ pid: pid_t) -> Bool {
        guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else { return false }
        return environment.split(separator: 0).contains { $0.elementsEqual("\(Self.markName)=\(mark)".utf8) }
    }

    /// Ends whatever it may have left, and takes its directory away.
    func cleanUp() {
        if process.isRunning { process.terminate(within: 60) }
        for part in parts().keys { kill(part.pid, SIGKILL) }
        if let directory { try? FileManager.default.removeItem(atPath: directory) }
    }
}
