/// One connection to an HTTP server, with full control of what is sent.
public final class HTTPConnection {
    private let socket: Socket
    private var buffer: [UInt8] = []
    private var isAtEnd = false
    /// Whether nothing has come from the other side yet.
    public private(set) var isSilent = true

    /// Connects.
    ///
    /// - Parameters:
    ///   - source: the address of this side, such as 127.0.0.2.
    ///   - timeout: seconds that each call may take.
    public init(_ address: Address, from source: String? = nil, timeout: Double = patience) throws(Socket.Failure) {
        socket = try Socket(address, from: source, timeout: timeout)
    }

    /// The other side of a connection that a client has made.
    init(_ socket: Socket) { self.socket = socket }

    /// Sends bytes as they are.
    public func send(_ bytes: [UInt8]) throws(Socket.Failure) { try socket.send(bytes) }

    /// Sends text as it is.
    public func send(_ text: String) throws(Socket.Failure) { try socket.send(text) }

    /// Sends a request. `Host` is added, and `Content-Length` where there is a body and neither it nor
    /// `Transfer-Encoding` is named.
    public func send(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: [UInt8]? = nil
    ) throws(Socket.Failure) {
        var head = "\(method) \(target) HTTP/1.1\r\n"
        let names = Set(fields.map { $0.0.lowercased() })
        if !names.contains("host") { head += "Host: localhost\r\n" }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body, names.isDisjoint(with: ["content-length", "transfer-encoding"]) {
            head += "Content-Length: \(body.count)\r\n"
        }
        try socket.send(Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Says that nothing more will be sent.
    public func closeWriting() { socket.closeWriting() }

    /// Ends the connection.
    public func close() { socket.close() }

    /// Receives one answer, up to its end.
    ///
    /// - Parameter method: the method of the request: an answer to `HEAD` has no body.
    /// - Throws: `Socket.Failure`, or `HTTPFailure` for an answer that is cut off or no HTTP.
    public func receive(to method: String = "GET") throws -> HTTPAnswer {
        let head = try head()
        var body: [UInt8] = []
        func value(_ name: String) -> String? { head.fields.first { $0.name.lowercased() == name }?.value }
        if method == "HEAD" || head.status == 204 || head.status == 304 || head.status < 200 {
            // No body.
        } else if value("transfer-encoding")?.lowercased() == "chunked" {
            body = try chunks()
        } else if let length = value("content-length") {
            guard let count = Int(length) else { throw HTTPFailure(description: "Content-Length: \(length)") }
            body = try take(count)
        } else {
            while try fill() {}
            body = buffer
            buffer = []
        }
        return HTTPAnswer(status: head.status, reason: head.reason, fields: head.fields, body: body)
    }

    /// Receives one request, up to its end; nil where the client has no more.
    func receiveRequest(connection: Int) throws -> HTTPServerRequest? {
        if buffer.isEmpty, try !fill() { return nil }
        let words = try line().split(separator: " ")
        guard words.count == 3 else { throw HTTPFailure(description: "no request line") }
        let fields = try fieldLines()
        func value(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
        var body: [UInt8] = []
        if value("transfer-encoding")?.lowercased() == "chunked" {
            body = try chunks()
        } else if let count = value("content-length").flatMap({ Int($0) }) {
            body = try take(count)
        }
        return HTTPServerRequest(
            method: String(words[0]), target: String(words[1]), fields: fields, body: body, connection: connection,
            time: monotonicMilliseconds)
    }

    /// Whether the server has closed the connection, or does within the time-out.
    public var isClosedByServer: Bool {
        guard buffer.isEmpty else { return false }
        do { return try !fill() } catch { return error != .timeout }
    }

    private typealias Head = (status: Int, reason: String, fields: [(name: String, value: String)])

    private func head() throws -> Head {
        while true {
            let lines = try line()
            let parts = lines.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
                throw HTTPFailure(description: "no HTTP: \(lines.prefix(100))")
            }
            let fields = try fieldLines()
            if status == 100 { continue }
            return (status, parts.count > 2 ? String(parts[2]) : "", fields)
        }
    }

    private func fieldLines() throws -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        while case let line = try line(), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw HTTPFailure(description: "no field: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.append((String(line[..<colon]), String(value)))
        }
        return fields
    }

    private func line() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[..<end]
                let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
                buffer.removeFirst(line.count + 1)
                return text
            }
            guard try fill() else { throw HTTPFailure(description: "the connection ended within a header") }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else {
                throw HTTPFailure(description: "the connection ended after \(buffer.count) of \(count) bytes")
            }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = try line()
            guard let count = Int(size.prefix { $0 != ";" }, radix: 16) else {
                throw HTTPFailure(description: "no chunk: \(size)")
            }
            if count == 0 {
                while try !line().isEmpty {}
                return body
            }
            body += try take(count)
            guard try line().isEmpty else { throw HTTPFailure(description: "a chunk is longer than it says") }
        }
    }

    private func fill() throws(Socket.Failure) -> Bool {
        guard !isAtEnd else { return false }
        let bytes = try socket.receive()
        isAtEnd = bytes.isEmpty
        isSilent = isSilent && isAtEnd
        buffer += bytes
        return !bytes.isEmpty
    }
}
