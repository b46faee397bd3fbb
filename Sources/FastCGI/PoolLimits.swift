import CPosix
import Essentials
import Glibc

/// The limits that the supervisor keeps for processes that cannot do it themselves.
extension Pool {
    /// Ends what takes longer than it may: SIGTERM with a verdict, so that the process notes where it was and answers;
    /// SIGKILL two seconds later.
    func endOvertime() {
        let now = MonotonicClock.microseconds
        for (pid, child) in children {
            let slot = child.slot.pointer
            // What it waits for has a limit of its own.
            guard child.slot.waits == .no else { continue }
            let limit: Int
            let verdict: Slot.Verdict
            switch child.slot.state {
            case .reading: (limit, verdict) = (limits.arrival, .arrival)
            case .handling, .writing: (limit, verdict) = (limits.request, .duration)
            case .free, .starting, .idle, .flushing, .stopping: continue
            }
            let began = slot.pointee.since_us
            guard now > began, now - began > UInt64(limit) * 1_000_000 else { continue }
            if slot.pointee.verdict == 0 {
                slot.pointee.verdict_since_us = began
                slot.pointee.verdict = verdict.rawValue
                let what = verdict == .arrival ? "has not arrived" : "is not answered"
                log(.warning, "\(roles[child.role].name) \(pid): its request \(what) after \(limit) s; ended")
                kill(pid, SIGTERM)
            } else if now - began > UInt64(limit + 2) * 1_000_000 {
                kill(pid, SIGKILL)
            }
        }
    }
}
