import CPosix
import Essentials
import Glibc

/// Asks a pool one thing, as a front end does (FastCGI Specification 1.0): for tools that look whether somebody answers.
public struct FastCGIClient: Sendable {
    /// Why there is no answer.
    public enum Failure: Error, Equatable {
        /// The socket cannot be connected to: the error's number (errno(3)).
        case connect(Int32)
        /// The answer did not come in time.
        case timeout
        /// What came is no answer of FastCGI's, or only the beginning of one.
        case broken
        /// The host's name cannot be resolved.
        case resolve
    }

    /// What came back.
    public struct Answer: Sendable, Equatable {
        /// The status that the answer names, 200 where it names none.
        public let status: Int
        /// What follows its header.
        public let body: [UInt8]
        /// The process that listens; nil for a port, and where the kernel does not tell.
        public let listener: pid_t?
    }

    /// Bytes that an answer may have.
    private static let limit = 1 << 20

    private let address: ListenAddress
    private let seconds: Int

    /// A client.
    ///
    /// - Parameters:
    ///   - address: where the pool listens.
    ///   - seconds: how long each step may take: to connect, to send, to receive more.
    public init(_ address: ListenAddress, seconds: Int = 3) {
        self.address = address
        self.seconds = seconds
    }

    /// What is answered to `GET path`.
    ///
    /// - Throws: `Failure`.
    public func answer(to path: String) throws(Failure) -> Answer {
        let descriptor = try connect()
        defer { close(descriptor) }
        let listener = chimney_peer_process(descriptor)
        try send(request(path), to: descriptor)
        let (status, body) = try readAnswer(from: descriptor)
        return Answer(status: status, body: body, listener: listener > 0 ? listener : nil)
    }

    // MARK: Connecting

    private func connect() throws(Failure) -> Int32 {
        switch address {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            return try withUnsafePointer(to: address) { (pointer) throws(Failure) in
                try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { (pointer) throws(Failure) in
                    try connect(AF_UNIX, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICSERV
            var found: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
                throw .resolve
            }
            defer { freeaddrinfo(first) }
            return try connect(first.pointee.ai_family, first.pointee.ai_addr, first.pointee.ai_addrlen)
        }
    }

    private func connect(
        _ family: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
    ) throws(Failure) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .connect(errno) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        // SO_SNDTIMEO bounds connect(2) as well (socket(7)).
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard Glibc.connect(descriptor, address, length) == 0 else {
            let error = errno
            close(descriptor)
            throw error == EINPROGRESS || error == EAGAIN ? .timeout : .connect(error)
        }
        return descriptor
    }

    // MARK: Records

    /// The records of a request without a body.
    private func request(_ path: String) -> [UInt8] {
        let variables = [
            ("REQUEST_METHOD", "GET"), ("PATH_INFO", path), ("REQUEST_URI", path), ("SCRIPT_NAME", ""),
            ("QUERY_STRING", ""), ("SERVER_PROTOCOL", "HTTP/1.1"), ("GATEWAY_INTERFACE", "CGI/1.1"),
            ("REMOTE_ADDR", "127.0.0.1"), ("CONTENT_LENGTH", "0"),
        ]
        var params: [UInt8] = []
        for (name, value) in variables {
            // Both are short: a length is one byte (section 3.4).
            params += [UInt8(name.utf8.count), UInt8(clamping: min(value.utf8.count, 127))]
            params += Array(name.utf8) + Array(value.utf8.prefix(127))
        }
        var bytes: [UInt8] = []
        Record.append(header: Record.Kind.beginRequest, request: 1, length: 8, to: &bytes)
        bytes += [0, UInt8(Record.responder), 0, 0, 0, 0, 0, 0]
        Record.append(header: Record.Kind.params, request: 1, length: params.count, to: &bytes)
        bytes += params
        Record.append(header: Record.Kind.params, request: 1, length: 0, to: &bytes)
        Record.append(header: Record.Kind.stdin, request: 1, length: 0, to: &bytes)
        return bytes
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw errno == EAGAIN ? .timeout : .broken }
            sent += count
        }
    }

    private func readAnswer(from descriptor: Int32) throws(Failure) -> (status: Int, body: [UInt8]) {
        let end = MonotonicClock.microseconds + UInt64(seconds) * 1_000_000
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while received.count < Self.limit {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw errno == EAGAIN ? .timeout : .broken }
            guard count > 0 else { break }
            guard MonotonicClock.microseconds < end else { throw .timeout }
            received += chunk[..<count]
            if let answer = try Self.answer(in: received) { return answer }
        }
        throw .broken
    }

    /// The status that an answer names, 200 where it names none, and its body; nil where more has to come.
    static func answer(in records: [UInt8]) throws(Failure) -> (status: Int, body: [UInt8])? {
        var output: [UInt8] = []
        var at = 0
        while at + Record.headerSize <= records.count {
            let length = Int(records[at + 4]) << 8 + Int(records[at + 5])
            let end = at + Record.headerSize + length + Int(records[at + 6])
            guard records[at] == Record.version else { throw .broken }
            guard end <= records.count else { return nil }
            if records[at + 1] == Record.Kind.endRequest { return try split(output) }
            if records[at + 1] == Record.Kind.stdout {
                output += records[at + Record.headerSize..<at + Record.headerSize + length]
            }
            at = end
        }
        return nil
    }

    private static func split(_ output: [UInt8]) throws(Failure) -> (status: Int, body: [UInt8]) {
        guard let end = output.firstRange(of: Array("\r\n\r\n".utf8)) else { throw .broken }
        let body = Array(output[end.upperBound...])
        let header = String(decoding: output[..<end.lowerBound], as: UTF8.self)
        for line in header.split(separator: "\r\n") where line.lowercased().hasPrefix("status:") {
            let digits = line.dropFirst(7).drop { $0 == " " }.prefix(3)
            guard let status = Int(digits) else { throw .broken }
            return (status, body)
        }
        return (200, body)
    }
}
