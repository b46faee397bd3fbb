import CPosix
import Essentials
import Glibc

/// A connection to a `StreamServer`, from its first byte to its last: one request and an answer that may take its time.
public final class StreamClient {
    /// Bytes that may wait for a client; one that has more than this to take when there is more for it is cut off.
    public static let backlogLimit = 512 << 10
    /// Bytes that a body may have, which is read for nothing.
    private static let bodyLimit = 32 << 20

    enum Phase {
        /// Its request is on the way.
        case arriving
        /// Its request is here, and the end of the answer is not.
        case answering
        /// The end of the answer is on the way.
        case ending
        /// It has everything, and is expected to hang up.
        case parting
        case closed
    }

    let descriptor: Int32
    let acceptedAt: UInt64
    let acceptedTime: Timestamp
    private(set) var phase = Phase.arriving
    /// When it is closed if nothing comes to pass before, in microseconds of the monotonic clock.
    private(set) var deadline: UInt64
    /// Ten thousand of these may be arriving at the same time.
    private var parser = RequestParser(paramsLimit: 256 << 10)
    private var request: Environment?
    private var bodyCount = 0
    private var backlog = Backlog()
    private var isWatchedForWriting = false
    private unowned let server: StreamServer

    init(descriptor: Int32, server: StreamServer) {
        self.descriptor = descriptor
        self.server = server
        acceptedAt = MonotonicClock.microseconds
        acceptedTime = .now
        deadline = acceptedAt + StreamServer.Limit.arrival
    }

    /// Whether it still waits for the rest of its answer.
    public var isWaiting: Bool { phase == .answering }

    /// Whether it has been sent the end of its answer and has not taken all of it yet.
    public var isTaking: Bool { phase == .ending }

    /// The number of its request.
    var requestID: UInt16 { parser.requestID }

    /// Sends it a part of its answer, now or as soon as it takes more. One that is too far behind is cut off instead: what it
    /// reads then ends in the middle, so that it knows.
    public func send(_ chunk: Chunk) { send(CollectionOfOne(chunk)) }

    /// Sends it several parts of its answer as if they were one.
    public func send(_ chunks: some Collection<Chunk>) {
        guard phase == .answering, !chunks.isEmpty else { return }
        guard backlog.count <= Self.backlogLimit else { return close() }
        server.noteHeader(of: self)
        for chunk in chunks { backlog.append(chunk.addressed(to: requestID)) }
        flush()
    }

    /// Sends it the last part of its answer, or all of it, and ends it.
    ///
    /// - Parameter chunk: what comes after that, if others get it as well.
    public func end(with content: [UInt8] = [], followedBy chunk: Chunk? = nil) {
        guard phase == .answering else { return }
        server.noteHeader(of: self)
        let chunks = chunk.map { [Chunk(content), $0, .end] } ?? [content.isEmpty ? .end : .last(content)]
        for chunk in chunks { backlog.append(chunk.addressed(to: requestID)) }
        move(to: .ending, within: StreamServer.Limit.delivery)
        flush()
    }

    /// Sees to it that it is gone after so many microseconds, where it is not waiting for its answer.
    func hurry(_ microseconds: UInt64) {
        guard phase != .answering else { return }
        deadline = min(deadline, MonotonicClock.microseconds + microseconds)
    }

    private func move(to phase: Phase, within microseconds: UInt64?) {
        guard self.phase != .closed else { return }
        let wasWaiting = isWaiting
        self.phase = phase
        deadline = microseconds.map { MonotonicClock.microseconds + $0 } ?? .max
        if isWaiting != wasWaiting { server.noteWaiting(isWaiting ? 1 : -1) }
    }

    /// Hangs up, wherever it is in its answer.
    public func close() {
        guard phase != .closed else { return }
        move(to: .closed, within: nil)
        backlog = Backlog()
        server.forget(self)
        Glibc.close(descriptor)
    }

    // MARK: Reading

    /// Reads what is there. Returns the request if that makes it whole.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Environment? {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            let failure = errno
            if count == 0 || (failure != EAGAIN && failure != EINTR) { close() }
            return nil
        }
        // After its end nothing of the request matters any more but that the connection ends.
        guard phase == .arriving || phase == .answering else { return nil }
        let events: [RequestParser.Event]
        do throws(RequestParser.Malformed) {
            // What waits for an answer has no body: it is counted and forgotten.
            events = try parser.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { bodyCount += $0.count }
            guard bodyCount <= Self.bodyLimit else {
                throw RequestParser.Malformed(reason: "a body of more than \(Self.bodyLimit) bytes")
            }
        } catch {
            server.log("a connection was closed: it sent \(error.reason)")
            close()
            return nil
        }
        for event in events {
            switch event {
            case .variables(let environment): request = environment
            case .end: move(to: .answering, within: nil)
            case .aborted:
                // Nobody reads the answer, but the front end may wait for its end.
                if phase == .answering { end() } else { close() }
            case .reply(let bytes): reply(bytes)
            case .refused(let bytes):
                backlog.append(.verbatim(bytes))
                move(to: .ending, within: StreamServer.Limit.delivery)
                flush()
                return nil
            }
        }
        guard phase == .answering else { return nil }
        defer { request = nil }
        return request
    }

    private func reply(_ bytes: [UInt8]) {
        // Who asks and asks and does not read is no front end.
        guard phase != .closed, backlog.count <= Self.backlogLimit else { return close() }
        backlog.append(.verbatim(bytes))
        flush()
    }

    // MARK: Writing

    /// Writes as much as the connection takes.
    func flush() {
        while !backlog.isEmpty {
            let count = backlog.offer { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count <= 0 else { continue }
            switch errno {
            case EINTR: continue
            case EAGAIN: return watch(forWriting: true)
            default: return close()
            }
        }
        watch(forWriting: false)
        // Closed by us with something unread, the connection would take what it has not delivered along.
        if phase == .ending {
            shutdown(descriptor, Int32(SHUT_WR))
            move(to: .parting, within: StreamServer.Limit.parting)
        }
    }

    private func watch(forWriting isWatched: Bool) {
        guard isWatched != isWatchedForWriting else { return }
        isWatchedForWriting = isWatched
        server.watch(self, forWriting: isWatched)
    }
}
