import CPosix
import Essentials
import Glibc

/// A supervisor and the processes that it forks. It opens no store and starts no thread: it counts, forks and signals.
///
/// SIGTERM and SIGINT drain it, SIGHUP reloads it, with a new binary if there is one.
public final class Pool {
    struct Child {
        let slot: Slot
        let role: Int
        let generation: UInt32
        let forkedAt: UInt64
        var pulse = Pulse()
        /// Whether it was told to end because it is silent.
        var isGivenUp = false
    }

    /// A process that has to be forked, not before a time: who dies at once is not replaced at once.
    struct Vacancy {
        let role: Int
        let notBefore: UInt64
    }

    let roles: [Role]
    let limits: Limits
    let listeners: [Listener]
    let log: (Severity, String) -> Void
    let reload: Reload
    let manager: ServiceManager

    let board: Scoreboard
    let generation: UInt32
    var children: [Int32: Child] = [:]
    var vacancies: [Vacancy] = []
    private var earlyDeaths: [Int: Int] = [:]
    var retiring: Set<Int32> = []
    var strangers: Set<Int32> = []
    var stopDeadline: UInt64?
    var isReloadDue = false
    var isReloadDeferred = false
    var lastReminder: UInt64 = 0
    var reminded: Set<Int32> = []
    /// Whether the service manager knows that this generation is ready.
    var isAnnounced = false

    /// Prepares a pool: makes the scoreboard, or takes over that of the supervisor that this process was before an
    /// exec.
    ///
    /// - Parameter fingerprint: tells one table of routes from another; a scoreboard with another one is not taken
    ///   over.
    /// - Throws: `PoolError` if the memory cannot be had.
    public init(
        roles: [Role], listeners: [Listener], limits: Limits, fingerprint: UInt64, reload: Reload,
        manager: ServiceManager, log: @escaping (Severity, String) -> Void
    ) throws(PoolError) {
        self.roles = roles
        self.listeners = listeners
        self.limits = limits
        self.reload = reload
        self.manager = manager
        self.log = log
        let count = roles.reduce(0) { $0 + $1.count }
        // Twice as many, for the time in which two generations live side by side.
        let needed = count * 2 + 4
        if let handover = reload.handover {
            if let inherited = Scoreboard(descriptor: handover.scoreboard, atLeast: needed, fingerprint: fingerprint) {
                board = inherited
            } else {
                board = try Scoreboard(slots: needed, fingerprint: fingerprint)
                close(handover.scoreboard)
            }
            generation = handover.generation + 1
            strangers = handover.children
        } else {
            board = try Scoreboard(slots: needed, fingerprint: fingerprint)
            generation = 1
        }
    }

    /// Runs until it is told to stop and all children are gone.
    public func run() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGCHLD] { sigaddset(&signals, signal) }
        sigprocmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        adoptStrangers()
        for (role, kind) in roles.enumerated() {
            for _ in 0..<kind.count { vacancies.append(Vacancy(role: role, notBefore: 0)) }
        }
        fillVacancies()
        log(.notice, "pool \(generation == 1 ? "started" : "reloaded"): \(summary)")

        while stopDeadline == nil || !children.isEmpty || !strangers.isEmpty {
            var pause = timespec(tv_sec: 0, tv_nsec: nextPauseMilliseconds() * 1_000_000)
            switch sigtimedwait(&signals, nil, &pause) {
            case SIGTERM, SIGINT: stop()
            case SIGHUP: isReloadDue = true
            default: break
            }
            reap()
            if stopDeadline != nil { pursueStop() }
            endOvertime()
            endSilent()
            if stopDeadline == nil {
                fillVacancies()
                retireOldGeneration()
                announceReadiness()
                reloadIfDue()
            }
            // Only now: whoever hangs in tending the others is not alive.
            manager.keepAlive()
        }
        log(.notice, "pool stopped")
    }

    private func nextPauseMilliseconds() -> Int {
        // A vacancy that is due soon, and a generation that begins or waits to be relieved, are looked after closely.
        vacancies.isEmpty && isAnnounced && retiring.isEmpty && !isReloadDue && stopDeadline == nil ? 500 : 20
    }

    // MARK: Forking

    private func fillVacancies() {
        let now = MonotonicClock.microseconds
        var left: [Vacancy] = []
        for vacancy in vacancies {
            guard vacancy.notBefore <= now, let slot = board.claim() else {
                left.append(vacancy)
                continue
            }
            if !fork(vacancy.role, into: slot) {
                left.append(Vacancy(role: vacancy.role, notBefore: now + 1_000_000))
            }
        }
        vacancies = left
    }

    private func fork(_ role: Int, into slot: Slot) -> Bool {
        let supervisor = getpid()
        // Left behind by the last process of the slot, unless that died in disorder: then its successor reports it.
        slot.pointer.pointee.verdict = 0
        slot.pointer.pointee.drains = 0
        slot.pointer.pointee.clients = 0
        slot.waits = .no
        slot.pointer.pointee.connection = -1
        slot.pointer.pointee.role = UInt32(role)
        slot.pointer.pointee.generation = generation
        slot.pointer.pointee.started_us = MonotonicClock.microseconds
        slot.pointer.pointee.served = 0
        slot.pointer.pointee.beat_us = 0
        slot.state = .starting
        let pid = chimney_fork()
        guard pid != 0 else { child(role, slot, supervisor) }
        guard pid > 0 else {
            slot.state = .free
            slot.pid = 0
            log(.error, "cannot fork: \(String(cString: strerror(errno)))")
            return false
        }
        slot.pid = pid
        children[pid] = Child(slot: slot, role: role, generation: generation, forkedAt: MonotonicClock.microseconds)
        return true
    }

    private func child(_ role: Int, _ slot: Slot, _ supervisor: Int32) -> Never {
        slot.pid = getpid()
        chimney_set_process_name("chimney \(roles[role].name)")
        _ = chimney_die_with_parent(SIGTERM)
        // SIGTERM and SIGINT stay blocked until the role has its handlers.
        for number in [SIGHUP, SIGCHLD] { signal(number, SIG_DFL) }
        var heard = sigset_t()
        sigemptyset(&heard)
        sigaddset(&heard, SIGHUP)
        sigaddset(&heard, SIGCHLD)
        sigprocmask(SIG_UNBLOCK, &heard, nil)
        guard getppid() == supervisor else { _exit(0) }
        for (index, listener) in listeners.enumerated() where index != roles[role].listener { listener.leave() }
        do {
            try roles[role].run(slot, board)
            _exit(0)
        } catch {
            log(.error, "\(roles[role].name): \(error)")
            _exit(1)
        }
    }

    // MARK: Ending

    private func reap() {
        while true {
            var status: Int32 = 0
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            retiring.remove(pid)
            strangers.remove(pid)
            // A process that died while it cleaned up an orphaned slot lets go of it.
            for slot in board.slots where slot.pid == -pid { slot.pid = 0 }
            guard let child = children.removeValue(forKey: pid) else { continue }
            bury(pid, child, status)
        }
    }

    private func bury(_ pid: Int32, _ child: Child, _ status: Int32) {
        let signal = chimney_wait_signal(status)
        let exitStatus = chimney_wait_exit(status)
        let slot = child.slot.pointer
        let wasReady = child.slot.state != .starting
        let inOrder = exitStatus == 0
        if !inOrder {
            slot.pointee.dead_pid = pid
            slot.pointee.dead_signal = signal
            slot.pointee.dead_exit = exitStatus
            slot.pointee.dead_role = UInt32(child.role)
            slot.pointee.dead_state = slot.pointee.state
            slot.pointee.dead_verdict = UInt32(slot.pointee.verdict)
        }
        let served = slot.pointee.served
        child.slot.state = .free
        child.slot.pid = 0
        let isReplaced = stopDeadline == nil && child.generation == generation
        var notBefore: UInt64 = 0
        let now = MonotonicClock.microseconds
        // Whom somebody killed, or a request crashed, is replaced at once; who cannot begin is not.
        let isYoung = now - child.forkedAt < UInt64(roles[child.role].steadyAfter) * 1_000_000
        if !inOrder && (isYoung || served == 0 && (!wasReady || exitStatus > 0)) {
            let deaths = min((earlyDeaths[child.role] ?? 0) + 1, 16)
            earlyDeaths[child.role] = deaths
            // One may have been bad luck (a kill at a bad moment); more are a pattern.
            if deaths > 1 { notBefore = now + min(10_000_000, 50_000 << UInt64(deaths)) }
        } else {
            earlyDeaths[child.role] = 0
        }
        if !inOrder {
            let cause =
                signal != 0 ? "of SIG" + String(cString: chimney_signal_name(signal)) : "with status \(exitStatus)"
            let delay = isReplaced && notBefore > now ? ", the next one in \((notBefore - now) / 1000) ms" : ""
            log(.warning, "\(roles[child.role].name) \(pid) ended \(cause)\(delay)")
        }
        guard isReplaced else {
            // It has no successor to report it, so somebody else is asked to look.
            if !inOrder, let heir = children.first(where: { $0.value.generation == generation }) {
                kill(heir.key, SIGUSR1)
            }
            return
        }
        vacancies.append(Vacancy(role: child.role, notBefore: notBefore))
    }
}
