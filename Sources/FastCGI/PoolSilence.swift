import Essentials
import Glibc

/// Processes with a loop of their own that do not go around it any more.
extension Pool {
    /// Microseconds without a beat after which a process is ended. All that a turn waits for has time-outs of a second
    /// at most, but for the name of the store: where no server answers, glibc asks each of three twice, for 5 s
    /// (resolv.conf(5)), with a domain and without, for each family of addresses. To end who waits for that helps
    /// nobody.
    private static let silenceLimit: UInt64 = 180_000_000
    /// Microseconds that it has to say where it was.
    private static let lastWords: UInt64 = 5_000_000

    /// Ends who is silent for too long: SIGABRT, so that it leaves its stack for its successor to report; SIGKILL five
    /// seconds later.
    func endSilent() {
        let now = MonotonicClock.microseconds
        for (pid, var child) in children {
            let silence = child.pulse.silence(after: child.slot.pointer.pointee.beat_us, at: now)
            if silence > Self.silenceLimit + Self.lastWords {
                kill(pid, SIGKILL)
            } else if silence > Self.silenceLimit, !child.isGivenUp {
                child.isGivenUp = true
                log(
                    .warning,
                    "\(roles[child.role].name) \(pid) has not gone around its loop for "
                        + "\(Self.silenceLimit / 1_000_000) s; ended")
                kill(pid, SIGABRT)
            }
            children[pid] = child
        }
    }
}
