import Dragonfly
import Essentials
import Glibc
import Journal

/// What the agent does by itself after each start of the store, done by hand, with the whole journal of this host.
public struct ManualRestoration {
    /// What keeps it from being done.
    public struct Failure: Error, CustomStringConvertible {
        /// A sentence for the operator.
        public let description: String
    }

    /// Microseconds that others have to end a write, and to restore what they have.
    private static let turnLimit: UInt64 = 5_000_000
    private static let othersLimit: UInt64 = 60_000_000
    private static let pause: UInt32 = 50_000

    private let journal: Journal
    private let restorers: [Restorer]
    private let store: Store
    private let host: String

    /// For a host.
    ///
    /// - Parameter restorers: of each kind one.
    public init(_ journal: Journal, restorers: [Restorer], store: Store, host: String) {
        self.journal = journal
        self.restorers = restorers
        self.store = store
        self.host = host
    }

    /// Looks, and changes nothing.
    ///
    /// - Parameter say: is given sentences.
    /// - Returns: whether the store takes durable writes.
    /// - Throws: `Failure`, `StoreError`, `JournalError`.
    public func check(say: (String) -> Void) throws -> Bool {
        var reader = try journal.read(from: nil, to: try journal.position())
        var counts: [String: Int] = [:]
        while let entries = try reader.next() {
            for entry in entries { counts[entry.kind, default: 0] += 1 }
        }
        let kinds = counts.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
        say("The journal in \(journal.directory) has \(kinds.isEmpty ? "no entries" : kinds.joined(separator: ", ")).")
        if reader.skipped > 0 {
            say("\(reader.skipped) bytes of it are no entries: they were not written to their end.")
        }
        guard let look = try ledger().look() else { throw Self.restarted }
        let others = look.hosts.keys.filter { $0 != host }.sorted()
        say("Other hosts with a journal: \(others.isEmpty ? "none" : others.joined(separator: ", ")).")
        say(
            look.isDone
                ? "The store has all of this journal."
                : "The store was started anew, and may not have all of this journal.")
        say(
            look.isRestored
                ? "It takes durable writes."
                : "It takes no durable writes before all hosts have restored what they have.")
        return look.isRestored
    }

    /// Restores what the store lacks of this host's journal, and waits for the other hosts.
    ///
    /// - Parameters:
    ///   - isAlone: whether the other hosts are not waited for.
    ///   - say: is given sentences.
    /// - Returns: whether the store takes durable writes now.
    /// - Throws: `Failure`, `StoreError`, `JournalError`; `KnownHosts.Unreadable`.
    public func run(isAlone: Bool, say: (String) -> Void) throws -> Bool {
        let ledger = try ledger()
        var limit = MonotonicClock.microseconds + Self.turnLimit
        var end = try journal.quietEnd()
        while end == nil, MonotonicClock.microseconds < limit {
            usleep(Self.pause)
            end = try journal.quietEnd()
        }
        guard let end else { throw Failure(description: "Somebody else keeps the journal locked; try again.") }
        let known = KnownHosts(journal)
        guard try ledger.begin(knowing: try known.read()) != nil, let look = try ledger.look() else {
            throw Self.restarted
        }
        known.write(look.hosts)
        let restoration = try Restoration(journal, from: nil, to: end, by: restorers)
        while try restoration.step(store) {
            guard try ledger.sign(isDone: false) != nil else { throw Self.restarted }
        }
        let count = restoration.count
        say("Of \(count.read) entries in \(journal.directory) the store lacked \(count.total).")
        if count.skipped > 0 { say("\(count.skipped) bytes are no entries: they were not written to their end.") }
        if count.refused > 0 {
            say("\(count.refused) could not be restored: \(count.complaints.joined(separator: "; ")).")
        }
        limit = MonotonicClock.microseconds + Self.othersLimit
        while true {
            switch try ledger.sign(isDone: true, isAlone: isAlone) {
            case nil: throw Self.restarted
            case .restored: return true
            case .ready(let away):
                if away.isEmpty { for restorer in restorers { try restorer.settle(store) } }
                if try ledger.declare(), !away.isEmpty {
                    say("What \(away.joined(separator: ", ")) may have comes in when their agents are back.")
                }
                return true
            case .waiting(let others):
                guard MonotonicClock.microseconds < limit else {
                    say("\(others.joined(separator: ", ")) have not restored what they have.")
                    return false
                }
                usleep(Self.pause)
            }
        }
    }

    private func ledger() throws -> Ledger {
        // A connection to a server that has ended is found out.
        _ = try store.run(Command("PING"))
        guard let run = try store.run() else {
            throw Failure(description: "The store does not tell one start of its server from another.")
        }
        return Ledger(store, host: host, run: run)
    }

    private static let restarted = Failure(description: "The store was started anew meanwhile; try again.")
}
