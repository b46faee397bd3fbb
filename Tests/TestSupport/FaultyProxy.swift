import Foundation

/// What stands between a store and its clients, and passes on what they say to each other, unless it is told to be bad at
/// it. It listens on a port of 127.0.0.1 and ends with its owner; each connection has a thread of its own.
///
/// A fault strikes exchanges, which begin when something comes from a client, and end with the next that comes from it:
/// those that begin while it is set. Which of them, and with what, follows from the seed and from the number of the
/// connection.
public final class FaultyProxy: @unchecked Sendable {
    /// When in an exchange something happens.
    public enum Moment: String, Sendable, CaseIterable {
        /// The client has said something, and the store has not heard it.
        case asked
        /// The store has done what it was asked, and nobody is told.
        case done
        /// The client has half of the reply.
        case half
    }

    /// What may be wrong.
    public enum Fault: Sendable, Equatable {
        /// Nothing.
        case none
        /// Each reply comes so many seconds late.
        case slow(Double)
        /// Nothing more is passed on. What was not passed on to the store before reaches it when the fault is over, whoever
        /// still waits for that; no reply ever reaches a client.
        case hanging(Moment)
        /// The connection is reset.
        case resetting(Moment)
        /// The store does what it was asked, and says something else about it.
        case rubbish(Rubbish)
    }

    /// The port that it listens on.
    public let port: UInt16
    private let listener: Int32
    private let store: Address
    private let seed: UInt64
    private let lock = NSLock()
    private var fault = Fault.none
    private var share = 1
    private var isOver = Gate()
    private var open: [Int: (client: Socket, store: Socket)] = [:]
    private var isStopped = false
    private var accepted = 0
    private var begun = 0
    private var struck = 0
    private var mostSaid = 0

    /// Starts a proxy.
    ///
    /// - Parameter seed: what is random about its faults.
    /// - Throws: `TestSupportError` if it cannot listen.
    public init(_ store: Address, seed: UInt64 = 1) throws {
        (listener, port) = try Socket.listen(port: 0)
        self.store = store
        self.seed = seed
        signal(SIGPIPE, SIG_IGN)
        // Of the descriptor alone, so that the proxy can go while its thread waits.
        Self.onThread { [weak self, listener] in
            while let client = Socket.accept(from: listener) {
                guard let self, let number = self.admit() else { break }
                Self.onThread { self.serve(client, number) }
            }
            close(listener)
        }
    }

    /// Its address as `DRAGONFLY_URL` has it.
    public var url: String { "redis://127.0.0.1:\(port)/0" }

    /// Sets what is wrong from now on; what was wrong before is over.
    ///
    /// - Parameter share: how many exchanges there are, about, for one that is struck.
    public func set(_ fault: Fault, share: Int = 1) {
        lock.withLock {
            self.fault = fault
            self.share = share
            isOver.open()
            isOver = Gate()
        }
    }

    /// Says something to all clients that are connected, which nobody has asked for.
    public func interject(_ bytes: [UInt8]) {
        lock.withLock { for pair in open.values { try? pair.client.send(bytes) } }
    }

    /// How many connections it has accepted so far.
    public var connections: Int { lock.withLock { accepted } }
    /// How many exchanges have begun so far.
    public var exchanges: Int { lock.withLock { begun } }
    /// How many of them were struck by a fault.
    public var hits: Int { lock.withLock { struck } }
    /// The most bytes of rubbish that a client has listened to in an exchange.
    public var mostRubbish: Int { lock.withLock { mostSaid } }

    /// Ends it: connections are closed, and refused from now on.
    public func stop() {
        lock.withLock {
            guard !isStopped else { return }
            isStopped = true
            isOver.open()
            // Wakes the threads, who close what is theirs.
            shutdown(listener, Int32(SHUT_RDWR))
            for pair in open.values { for socket in [pair.client, pair.store] { socket.interrupt() } }
        }
    }

    deinit { stop() }

    // MARK: A connection

    private static func onThread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { body() }
        thread.stackSize = 512 << 10
        thread.start()
    }

    /// The number of a new connection; nil for none any more.
    private func admit() -> Int? {
        lock.withLock {
            accepted += 1
            return isStopped ? nil : accepted
        }
    }

    private func serve(_ client: Socket, _ number: Int) {
        guard let server = try? Socket(store) else { return client.reset() }
        let isWanted = lock.withLock {
            open[number] = (client, server)
            return !isStopped
        }
        if isWanted { try? exchange(client, server, number) }
        lock.withLock { open[number] = nil }
        client.close()
        server.close()
    }

    /// What strikes an exchange that begins now, and when that is over.
    private func strike(_ random: inout SplitMix) -> (fault: Fault, isOver: Gate) {
        lock.withLock {
            begun += 1
            let isStruck = fault != .none && Int.random(in: 0..<share, using: &random) == 0
            if isStruck { struck += 1 }
            return (isStruck ? fault : .none, isOver)
        }
    }

    /// Passes on what each side says, until one of them ends the connection, or a fault does.
    private func exchange(_ client: Socket, _ server: Socket, _ number: Int) throws {
        var random = SplitMix(state: seed &+ UInt64(number))
        var current = (fault: Fault.none, isOver: Gate())
        while true {
            let (asks, replies) = Socket.readable(client, server)
            // First: a server that ends a connection may have said why, and not hear any more.
            if replies {
                let reply = try server.receive()
                guard !reply.isEmpty, try pass(reply, to: client, current, &random) else { return }
                // What else there is of this reply follows as it is.
                current.fault = .none
            } else if asks {
                let request = try client.receive()
                guard !request.isEmpty else { return }
                current = strike(&random)
                switch current.fault {
                case .resetting(.asked): return client.reset()
                case .hanging(.asked): current.isOver.wait()
                default: break
                }
                do { try server.send(request) } catch {
                    return try client.send(server.receive())
                }
            }
        }
    }

    /// Tells a client what the store has said, or something else; false if the connection is to end.
    private func pass(
        _ reply: [UInt8], to client: Socket, _ current: (fault: Fault, isOver: Gate), _ random: inout SplitMix
    ) throws -> Bool {
        let half = reply[..<(reply.count / 2)]
        switch current.fault {
        case .none, .resetting(.asked), .hanging(.asked): try client.send(reply)
        case .slow(let seconds):
            guard !client.ends(within: seconds) else { return false }
            try client.send(reply)
        case .hanging(let moment):
            if moment == .half { try client.send(half) }
            _ = client.ends(within: .infinity, before: current.isOver)
            client.reset()
            return false
        case .resetting(let moment):
            if moment == .half { try client.send(half) }
            client.reset()
            return false
        case .rubbish(let rubbish):
            var said = 0
            defer { lock.withLock { mostSaid = max(mostSaid, said) } }
            for piece in rubbish.pieces(inPlaceOf: reply, &random) {
                guard !client.ends(within: piece.delay) else { return false }
                try client.send(piece.bytes)
                said += piece.bytes.count
            }
        }
        return true
    }
}
