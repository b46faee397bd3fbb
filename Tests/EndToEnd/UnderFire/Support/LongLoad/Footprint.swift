import Foundation
import TestSupport

/// What the processes of an origin have at a moment.
struct Footprint: CustomStringConvertible {
    /// What one process has.
    struct Process: Equatable {
        let role: String
        let pid: pid_t
        /// Bytes that it shares with no other.
        let memory: Int
        let descriptors: Int
    }

    let processes: [Process]

    init(of origin: LongLoadOrigin) {
        processes = origin.processes.map { role, pid in
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
            return Process(role: role, pid: pid, memory: Self.privateMemory(of: pid), descriptors: files?.count ?? 0)
        }
    }

    /// What they have once no worker has anything to do, and has given back what it need not keep.
    static func atRest(of origin: LongLoadOrigin) throws -> Footprint {
        var last = Footprint(of: origin)
        var same = 0
        let rests = eventually(every: 100) {
            let now = Footprint(of: origin)
            same = origin.pool.workers.allSatisfy(isAsleep) && now.workers == last.workers ? same + 1 : 0
            last = now
            return same == 20
        }
        guard rests else { throw TestSupportError("The workers do not come to rest: \(last)") }
        return last
    }

    private var workers: [Process] { processes.filter { $0.role == "worker" } }

    /// Bytes that a process shares with no other (proc(5), smaps_rollup).
    static func privateMemory(of pid: pid_t) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").reduce(0) { sum, line in
            let words = line.split(separator: " ")
            guard words.count > 1, ["Private_Clean:", "Private_Dirty:"].contains(words[0]) else { return sum }
            return sum + (Int(words[1]) ?? 0) * 1024
        }
    }

    /// The memory of each process of a role, the least first.
    func memory(of role: String) -> [Int] { processes.filter { $0.role == role }.map(\.memory).sorted() }

    /// How many descriptors each process has.
    var descriptors: [String: Int] { descriptors(without: 0) }

    /// The same where the streamer had so many clients less.
    func descriptors(without clients: Int) -> [String: Int] {
        Dictionary(
            uniqueKeysWithValues: processes.map { process in
                let own = process.role == "streamer" ? clients : 0
                return ("\(process.role) \(process.pid)", process.descriptors - own)
            })
    }

    var description: String {
        processes.map { "\($0.role) \($0.memory >> 10) KiB, \($0.descriptors) descriptors" }.joined(separator: "; ")
    }
}
