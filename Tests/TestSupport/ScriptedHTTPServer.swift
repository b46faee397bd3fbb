import Foundation

/// A request that a `ScriptedHTTPServer` has received whole.
public struct HTTPServerRequest: Sendable {
    /// The method.
    public let method: String
    /// What the request line names: a path with its query, or a whole URL when the client takes this for its proxy.
    public let target: String
    /// The header fields in their order.
    public let fields: [(name: String, value: String)]
    /// The body, its transfer coding undone.
    public let body: [UInt8]
    /// Which connection it came by: 1 for the first that the server accepted.
    public let connection: Int
    /// When it was there whole, in `monotonicMilliseconds`.
    public let time: Int

    /// The target without its query.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// The query, empty for none.
    public var query: String { String(target.drop { $0 != "?" }.dropFirst()) }

    /// The value of a header field; nil if there is none.
    public subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// What a `ScriptedHTTPServer` does about a request.
public struct HTTPServerAnswer: Sendable {
    /// The status.
    public var status: Int
    /// Header fields besides `Content-Length`.
    public var fields: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]
    /// Seconds that it lets the client wait.
    public var delay: Double = 0
    /// Where it waits, after the delay, until the test opens it; nil for nowhere.
    public var gate: Gate?
    /// Whether the body is sent in chunks instead of with its length.
    public var isChunked = false
    /// How many bytes of the answer go out before the connection ends; nil for all, and the connection stays.
    public var cutAfter: Int?
    /// Bytes that are sent instead of all this, before the connection ends.
    public var raw: [UInt8]?
    /// What follows `raw` again and again, until the client has enough of it; nil for nothing.
    public var refrain: [UInt8]?
    /// Whether a connection that ends early is reset.
    public var isReset = false
    /// Seconds before each byte, which comes alone then; nil for all at once.
    public var pace: Double?

    /// An answer.
    public init(_ status: Int = 200, _ fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// An answer with a text.
    public init(_ status: Int = 200, _ fields: [(name: String, value: String)] = [], text: String) {
        self.init(status, fields, body: Array(text.utf8))
    }

    /// A connection that ends without an answer.
    public static var drop: HTTPServerAnswer {
        var answer = HTTPServerAnswer()
        answer.raw = []
        return answer
    }

    func bytes(to method: String) -> [UInt8] {
        if let raw { return raw }
        var head = "HTTP/1.1 \(status) Status\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        let hasBody = status >= 200 && status != 204 && status != 304
        if hasBody { head += isChunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: \(body.count)\r\n" }
        let header = Array((head + "\r\n").utf8)
        guard hasBody, method != "HEAD" else { return header }
        guard isChunked else { return header + body }
        var chunks: [UInt8] = []
        for start in stride(from: 0, to: body.count, by: 10_000) {
            let chunk = body[start..<min(start + 10_000, body.count)]
            chunks += Array((String(chunk.count, radix: 16) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
        }
        return header + chunks + Array("0\r\n\r\n".utf8)
    }
}

/// A real HTTP/1.1 server on a port of 127.0.0.1 that answers as a test wants it: a stand-in for servers of the world. Each
/// connection has a thread of its own.
public final class ScriptedHTTPServer: @unchecked Sendable {
    /// What it does about a request.
    public typealias Handler = @Sendable (HTTPServerRequest) -> HTTPServerAnswer

    /// The port that it listens on.
    public let port: UInt16
    private let listener: Int32
    private let handler: Handler
    private let lock = NSCondition()
    private var received: [HTTPServerRequest] = []
    private var beingAnswered: [Int: HTTPServerRequest] = [:]
    private var mostAtATime = 0
    private var accepted = 0
    private var open: [Int: Socket] = [:]
    private var isStopped = false

    /// Starts a server.
    ///
    /// - Parameter port: where it listens; nil for any free port.
    /// - Throws: `TestSupportError` if it cannot.
    public init(port: UInt16? = nil, _ handler: @escaping Handler) throws {
        (listener, self.port) = try Socket.listen(port: port ?? 0)
        self.handler = handler
        // Of the descriptor alone, so that the server can go while its thread waits.
        let thread = Thread { [weak self, listener] in
            while let socket = Socket.accept(from: listener) {
                guard let self, self.serve(socket) else { break }
            }
            close(listener)
        }
        thread.stackSize = 512 << 10
        thread.start()
    }

    /// Its URL with a path.
    public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The requests that it has received so far.
    public var requests: [HTTPServerRequest] { lock.withLock { received } }

    /// The requests whose answers have not begun to go out, and whose clients still wait for them.
    public var requestsUnderWay: [HTTPServerRequest] {
        lock.withLock { beingAnswered.values.sorted { $0.time < $1.time } }
    }

    /// How many requests were under way at a time, at most.
    public var mostRequestsUnderWay: Int { lock.withLock { mostAtATime } }

    /// Waits until it has received so many requests.
    ///
    /// - Parameter matches: which of them count.
    /// - Returns: whether they came within `seconds`.
    public func receives(
        _ count: Int = 1, within seconds: Double = patience, where matches: (HTTPServerRequest) -> Bool = { _ in true }
    ) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        lock.lock()
        defer { lock.unlock() }
        while received.lazy.filter(matches).count < count {
            if !lock.wait(until: deadline) { return false }
        }
        return true
    }

    /// Takes what it has received so far, and how much was under way at most, out of its memory.
    public func forgetRequests() {
        lock.withLock {
            received = []
            mostAtATime = beingAnswered.count
        }
    }

    /// How many connections it has accepted so far.
    public var connections: Int { lock.withLock { accepted } }

    /// How many connections are open.
    public var openConnections: Int { lock.withLock { open.count } }

    /// Ends it: connections are closed, and refused from now on.
    public func stop() {
        lock.withLock {
            guard !isStopped else { return }
            isStopped = true
            // Wakes the threads, who close what is theirs.
            shutdown(listener, Int32(SHUT_RDWR))
            for socket in open.values { socket.interrupt() }
        }
    }

    deinit { stop() }

    private func serve(_ socket: Socket) -> Bool {
        let number: Int? = lock.withLock {
            guard !isStopped else { return nil }
            accepted += 1
            open[accepted] = socket
            return accepted
        }
        guard let number else { return false }
        let thread = Thread { [self] in
            let reader = HTTPConnection(socket)
            while let request = try? reader.receiveRequest(connection: number), answer(request, on: socket) {}
            lock.withLock {
                open[number] = nil
                // A program that was started in this moment may have it, too.
                socket.interrupt()
                socket.close()
            }
        }
        thread.stackSize = 512 << 10
        thread.start()
        return true
    }

    /// Answers; false if the connection is to end.
    private func answer(_ request: HTTPServerRequest, on socket: Socket) -> Bool {
        lock.withLock {
            received.append(request)
            beingAnswered[request.connection] = request
            mostAtATime = max(mostAtATime, beingAnswered.count)
            lock.broadcast()
        }
        let answer = handler(request)
        // Who waits may give up, or the server be stopped.
        var isGone = answer.delay > 0 && socket.ends(within: answer.delay)
        if !isGone, let gate = answer.gate { isGone = socket.ends(within: .infinity, before: gate) }
        // Before the client has it, who may then be quick to ask for more.
        lock.withLock { beingAnswered[request.connection] = nil }
        guard !isGone else { return false }
        var bytes = answer.bytes(to: request.method)
        if let count = answer.cutAfter { bytes = Array(bytes.prefix(count)) }
        guard (try? say(bytes, answer, to: socket)) == true else { return false }
        let isWhole = answer.raw == nil && answer.cutAfter == nil
        if !isWhole, answer.isReset { socket.reset() }
        return isWhole && request["Connection"]?.lowercased() != "close"
    }

    /// Sends an answer; false if the client has gone meanwhile.
    private func say(_ bytes: [UInt8], _ answer: HTTPServerAnswer, to socket: Socket) throws -> Bool {
        if let pace = answer.pace {
            for byte in bytes {
                guard !socket.ends(within: pace) else { return false }
                try socket.send([byte])
            }
        } else {
            try socket.send(bytes)
        }
        guard let refrain = answer.refrain else { return true }
        while !socket.ends(within: 0) { try socket.send(refrain) }
        return false
    }
}
