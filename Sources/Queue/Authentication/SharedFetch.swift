import Dragonfly
import Essentials
import Web

/// What was fetched from outside for all processes, and the right to fetch it: one process does at a time, the others
/// wait for it or go without.
struct SharedFetch {
    /// How a fetch ended, or that it has not yet.
    enum State: Equatable {
        /// It is this process's to make.
        case mine
        /// Somebody makes it, until this time at most.
        case underWay(until: Timestamp)
        /// It has brought something.
        case done
        /// It has brought nothing; milliseconds until it may be tried again.
        case failed(pause: Int64)
    }

    /// The full name of the key that holds what was fetched.
    let record: String
    /// The full name of the key that holds the right.
    let lock: String

    /// What is there; nil for nothing.
    ///
    /// - Throws: `StoreError`.
    func read(_ store: Store) throws(StoreError) -> [UInt8]? {
        try store.run(Command("GET", record)).bytes
    }

    /// Asks for the right to fetch.
    ///
    /// - Parameters:
    ///   - deadline: until when the fetch is under way at most.
    ///   - milliseconds: for how long nobody else gets the right, whatever becomes of the fetch.
    /// - Throws: `StoreError`.
    func claim(_ store: Store, until deadline: Timestamp, pause milliseconds: Int64) throws(StoreError) -> State {
        // After a lost reply the claim is made again, and finds itself.
        let claim = "\(deadline.milliseconds) \(Hex.random(bytes: 8))"
        let replies = try store.run([
            Command("SET", lock, claim, "NX", "PX", String(milliseconds)), Command("GET", lock), Command("PTTL", lock),
        ])
        if replies[1].string == claim { return .mine }
        return Self.state(replies[1], pause: replies[2].integer ?? 0)
    }

    /// What has become of a fetch that somebody else makes, and what is there; nil while it is under way.
    ///
    /// - Throws: `StoreError`.
    func outcome(_ store: Store) throws(StoreError) -> (state: State, record: [UInt8]?)? {
        // In this order: what a fetch has brought is there before its end is told.
        let replies = try store.run([Command("GET", lock), Command("PTTL", lock), Command("GET", record)])
        let state = Self.state(replies[0], pause: replies[1].integer ?? 0)
        if case .underWay(let deadline) = state, Timestamp.now < deadline { return nil }
        return (state, replies[2].bytes)
    }

    private static func state(_ lock: Reply, pause: Int64) -> State {
        switch lock.string {
        case doneMark?: .done
        case let text?:
            Int64(text.prefix { $0 != " " }).map { .underWay(until: Timestamp(milliseconds: $0)) }
                ?? .failed(pause: pause)
        // It went in this moment.
        case nil: .failed(pause: 0)
        }
    }

    private static let doneMark = "done"
    private static let failedMark = "failed"

    /// Leaves what was fetched for all.
    ///
    /// - Parameters:
    ///   - keeping: for how many milliseconds.
    ///   - milliseconds: for how long nobody may fetch it again; 0 for not at all.
    /// - Throws: `StoreError`.
    func finish(
        _ store: Store, with content: [UInt8], keeping: Int64, pause milliseconds: Int64
    ) throws(StoreError) {
        let set = Command("SET", [Array(record.utf8), content, Array("PX".utf8), Array(String(keeping).utf8)])
        _ = try store.run([set, end(Self.doneMark, pause: milliseconds)])
    }

    /// Tells that nothing was fetched.
    ///
    /// - Parameter milliseconds: for how long nobody may try again; 0 for not at all.
    /// - Throws: `StoreError`.
    func fail(_ store: Store, pause milliseconds: Int64) throws(StoreError) {
        _ = try store.run(end(Self.failedMark, pause: milliseconds))
    }

    private func end(_ mark: String, pause: Int64) -> Command {
        pause > 0 ? Command("SET", lock, mark, "PX", String(pause)) : Command("DEL", lock)
    }
}
