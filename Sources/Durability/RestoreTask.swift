import Agent
import Dragonfly
import Essentials
import Journal
import Logging
import Telemetry

/// Sees when the store was started anew, and brings back what this host's journal has and the store has not. Every host's
/// agent does; no durable write is taken until all of them have, or those that have not gave no sign for `Ledger.patience`.
/// What those have comes in when they are back.
public final class RestoreTask: AgentTask {
    /// What the agent calls it.
    public let name = "restoring from the journal"

    /// Microseconds between two looks at the store, between two attempts to find nobody writing, and between two signs.
    private static let pause: UInt64 = 250_000
    private static let attempt: UInt64 = 10_000
    private static let signPause: UInt64 = 1_000_000
    /// Milliseconds after which the file with the known hosts is written again, though they are the same.
    private static let hostsAge: Int64 = 3_600_000

    private enum Stage {
        /// The store may have less than the journal.
        case open
        /// It gets what it has not.
        case restoring(Restoration, since: UInt64, isLate: Bool)
        /// It has all of this host; others are waited for.
        case waiting
        /// It has all of those who are there.
        case done
    }

    private let journal: Journal
    private let restorers: [Restorer]
    private let known: KnownHosts
    /// The start of the server that all of this is about.
    private var run: String?
    private var stage = Stage.open
    private var signedAt: UInt64 = 0
    private var noted: Position?
    private var hosts: Set<String>?
    private var hostsWritten: Int64 = 0
    private var complaint: String?

    /// A task.
    ///
    /// - Parameter restorers: of each kind one.
    public init(_ journal: Journal, restorers: [Restorer]) {
        self.journal = journal
        self.restorers = restorers
        known = KnownHosts(journal)
    }

    /// Does what is due.
    public func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        do {
            let pause = try turn(agent)
            complaint = nil
            return MonotonicClock.microseconds + pause
        } catch let error as StoreError {
            throw error
        } catch {
            complain("\(error)", agent)
            return MonotonicClock.microseconds + Self.signPause
        }
    }

    /// - Returns: how long to pause, in microseconds.
    private func turn(_ agent: AgentContext) throws -> UInt64 {
        guard let run = try agent.store.run() else {
            complain("the store does not tell one start of its server from another; no durable write is taken", agent)
            return Self.signPause
        }
        let ledger = Ledger(agent.store, host: agent.host, run: run)
        if run != self.run {
            self.run = run
            stage = .open
        }
        switch stage {
        case .open: return try begin(ledger, agent)
        case .restoring(let restoration, let since, let isLate):
            if isSignDue, try ledger.sign(isDone: false) == nil { return 0 }
            guard try !restoration.step(agent.store) else { return 0 }
            guard let progress = try ledger.sign(isDone: true) else { return 0 }
            tell(restoration.count, since: since, isLate: isLate, agent)
            try conclude(progress, ledger, agent)
            return 0
        case .waiting:
            if let progress = try ledger.sign(isDone: true) { try conclude(progress, ledger, agent) }
            return Self.attempt * 10
        case .done:
            try watch(ledger)
            return Self.pause
        }
    }

    private func begin(_ ledger: Ledger, _ agent: AgentContext) throws -> UInt64 {
        guard let look = try ledger.look() else { return 0 }
        if look.isDone {
            stage = look.isRestored ? .done : .waiting
            return 0
        }
        // Whoever writes now may still tell a client that what the store before has taken will last.
        guard let end = try journal.quietEnd() else { return Self.attempt }
        guard let noted = try ledger.begin(knowing: try known.read()) else { return 0 }
        self.noted = nil
        let restoration = try Restoration(journal, from: Position(noted), to: end, by: restorers)
        stage = .restoring(restoration, since: MonotonicClock.microseconds, isLate: look.isRestored)
        if end.offset > 0 {
            agent.log.notice(
                "the store was started anew: it gets what it lacks from the journal",
                metadata: ["from": "\(noted.isEmpty ? "its beginning" : noted)", "to": "\(end)"])
        }
        return 0
    }

    /// Looks whether the store is still the one that it was, and notes what others will have to know.
    private func watch(_ ledger: Ledger) throws {
        guard let look = try ledger.look(), look.isRestored, look.isDone else {
            stage = .open
            return
        }
        let isOld = Timestamp.now.milliseconds - hostsWritten > Self.hostsAge
        if isOld || Set(look.hosts.keys) != hosts, known.write(look.hosts) {
            hosts = Set(look.hosts.keys)
            hostsWritten = Timestamp.now.milliseconds
        }
        guard isSignDue else { return }
        _ = try ledger.sign(isDone: true)
        // All that was appended is in the store.
        if let end = try journal.quietEnd(), end != noted {
            try ledger.note("\(end)")
            noted = end
        }
    }

    private var isSignDue: Bool {
        let now = MonotonicClock.microseconds
        guard now - signedAt >= Self.signPause else { return false }
        signedAt = now
        return true
    }

    private func conclude(_ progress: Ledger.Progress, _ ledger: Ledger, _ agent: AgentContext) throws {
        stage = .waiting
        switch progress {
        case .waiting: return
        case .restored: stage = .done
        case .ready(let away):
            if away.isEmpty { for restorer in restorers { try restorer.settle(agent.store) } }
            guard try ledger.declare() else { return }
            stage = .done
            if away.isEmpty {
                agent.log.notice("the store has the journals of all hosts, and takes durable writes")
            } else {
                agent.log.error(
                    "the store takes durable writes without what hosts have that give no sign; it comes in with them",
                    metadata: ["hosts": "\(away.joined(separator: ", "))"])
            }
        }
    }

    // MARK: Telling

    private func tell(_ count: Restoration.Count, since: UInt64, isLate: Bool, _ agent: AgentContext) {
        let milliseconds = (MonotonicClock.microseconds - since) / 1000
        agent.log.notice(
            "the store has all of this host's journal",
            metadata: [
                "entries": "\(count.read)", "restored": "\(count.total)", "skipped_bytes": "\(count.skipped)",
                "late": "\(isLate)", "ms": "\(milliseconds)",
            ])
        if count.refused > 0 {
            agent.log.error(
                "entries of the journal could not be restored",
                metadata: ["count": "\(count.refused)", "reasons": "\(count.complaints.joined(separator: "; "))"])
        }
        guard count.total > 0 else { return }
        agent.emit(.storeRestored) { json in
            json.member("host", agent.host)
            json.key("restored")
            json.object { json in
                for restorer in restorers {
                    json.key(restorer.kind)
                    json.integer(Int64(count.restored[restorer.kind] ?? 0))
                }
            }
            json.member("late", isLate)
        }
    }

    private func complain(_ reason: String, _ agent: AgentContext) {
        guard reason != complaint else { return }
        complaint = reason
        agent.log.error("the journal is of no use: \(reason)")
    }
}

extension EventType {
    /// A store that was started anew has got what it lacked from the journal of a host.
    static let storeRestored = EventType("store.restored")
}
