import Glibc

/// Two generations of processes side by side, and how one gives way to the next.
extension Pool {
    /// The children of the supervisor that this process was before.
    func adoptStrangers() {
        for slot in board.slots where slot.pid > 0 && strangers.contains(slot.pid) {
            children[slot.pid] = Child(
                slot: slot, role: min(slot.role, roles.count - 1), generation: generation - 1,
                forkedAt: slot.started)
            retiring.insert(slot.pid)
            strangers.remove(slot.pid)
        }
        retiring.formUnion(strangers)
    }

    /// Once all of the new generation that take requests are ready, the old one is asked to go.
    func retireOldGeneration() {
        guard !retiring.isEmpty, isReady else { return }
        for pid in retiring { kill(pid, SIGTERM) }
        log(.notice, "reloaded: \(retiring.count) processes of the old generation asked to stop")
        retiring = []
    }

    /// Only when there is room for another generation beside those that are still ending. One that is not whole, and
    /// may never be, is no reason to wait: the reload may be what mends it.
    func reloadIfDue() {
        let needed = roles.reduce(0) { $0 + $1.count }
        guard isReloadDue else { return }
        guard board.freeCount >= needed else {
            if !isReloadDeferred { log(.notice, "reload waits until processes of an older generation have ended") }
            isReloadDeferred = true
            return
        }
        isReloadDue = false
        isReloadDeferred = false
        log(.notice, "reloading")
        manager.reloading()
        if let problem = reload.trial() {
            log(.error, "reload refused, the pool goes on as it was: \(problem)")
            announceRefusal(problem)
            return
        }
        let handover = Reload.Handover(
            scoreboard: board.descriptor, generation: generation,
            listeners: listeners.map { Reload.Handover.Socket(descriptor: $0.descriptor, own: $0.own) },
            children: Set(children.keys).union(strangers))
        let failure = reload.execute(handover)
        log(.error, "reload failed, the pool goes on as it was: \(failure)")
        announceRefusal(failure)
    }
}
