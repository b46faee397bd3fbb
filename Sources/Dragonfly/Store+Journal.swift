import Journal

/// How a write outlives the store.
///
/// A store that is started anew may have less than was acknowledged. Each start of a server has an identity of its own, and
/// the store holds that of the start for which it was last brought up to date from the journals. A durable write asks for
/// both, once for each connection, which cannot outlive the server: where they differ, it is refused before anything is
/// touched. Then the script is run, its entry appended to the journal of this host, the disk waited for, and the client
/// told.
extension Store {
    /// The way by which a write that has to outlive a crash of the store reaches it: as `commit` has it, and into the
    /// journal of this host, where there is one.
    ///
    /// - Parameters:
    ///   - script: its first argument says whether there is a journal: `1` or nothing. If there is, it returns its answer
    ///     and a list of all that is needed to make the same again, which is empty if it has made and found nothing. One that
    ///     finds its work done already by the same request returns that list as well: the process that has done it may have
    ///     died before it could append. What would make the list too long for the server to answer in time, it may name in a
    ///     third one.
    ///   - arguments: what it is given besides, from the second argument on.
    ///   - rest: a script that is given what such a third list names, behind arguments of its own, until nothing is left, and
    ///     returns as the other does. Each list becomes an entry.
    ///   - kind: what the entry is, for who restores it.
    ///   - fields: what the entry has before that list.
    /// - Returns: the script's answer.
    /// - Throws: `StoreError`; the write may have happened all the same, unless it is `restoring` or untouched.
    public func commit(
        _ script: Script, keys: [String], arguments: [[UInt8]], journaling kind: String, _ fields: [[UInt8]],
        rest: (script: Script, arguments: [[UInt8]])? = nil
    ) throws(StoreError) -> Reply {
        guard let journal = try beginJournal() else {
            return try evaluate(script, keys: keys, arguments: [[]] + arguments)
        }
        let answer: Reply
        let position: Position?
        do {
            defer { journal.end() }
            let replies = try inRestored { connection throws(Connection.Failure) in
                let mark = [UInt8(ascii: "1")]
                var replies = [try connection.evaluate(script, keys: keys, arguments: [mark] + arguments)]
                // All from one start of the server: by one connection.
                while let rest, case let left = Self.left(by: replies), !left.isEmpty {
                    replies.append(
                        try connection.evaluate(rest.script, keys: keys, arguments: [mark] + rest.arguments + left))
                }
                return replies
            }
            guard let parts = replies.first?.array, replies.allSatisfy({ $0.array.count >= 2 }) else {
                throw .refused("a script has returned nothing for the journal")
            }
            answer = parts[0]
            let made = replies.map { $0.array[1].array.compactMap(\.bytes) }.filter { !$0.isEmpty }
            if made.isEmpty { return answer }
            position = try journaled { () throws(JournalError) in
                try journal.append(made.map { Entry(kind: kind, fields: fields + $0) })
            }
        }
        if let position { _ = try journaled { () throws(JournalError) in try journal.sync(position) } }
        return answer
    }

    /// The journal, with a write begun; nil where there is none, or none that can be written and this process goes on without
    /// (`needsJournal`).
    private func beginJournal() throws(StoreError) -> Journal? {
        do throws(JournalError) {
            try journal?.begin()
            return journal
        } catch {
            guard !needsJournal else { throw .journal(error.description, isUntouched: true) }
            return nil
        }
    }

    /// What is done to the journal once the store has the write. Nil where that fails and this process goes on without.
    private func journaled<Result>(_ body: () throws(JournalError) -> Result) throws(StoreError) -> Result? {
        do throws(JournalError) {
            return try body()
        } catch {
            guard !needsJournal else { throw .journal(error.description, isUntouched: false) }
            return nil
        }
    }

    /// What the last of some scripts has left to be asked for: less than the one before.
    private static func left(by replies: [Reply]) -> [[UInt8]] {
        func list(_ reply: Reply) -> [[UInt8]] { reply.array.count > 2 ? reply.array[2].array.compactMap(\.bytes) : [] }
        guard let last = replies.last.map(list) else { return [] }
        return replies.count == 1 || last.count < list(replies[replies.count - 2]).count ? last : []
    }

    /// Runs something where the store has all that the journals have.
    ///
    /// - Throws: `StoreError.restoring` where it has not.
    private func inRestored(
        _ body: (Connection) throws(Connection.Failure) -> [Reply]
    ) throws(StoreError) -> [Reply] {
        let replies = try attempt { connection throws(Connection.Failure) -> [Reply]? in
            guard try isRestored(connection) else { return nil }
            return try body(connection)
        }
        guard let replies else { throw .restoring }
        for reply in replies { _ = try accept(reply) }
        return replies
    }

    /// Runs something that reads what a durable write is decided by, such as that there is nothing to be changed, and that
    /// writes if so. Where there is a journal, nothing of what it finds or does not find may be from a store that lacks some
    /// of what the journals have.
    ///
    /// - Throws: `StoreError.restoring` if any of it may be; whatever it throws itself.
    public func whileRestored<Result>(_ body: () throws -> Result) throws -> Result {
        guard journal != nil else { return try body() }
        let run = try restoredRun()
        do {
            let result = try body()
            guard try restoredRun() == run else { throw StoreError.restoring }
            return result
        } catch  where !(error is StoreError) {
            guard try restoredRun() == run else { throw StoreError.restoring }
            throw error
        }
    }

    /// Which start of the server it is that the store has been restored for.
    private func restoredRun() throws(StoreError) -> String {
        let run = try attempt { connection throws(Connection.Failure) -> String? in
            try self.isRestored(connection) ? connection.run : nil
        }
        guard let run else { throw .restoring }
        return run
    }

    private func isRestored(_ connection: Connection) throws(Connection.Failure) -> Bool {
        if connection.isRestored { return true }
        let run = try connection.findRun()
        let restored = try connection.send(Command("HGET", key(DurabilityKeys.state), "run")).string
        connection.isRestored = run != nil && run == restored
        return connection.isRestored
    }

    /// Whether a write would outlive the store. Nothing is written.
    ///
    /// - Throws: `StoreError` if the store does not answer.
    public func durability() throws(StoreError) -> Durability {
        guard let journal else { return .ofStore }
        do throws(JournalError) { try journal.begin() } catch { return .failed(error.description) }
        journal.end()
        let isRestored = try attempt { connection throws(Connection.Failure) -> Bool in try self.isRestored(connection)
        }
        return isRestored ? .journaled : .restoring
    }

    // MARK: Restoring

    /// Which start of the server it is that answers; nil for a server that does not tell.
    ///
    /// - Throws: `StoreError`.
    public func run() throws(StoreError) -> String? {
        try attempt { connection throws(Connection.Failure) in try connection.findRun() }
    }

    /// Runs a script if it is this start of the server that answers.
    ///
    /// - Returns: nil if it is another one.
    /// - Throws: `StoreError`.
    public func evaluate(
        _ script: Script, keys: [String], arguments: [[UInt8]], in run: String
    ) throws(StoreError) -> Reply? {
        let reply = try attempt { connection throws(Connection.Failure) -> Reply? in
            guard try connection.findRun() == run else { return nil }
            return try connection.evaluate(script, keys: keys, arguments: arguments)
        }
        guard let reply else { return nil }
        return try accept(reply)
    }

    /// Runs a script many times in one go, not as one atomic step.
    ///
    /// - Parameter calls: the full names of its keys, and its arguments, of each run.
    /// - Returns: the reply of each run; errors are among them, but for those by which the server says that it cannot serve.
    /// - Throws: `StoreError` if the server does not answer, or cannot serve; some may have been carried out.
    public func evaluate(
        _ script: Script, calls: [(keys: [String], arguments: [[UInt8]])]
    ) throws(StoreError) -> [Reply] {
        let load = Command("SCRIPT", [Array("LOAD".utf8), script.source])
        let runs = calls.map { script.byDigest(keys: $0.keys, arguments: $0.arguments) }
        return Array(try run([load] + runs).dropFirst())
    }
}

extension Connection {
    /// Which start of the server this is a connection to: Redis has `run_id` for it, and Dragonfly, which has none, a
    /// `master_replid` that is new at each start (`ServerFamily` of its sources).
    fileprivate func findRun() throws(Failure) -> String? {
        if let run { return run }
        for section in ["server", "replication"] {
            let info = try send(Command("INFO", section)).string ?? ""
            for line in info.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0] == "run_id" || parts[0] == "master_replid" else { continue }
                run = String(parts[1])
                return run
            }
        }
        return nil
    }

    fileprivate func evaluate(_ script: Script, keys: [String], arguments: [[UInt8]]) throws(Failure) -> Reply {
        let reply = try send(script.byDigest(keys: keys, arguments: arguments))
        guard case .error(let message) = reply, message.contains("NOSCRIPT") else { return reply }
        return try send(script.bySource(keys: keys, arguments: arguments))
    }
}
