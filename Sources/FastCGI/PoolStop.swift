import Essentials
import Glibc

/// How the pool ends: all are asked to, those that end last in the end, and killed if they do not.
extension Pool {
    /// Microseconds of the time to stop that are left to those that end last.
    private static let lastReserve: UInt64 = 6_000_000

    func stop() {
        guard stopDeadline == nil else { return }
        log(.notice, "pool stopping: waiting up to \(limits.drain) s for what is in flight")
        let patience = UInt64(limits.drain) * 1_000_000
        stopDeadline = MonotonicClock.microseconds + patience
        manager.stopping("waiting for what is in flight", within: patience + Self.lastReserve)
        vacancies = []
        for listener in listeners { listener.unlinkPath() }
        for child in children.values { child.slot.pointer.pointee.drains = 1 }
        remindOfStop()
    }

    /// Said once a second, because one SIGTERM may be taken for another that came with a verdict.
    private func remindOfStop() {
        let now = MonotonicClock.microseconds
        var asked = Set(children.filter { !roles[$0.value.role].endsLast }.keys).union(strangers)
        // Those that end last, once they are alone or the time becomes short.
        if asked.isEmpty || stopDeadline.map({ now + Self.lastReserve > $0 }) ?? false {
            asked.formUnion(children.keys)
        }
        guard now - lastReminder >= 1_000_000 || !asked.isSubset(of: reminded) else { return }
        lastReminder = now
        reminded = asked
        for pid in asked { kill(pid, SIGTERM) }
    }

    /// Reminds those that have not stopped yet, and kills them once the time is over.
    func pursueStop() {
        let now = MonotonicClock.microseconds
        if let deadline = stopDeadline, now > deadline {
            for (pid, child) in children {
                log(.warning, "\(roles[child.role].name) \(pid) did not stop in \(limits.drain) s; killed")
                kill(pid, SIGKILL)
            }
            for pid in strangers { kill(pid, SIGKILL) }
            stopDeadline = .max
        } else {
            remindOfStop()
        }
    }
}
