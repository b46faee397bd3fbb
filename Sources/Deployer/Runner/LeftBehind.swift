import Essentials
import Glibc

/// The programs that a dead runner has left running: a pull or a start that would go on beside what its successor does.
///
/// To be looked for with the lock in hand (`RunnerLock`): a child that has not become another program yet, and so does
/// not carry the marker, holds the lock with its parent.
struct LeftBehind {
    /// Their marker, as `Commands` has it.
    let marker: String

    /// Some could not be ended.
    struct Failure: Error, Equatable, CustomStringConvertible {
        /// Their ids.
        let processes: [pid_t]

        var description: String {
            "processes of an earlier runner cannot be ended: \(processes.map(String.init).joined(separator: ", "))"
        }
    }

    /// The ids of the processes that are left, this one not among them.
    var processes: [pid_t] {
        ProcessFiles.processes.filter { id in
            guard id != getpid(), let process = OtherProcess(id) else { return false }
            return process.carries(Commands.markerVariable, marker)
        }
    }

    /// Ends all of them (SIGKILL), and whatever they start meanwhile, and waits until they are gone.
    ///
    /// - Parameter milliseconds: how long it may take.
    /// - Returns: how many there were.
    /// - Throws: `Failure` if one is still there then.
    func end(within milliseconds: Int) throws(Failure) -> Int {
        let deadline = MonotonicClock.microseconds + UInt64(milliseconds) * 1000
        var ended: Set<pid_t> = []
        while true {
            let found = processes
            if found.isEmpty { return ended.count }
            for id in found {
                guard let process = OtherProcess(id), process.carries(Commands.markerVariable, marker) else { continue }
                process.kill()
                let now = MonotonicClock.microseconds
                if process.ends(within: now < deadline ? Int((deadline - now) / 1000) : 0) { ended.insert(id) }
            }
            if MonotonicClock.microseconds >= deadline {
                let left = processes
                if left.isEmpty { return ended.count }
                throw Failure(processes: left)
            }
        }
    }
}
