import TestSupport

/// Carries inputs to the sockets of a pool, and looks at what comes back.
struct RecordClient: Sendable {
    private let worker: Address
    private let streamer: Address

    /// A client of a pool.
    init(_ pool: PoolProcess) {
        worker = .unix(pool.socket)
        streamer = .unix(pool.streamSocket)
    }

    /// Carries an input. Returns what is wrong with what came of it; nil if nothing is.
    func carry(_ input: RecordInput) -> String? {
        do {
            let socket = try Socket(input.listener == .worker ? worker : streamer)
            return try carry(input, over: socket)
        } catch {
            return "\(error)"
        }
    }

    private func carry(_ input: RecordInput, over socket: Socket) throws -> String? {
        let isExpected = input.request != nil
        do {
            try send(input, over: socket)
        } catch  where !isExpected {
            // Whoever cannot understand what comes need not hear the rest; but may not leave it there either.
            guard case .system = error as? Socket.Failure else { return "it is not taken: \(error)" }
        }
        switch input.ending {
        case .hangUp: return nil
        case .linger:
            _ = socket.isReadable(within: 0.2)
            return nil
        case .hangUpUnread:
            return socket.isReadable(within: patience) ? nil : "no answer"
        case .closeWriting:
            socket.closeWriting()
            return try readRest(of: socket)
        case .read:
            guard let request = input.request else { return try readRest(of: socket) }
            if request.isStream, input.listener == .streamer { return try readHead(of: input, from: socket) }
            return try readAnswer(to: request, of: input, from: socket)
        }
    }

    private func send(_ input: RecordInput, over socket: Socket) throws {
        switch input.delivery {
        case .whole: try socket.send(input.bytes)
        case .byBytes: for byte in input.bytes { try socket.send(CollectionOfOne(byte)) }
        case .pieces(let ends):
            var start = 0
            for end in ends {
                try socket.send(input.bytes[start..<end])
                start = end
            }
        }
    }

    /// Reads whatever comes of what was no request. It may be anything but a fault of the server's, and has to end.
    private func readRest(of socket: Socket) throws -> String? {
        var answer = RecordedAnswer()
        do {
            while try answer.take(socket.receive()) {}
        } catch Socket.Failure.system {
            return nil
        } catch {
            return "it is neither answered nor hung up on"
        }
        return answer.output.starts(with: Array("Status: 500".utf8)) ? "answered with 500" : nil
    }

    /// Reads until a stream has begun.
    private func readHead(of input: RecordInput, from socket: Socket) throws -> String? {
        var answer = RecordedAnswer()
        while answer.output.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
            guard try answer.take(socket.receive()) else { return "the stream ended before it began" }
        }
        return fault(of: try .init(parsing: answer.output), status: [200], input)
    }

    private func readAnswer(to request: RecordRequest, of input: RecordInput, from socket: Socket) throws -> String? {
        var answer = RecordedAnswer()
        while try answer.take(socket.receive()) {}
        guard answer.isWhole(of: input.id) else { return "the answer is not whole: \(answer)" }
        let parsed = try FastCGIClient.Answer(parsing: answer.output)
        if let fault = fault(of: parsed, status: request.statuses(of: input.listener), input) { return fault }
        let length = parsed["Content-Length"].flatMap { Int($0) }
        let isWhole = request.method == "HEAD" ? parsed.body.isEmpty : length ?? 0 == parsed.body.count
        return isWhole ? nil : "a body of \(parsed.body.count) bytes where \(length ?? 0) were announced"
    }

    private func fault(of answer: FastCGIClient.Answer, status: Set<Int>, _ input: RecordInput) -> String? {
        guard status.contains(answer.status) else {
            return "\(answer.status) instead of \(status): \(String(decoding: answer.body.prefix(300), as: UTF8.self))"
        }
        let id = answer["X-Request-ID"] ?? "nobody"
        return id == input.requestID ? nil : "the answer to \(id)"
    }
}

/// The records that have come back over a connection.
private struct RecordedAnswer: CustomStringConvertible {
    /// The content of the records of `FCGI_STDOUT`, whatever their request.
    private(set) var output: [UInt8] = []
    /// Kind and id of each record.
    private var records: [(kind: UInt8, id: UInt16)] = []
    private var pending: [UInt8] = []

    var description: String { "\(records.suffix(5)), \(String(decoding: output.prefix(300), as: UTF8.self))" }

    /// Takes what has come. False at the end.
    mutating func take(_ bytes: [UInt8]) -> Bool {
        pending += bytes
        var at = 0
        while at + 8 <= pending.count {
            let length = Int(pending[at + 4]) << 8 | Int(pending[at + 5])
            let next = at + 8 + length + Int(pending[at + 6])
            guard next <= pending.count else { break }
            records.append((pending[at + 1], UInt16(pending[at + 2]) << 8 | UInt16(pending[at + 3])))
            if pending[at + 1] == WireRecord.Kind.stdout { output += pending[at + 8..<at + 8 + length] }
            at = next
        }
        pending.removeFirst(at)
        return !bytes.isEmpty
    }

    /// Whether the answer to a request has ended as one does, nothing is left over, and nothing came for a request that
    /// there was not.
    func isWhole(of id: UInt16) -> Bool {
        guard pending.isEmpty, let last = records.last, last == (WireRecord.Kind.end, id) else { return false }
        return records.allSatisfy { $0.kind != WireRecord.Kind.stdout || $0.id == id }
    }
}
