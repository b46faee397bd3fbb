import Foundation
import Testing

/// What processes have of the machine.
struct Footprint: Sendable, CustomStringConvertible {
    /// Open descriptors of each, by its process id.
    let descriptors: [pid_t: Int]
    /// KiB of memory that each shares with nobody.
    let memory: [pid_t: Int]

    /// What these have once they are at rest: what is open for a moment only does not count.
    init(of pids: [pid_t]) {
        var least: [pid_t: Int] = [:]
        for _ in 0..<20 {
            for pid in pids { least[pid] = min(least[pid] ?? .max, Self.descriptors(of: pid)) }
            usleep(10_000)
        }
        descriptors = least
        memory = Dictionary(uniqueKeysWithValues: pids.map { ($0, Self.privateMemory(of: $0) >> 10) })
    }

    /// Checks that nothing stays open.
    ///
    /// - Parameter allowance: how many each process may open once, at whatever request needs them first.
    func expectNoMoreDescriptors(
        than before: Footprint, but allowance: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (pid, count) in descriptors {
            let limit = (before.descriptors[pid] ?? 0) + allowance
            #expect(count <= limit, "\(before) became \(self)", sourceLocation: sourceLocation)
        }
    }

    var description: String {
        descriptors.keys.sorted().map { "\($0): \(descriptors[$0] ?? 0) descriptors, \(memory[$0] ?? 0) KiB" }
            .joined(separator: "; ")
    }

    /// How many descriptors a process has.
    static func descriptors(of pid: pid_t) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
    }

    /// Bytes that a process shares with no other (proc(5), smaps_rollup).
    static func privateMemory(of pid: pid_t) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").reduce(0) { sum, line in
            let words = line.split(separator: " ")
            guard words.count > 1, ["Private_Clean:", "Private_Dirty:"].contains(words[0]) else { return sum }
            return sum + (Int(words[1]) ?? 0) * 1024
        }
    }

    /// The most bytes of memory that a process has had at a time; nil if there is no such process.
    static func mostMemory(of pid: pid_t) -> Int? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status?.firstMatch(of: /VmHWM:\s*(\d+) kB/).flatMap { Int($0.1) }.map { $0 << 10 }
    }
}
