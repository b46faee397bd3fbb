import Glibc
import TestSupport

/// What the processes of an origin have at a moment.
struct OriginFootprint: CustomStringConvertible {
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
            Process(
                role: role, pid: pid, memory: Footprint.privateMemory(of: pid),
                descriptors: Footprint.descriptors(of: pid))
        }
    }

    /// What they have once no worker has anything to do, and has given back what it need not keep.
    static func atRest(of origin: LongLoadOrigin) throws -> OriginFootprint {
        var last = OriginFootprint(of: origin)
        var same = 0
        let rests = eventually(every: 100) {
            let now = OriginFootprint(of: origin)
            same = origin.pool.workers.allSatisfy(isAsleep) && now.workers == last.workers ? same + 1 : 0
            last = now
            return same == 20
        }
        guard rests else { throw TestSupportError("The workers do not come to rest: \(last)") }
        return last
    }

    private var workers: [Process] { processes.filter { $0.role == "worker" } }

    /// How many descriptors the streamer has.
    var streamerDescriptors: Int { processes.filter { $0.role == "streamer" }.reduce(0) { $0 + $1.descriptors } }

    var description: String {
        processes.map { "\($0.role) \($0.memory >> 10) KiB, \($0.descriptors) descriptors" }.joined(separator: "; ")
    }
}
