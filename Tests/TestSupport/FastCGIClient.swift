import Foundation

/// Speaks FastCGI with a pool, without a front end between them.
public struct FastCGIClient: Sendable {
    /// What came back.
    public struct Answer: Sendable {
        /// The status that the answer names, 200 where it names none.
        public let status: Int
        /// The header fields in their order.
        public let fields: [(name: String, value: String)]
        /// The body.
        public let body: [UInt8]

        /// The value of a header field; nil if there is none.
        public subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// Where the pool listens.
    public let address: Address
    /// Seconds until an answer has to be there.
    public var timeout: Double

    /// A client.
    public init(_ address: Address, timeout: Double = patience) {
        self.address = address
        self.timeout = timeout
    }

    /// Makes a request.
    ///
    /// - Parameter variables: variables besides or instead of the usual ones.
    /// - Throws: `Socket.Failure`, or `HTTPFailure` if the connection ends before the answer does.
    public func request(
        _ method: String = "GET", _ path: String, variables: [String: String] = [:], body: [UInt8] = []
    ) throws -> Answer {
        let socket = try Socket(address, timeout: timeout)
        let usual = [
            "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1", "GATEWAY_INTERFACE": "CGI/1.1",
            "CONTENT_LENGTH": String(body.count),
        ]
        try socket.send(Self.records(usual.merging(variables) { $1 }, body: body))
        return try Self.answer(from: socket)
    }

    /// The records of a request.
    public static func records(_ variables: [String: String], body: [UInt8]) -> [UInt8] {
        var params: [UInt8] = []
        for (name, value) in variables {
            for text in [name, value] {
                let count = text.utf8.count
                if count < 128 {
                    params.append(UInt8(count))
                } else {
                    params += [UInt8(count >> 24 & 0x7F | 0x80), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255)]
                    params.append(UInt8(count & 255))
                }
            }
            params += Array(name.utf8) + Array(value.utf8)
        }
        return record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + stream(4, params) + stream(5, body)
    }

    private static func stream(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var at = 0
        while at < content.count {
            let end = min(at + 65_535, content.count)
            bytes += record(type, Array(content[at..<end]))
            at = end
        }
        return bytes + record(type, [])
    }

    private static func record(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
        [1, type, 0, 1, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
    }

    private static func answer(from socket: Socket) throws -> Answer {
        var received: [UInt8] = []
        var output: [UInt8] = []
        func need(_ count: Int) throws {
            while received.count < count {
                let more = try socket.receive()
                guard !more.isEmpty else { throw HTTPFailure(description: "the connection ended within the answer") }
                received += more
            }
        }
        while true {
            try need(8)
            let type = received[1]
            let length = Int(received[4]) << 8 | Int(received[5])
            let whole = 8 + length + Int(received[6])
            try need(whole)
            if type == 6 { output += received[8..<(8 + length)] }
            received.removeFirst(whole)
            if type == 3 { break }
        }
        return try Answer(parsing: output)
    }
}

extension FastCGIClient.Answer {
    /// Reads what a program has written: a header, and a body.
    ///
    /// - Throws: `HTTPFailure` if there is no header.
    public init(parsing output: [UInt8]) throws {
        guard let end = output.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw HTTPFailure(description: "the answer has no header")
        }
        var status = 200
        var fields: [(name: String, value: String)] = []
        for line in String(decoding: output[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
            fields.append((String(parts[0]), value))
            if parts[0] == "Status" { status = Int(value.prefix(3)) ?? 0 }
        }
        self.init(status: status, fields: fields, body: Array(output[end.upperBound...]))
    }
}
