import Essentials
import Journal

/// The store as a process sees it: one connection, made when it is first needed and again after it was lost.
///
/// While the server does not answer, attempts are spaced out, and everything between two of them fails at once: a dead
/// store costs a request microseconds.
public final class Store {
    /// How the last attempt to talk to the server went.
    public enum Condition: Sendable, Equatable {
        /// Nothing was tried yet.
        case untried
        /// It answers.
        case connected
        /// It does not, for this reason.
        case unavailable(String)
    }

    /// Milliseconds until a connection has to stand.
    public static let dialLimit = 1000
    /// Milliseconds until a command has to be answered.
    public static let commandLimit = 200
    /// Milliseconds between attempts while the server is away: at first, and at most. The latter bounds how long after
    /// its return everything is normal again.
    static let retryPauses = 50...500

    /// What all keys begin with.
    public let prefix: String
    /// Where acknowledged writes are kept besides; nil where they are in the store alone.
    public let journal: Journal?
    /// Whether a durable write is refused where the journal cannot be written.
    let needsJournal: Bool
    /// Whether the process goes by this store's time (`SharedClock`).
    private let tellsTime: Bool
    /// How the last attempt went.
    public private(set) var condition = Condition.untried

    private let url: StoreURL
    private let dial: Int
    private let timeout: Int
    private var connection: Connection?
    private var retryAt: UInt64 = 0
    private var failures = 0

    /// A store; it is not contacted before the first command.
    ///
    /// - Parameters:
    ///   - needsJournal: whether a durable write is refused where the journal cannot be written. Whoever tells of what it has
    ///     done already cannot take that back, and writes without.
    ///   - tellsTime: whether the process goes by this store's time.
    public init(
        url: StoreURL, prefix: String = "chimney:", dial: Int = dialLimit, timeout: Int = commandLimit,
        journal: Journal? = nil, needsJournal: Bool = true, tellsTime: Bool = false
    ) {
        self.journal = journal
        self.needsJournal = needsJournal
        self.tellsTime = tellsTime
        self.url = url
        self.prefix = prefix
        self.dial = dial
        self.timeout = timeout
    }

    /// The full name of a key.
    public func key(_ name: String) -> String { prefix + name }

    /// Whether a command sent now would reach out to the server, rather than fail because an attempt failed just
    /// before.
    public var isDue: Bool { connection != nil || MonotonicClock.microseconds >= retryAt }

    /// Runs a command. It is repeated once if the connection had been closed in the meantime: every command of
    /// chimney's can be, but for `awaitMove`.
    ///
    /// - Throws: `StoreError`.
    public func run(_ command: Command) throws(StoreError) -> Reply {
        try accept(attempt { connection throws(Connection.Failure) in try connection.send(command) })
    }

    /// Moves the last element of a list to the front of another, and waits for one where there is none
    /// (https://redis.io/docs/latest/commands/blmove/). A signal does not end the wait.
    ///
    /// Unlike every other command it is not repeated where the connection was closed. After an error the element may have
    /// been moved all the same, even some time later: by a wait that the server does not know to be nobody's any more. So
    /// whoever takes elements looks into the other list before each wait.
    ///
    /// - Parameters:
    ///   - source: the full name of the list.
    ///   - destination: the full name of the other, which shares its hash tag.
    ///   - seconds: for how long to wait, at least 1.
    /// - Returns: the element; nil if none came.
    /// - Throws: `StoreError`.
    public func awaitMove(
        from source: String, to destination: String, seconds: Int
    ) throws(StoreError) -> [UInt8]? {
        let command = Command("BLMOVE", source, destination, "RIGHT", "LEFT", String(seconds))
        let limit = seconds * 1000 + timeout
        let reply = try attempt(isRepeatable: false) { connection throws(Connection.Failure) in
            try connection.send(command, within: limit)
        }
        return try accept(reply).bytes
    }

    /// Runs several commands in one round trip, not as one atomic step. Errors of single commands are among the
    /// replies, but for those by which the server says that it cannot serve.
    ///
    /// - Throws: `StoreError` if the server does not answer, or cannot serve; some may have been carried out.
    public func run(_ commands: [Command]) throws(StoreError) -> [Reply] {
        let replies = try attempt { connection throws(Connection.Failure) in try connection.send(commands) }
        for case .error(let message) in replies {
            if case .unavailable = StoreError(reply: message) { _ = try accept(.error(message)) }
        }
        return replies
    }

    /// Runs a script that only reads, or whose effect nobody was promised.
    ///
    /// - Parameters:
    ///   - keys: full names of all keys that it touches; they share a hash tag.
    ///   - arguments: what it is given besides.
    /// - Throws: `StoreError`.
    public func evaluate(_ script: Script, keys: [String], arguments: [[UInt8]] = []) throws(StoreError) -> Reply {
        do {
            return try run(script.byDigest(keys: keys, arguments: arguments))
        } catch .refused(let message) where message.contains("NOSCRIPT") {
            return try run(script.bySource(keys: keys, arguments: arguments))
        }
    }

    /// The one way by which a write that is acknowledged to a client reaches the store: a script, atomic, with its keys
    /// declared, and of the same effect when it is run twice. What has to outlive a crash of the store goes by the other
    /// `commit`. This one is for what a crash may take back: what is invalid in a cache that is gone with it, the log level,
    /// and calls to deploy, which a host must not begin anew because a store has been restored.
    ///
    /// - Throws: `StoreError`; the write may have happened all the same if the server did not answer.
    public func commit(_ script: Script, keys: [String], arguments: [[UInt8]]) throws(StoreError) -> Reply {
        try evaluate(script, keys: keys, arguments: arguments)
    }

    /// A reply that is no error.
    func accept(_ reply: Reply) throws(StoreError) -> Reply {
        guard case .error(let message) = reply else { return reply }
        let error = StoreError(reply: message)
        // A server that cannot serve any more may not be the right one any more: the next command asks anew where it is.
        if case .unavailable = error { connection = nil }
        throw error
    }

    func attempt<Result>(
        isRepeatable: Bool = true, _ body: (Connection) throws(Connection.Failure) -> Result
    ) throws(StoreError) -> Result {
        if let connection {
            do {
                return try inTime(connection, body)
            } catch {
                self.connection = nil
                guard error.isDisconnect else { throw failed(error) }
                guard isRepeatable else { throw .unavailable(error.reason) }
            }
        } else if MonotonicClock.microseconds < retryAt, case .unavailable(let reason) = condition {
            throw .unavailable(reason)
        }
        do {
            let fresh = try Connection(url, dial: dial, timeout: timeout)
            let result = try inTime(fresh, body)
            connection = fresh
            condition = .connected
            failures = 0
            return result
        } catch {
            throw failed(error)
        }
    }

    /// Runs something, and asks what time it is before where that is due.
    private func inTime<Result>(
        _ connection: Connection, _ body: (Connection) throws(Connection.Failure) -> Result
    ) throws(Connection.Failure) -> Result {
        guard tellsTime, SharedClock.isDue else { return try body(connection) }
        let began = MonotonicClock.microseconds
        let reply = try connection.send(Command("TIME"))
        SharedClock.hear(reply.time, askedAt: began)
        do {
            return try body(connection)
        } catch {
            // A server that has no room for another client says so once, and hangs up.
            guard error.isDisconnect, case .error(let message) = reply else { throw error }
            throw Connection.Failure(reason: message, isDisconnect: true)
        }
    }

    private func failed(_ failure: Connection.Failure) -> StoreError {
        let pause = Self.pause(after: failures)
        failures += 1
        retryAt = MonotonicClock.microseconds + UInt64(pause) * 1000
        condition = .unavailable(failure.reason)
        return .unavailable(failure.reason)
    }

    /// Milliseconds until the next attempt, where so many have failed before the one that has just failed.
    static func pause(after failures: Int) -> Int {
        min(retryPauses.upperBound, retryPauses.lowerBound << min(failures, 10))
    }
}
