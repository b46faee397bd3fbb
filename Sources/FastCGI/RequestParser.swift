/// Reads the records of one connection as they arrive (FastCGI Specification 1.0, section 3), and keeps no more of them
/// than the variables of its one request.
struct RequestParser {
    /// What the records said.
    enum Event {
        /// The variables of the request are here; its body follows.
        case variables(Environment)
        /// The request is here whole.
        case end
        /// The front end does not want the answer any more.
        case aborted
        /// An answer to a record that is not of the request: bytes to send as they are.
        case reply([UInt8])
        /// The request is none of those that are served: bytes to send as they are, and nothing else is to come.
        case refused([UInt8])
    }

    /// The bytes are no FastCGI, or more than anybody sends.
    struct Malformed: Error {
        let reason: String
    }

    /// The most bytes that all variables may have.
    private let paramsLimit: Int
    /// The most that a question about the process may have.
    private static let questionLimit = 1024

    private enum Phase {
        case beginning, params, body, complete
    }

    /// The id of the request; 1 before it has begun.
    private(set) var requestID: UInt16 = 1
    private var phase = Phase.beginning

    // The record that is being read.
    private var header: UInt64 = 0
    private var headerCount = 0
    private var contentLeft = 0
    private var paddingLeft = 0
    private var content: [UInt8] = []

    private var params: [UInt8] = []

    private var kind: UInt8 { UInt8(truncatingIfNeeded: header >> 48) }
    private var recordID: UInt16 { UInt16(truncatingIfNeeded: header >> 32) }
    private var isOfRequest: Bool { phase != .beginning && recordID == requestID }

    /// A parser for a new connection.
    ///
    /// - Parameter paramsLimit: the most bytes that all variables may have. Above what the front end passes on, there is nothing
    ///   that is refused without an answer: Caddy's own limit is 1 MiB of header, of whose fields each grows by nine bytes at most.
    init(paramsLimit: Int = 4 << 20) {
        self.paramsLimit = paramsLimit
    }

    /// Takes bytes in the order of their arrival, however they were cut. Returns what they told.
    ///
    /// - Parameter body: is given the body, piece by piece.
    /// - Throws: `Malformed`; nothing that follows can be understood.
    mutating func consume(
        _ bytes: UnsafeRawBufferPointer, body: (UnsafeRawBufferPointer) -> Void
    ) throws(Malformed) -> [Event] {
        var events: [Event] = []
        var at = 0
        while at < bytes.count {
            if headerCount < Record.headerSize {
                header = header << 8 | UInt64(bytes[at])
                headerCount += 1
                at += 1
                guard headerCount == Record.headerSize else { continue }
                try openRecord()
            }
            let count = min(contentLeft, bytes.count - at)
            if count > 0 {
                try take(UnsafeRawBufferPointer(rebasing: bytes[at..<at + count]), body)
                contentLeft -= count
                at += count
            }
            let padding = contentLeft > 0 ? 0 : min(paddingLeft, bytes.count - at)
            paddingLeft -= padding
            at += padding
            guard contentLeft == 0, paddingLeft == 0 else { continue }
            if let event = try closeRecord() { events.append(event) }
        }
        return events
    }

    private mutating func openRecord() throws(Malformed) {
        guard UInt8(truncatingIfNeeded: header >> 56) == Record.version else {
            throw Malformed(reason: "a record of another version than 1")
        }
        contentLeft = Int(UInt16(truncatingIfNeeded: header >> 16))
        paddingLeft = Int(UInt8(truncatingIfNeeded: header >> 8))
        switch kind {
        case Record.Kind.beginRequest where contentLeft != 8:
            throw Malformed(reason: "FCGI_BEGIN_REQUEST of \(contentLeft) bytes")
        case Record.Kind.beginRequest where recordID == 0:
            throw Malformed(reason: "a request with the id 0")
        case Record.Kind.getValues where contentLeft > Self.questionLimit:
            throw Malformed(reason: "FCGI_GET_VALUES of more than \(Self.questionLimit) bytes")
        case Record.Kind.stdin where isOfRequest && phase == .params:
            throw Malformed(reason: "a body before the end of the variables")
        default: break
        }
    }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(Malformed) {
        switch kind {
        case Record.Kind.beginRequest, Record.Kind.getValues:
            content.append(contentsOf: bytes)
        case Record.Kind.params where isOfRequest && phase == .params:
            guard params.count + bytes.count <= paramsLimit else {
                throw Malformed(reason: "variables of more than \(paramsLimit) bytes")
            }
            params.append(contentsOf: bytes)
        case Record.Kind.stdin where isOfRequest && phase == .body: body(bytes)
        default: break  // of a request that is not there, or of a kind that says nothing to us: to be ignored
        }
    }

    private mutating func closeRecord() throws(Malformed) -> Event? {
        defer {
            content = []
            headerCount = 0
        }
        let isEmpty = header >> 16 & 0xFFFF == 0
        switch kind {
        case Record.Kind.beginRequest: return try begin()
        case Record.Kind.params where isOfRequest && phase == .params && isEmpty:
            guard let environment = Environment(params: params) else {
                throw Malformed(reason: "variables that cannot be read")
            }
            phase = .body
            params = []
            return .variables(environment)
        case Record.Kind.stdin where isOfRequest && phase == .body && isEmpty:
            phase = .complete
            return .end
        case Record.Kind.abortRequest where isOfRequest: return .aborted
        case Record.Kind.getValues: return .reply(Self.values(content))
        case let other where recordID == 0 && other > Record.Kind.getValuesResult: return .reply(Self.unknown(other))
        default: break
        }
        return nil
    }

    private mutating func begin() throws(Malformed) -> Event? {
        guard phase == .beginning else {
            guard recordID == requestID else { return .reply(Record.endRequest(recordID, .cannotMultiplex)) }
            guard phase == .complete else { throw Malformed(reason: "a request that begins twice") }
            return nil
        }
        guard Int(content[0]) << 8 | Int(content[1]) == Record.responder else {
            return .refused(Record.endRequest(recordID, .unknownRole))
        }
        requestID = recordID
        phase = .params
        return nil
    }

    /// What the process says of itself (section 4.1): that it takes one request at a time from a connection.
    private static func values(_ question: [UInt8]) -> [UInt8] {
        let name = Array("FCGI_MPXS_CONNS".utf8)
        var bytes: [UInt8] = []
        guard question.firstRange(of: name) != nil else {
            Record.append(header: Record.Kind.getValuesResult, request: 0, length: 0, to: &bytes)
            return bytes
        }
        let pair = [UInt8(name.count), 1] + name + [UInt8(ascii: "0")]
        Record.append(header: Record.Kind.getValuesResult, request: 0, length: pair.count, to: &bytes)
        return bytes + pair
    }

    /// `FCGI_UNKNOWN_TYPE` (section 4.2)
    private static func unknown(_ kind: UInt8) -> [UInt8] {
        var bytes: [UInt8] = []
        Record.append(header: Record.Kind.unknownType, request: 0, length: 8, to: &bytes)
        return bytes + [kind, 0, 0, 0, 0, 0, 0, 0]
    }
}

extension Environment {
    /// The variables in FastCGI's form (section 3.4): each with the lengths of name and value, in one byte or four. Nil
    /// for what has not that form, and for a name that C could not tell the end of. A zero byte within a value, which is the
    /// end of it for C, becomes one that is no UTF-8: nobody shall take such a value for its beginning.
    convenience init?(params: [UInt8]) {
        var at = 0
        func length() -> Int? {
            guard at < params.count else { return nil }
            guard params[at] >= 128 else {
                at += 1
                return Int(params[at - 1])
            }
            guard at + 4 <= params.count else { return nil }
            at += 4
            return params[at - 4..<at].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        }
        var text: [UInt8] = []
        // Two lengths take no less than what comes in their place.
        text.reserveCapacity(params.count)
        var starts: [Int] = []
        while at < params.count {
            guard let name = length(), let value = length(), name > 0, name + value <= params.count - at else {
                return nil
            }
            let end = at + name + value
            guard !params[at..<at + name].contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) else { return nil }
            starts.append(text.count)
            text.append(contentsOf: params[at..<at + name])
            text.append(UInt8(ascii: "="))
            let begin = text.count
            text.append(contentsOf: params[at + name..<end])
            if text[begin...].contains(0) {
                for index in begin..<text.count where text[index] == 0 { text[index] = 0xFF }
            }
            text.append(0)
            at = end
        }
        self.init(text, starts: starts)
    }
}
