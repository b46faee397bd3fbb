import Foundation

/// An event of a stream, as a browser would hand it on.
public struct StreamEvent: Equatable, Sendable {
    /// The last id that the stream has named, this event's own included.
    public let id: String?
    /// The type, `message` where none was named.
    public let type: String
    /// The data.
    public let data: String

    /// The data as JSON, `.null` where it is none.
    public var json: JSON { (try? JSON(parsing: data.utf8)) ?? .null }
}

/// Server-sent events over HTTP, read by a socket that never blocks: every wait has an end.
public final class EventStream {
    /// What came back.
    public struct Head: Sendable {
        /// The status.
        public let status: Int
        /// The header fields in their order.
        public let fields: [(name: String, value: String)]

        /// The value of a header field; nil if there is none.
        public subscript(name: String) -> String? {
            fields.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private(set) var descriptor: Int32
    private var received: [UInt8] = []
    private var isChunked = false
    private var chunkLeft = 0
    private var parser = EventParser()
    private var pending: [StreamEvent] = []

    /// The header of the answer; nil as long as it has not arrived.
    public private(set) var head: Head?
    /// Whether the server has ended the stream, in good order or not.
    public private(set) var isEnded = false
    /// Whether it ended as the coding of the answer says an answer ends, and not in its middle.
    public private(set) var isWhole = false
    /// The last id that the stream has named: from where the next one resumes.
    public var lastID: String? { parser.id }
    /// The milliseconds that the server wants to be left alone for before the next attempt.
    public var retry: Int? { parser.retry }

    /// Asks for a stream. The answer is read by `next` and the like.
    ///
    /// - Parameters:
    ///   - receiveBuffer: bytes that the kernel keeps for it unread; nil for the usual.
    /// - Throws: `Socket.Failure` if nobody listens.
    public init(
        _ address: Address, _ target: String, after id: String? = nil, _ fields: [(String, String)] = [],
        receiveBuffer: Int32? = nil
    ) throws(Socket.Failure) {
        descriptor = try Socket.connected(to: address, receiveBuffer: receiveBuffer)
        var request = "GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
        if let id { request += "Last-Event-ID: \(id)\r\n" }
        for (name, value) in fields { request += "\(name): \(value)\r\n" }
        request += "\r\n"
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw .system(errno) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close() }

    /// Hangs up, without a word.
    public func close() {
        isEnded = true
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Waits for the header of the answer.
    ///
    /// - Returns: nil if it does not come in time, or the connection ends before it.
    public func head(within seconds: Double = patience) -> Head? {
        read(within: seconds) { head != nil }
        return head
    }

    /// The next event.
    ///
    /// - Returns: nil if none comes in time, or the stream has ended.
    public func next(within seconds: Double = patience) -> StreamEvent? {
        read(within: seconds) { !pending.isEmpty }
        return pending.isEmpty ? nil : pending.removeFirst()
    }

    /// The next event of a type, or of any that the stream has not for itself; those before it are left out.
    ///
    /// - Returns: nil if none comes in time, or the stream has ended.
    public func next(_ type: String, within seconds: Double = patience) -> StreamEvent? {
        let end = monotonicMilliseconds + Int(seconds * 1000)
        while let event = next(within: Double(max(0, end - monotonicMilliseconds)) / 1000) {
            if event.type == type { return event }
        }
        return nil
    }

    /// All events that are there until one fulfils a condition, that one included; what has come in time where none does.
    public func events(within seconds: Double = patience, until isLast: (StreamEvent) -> Bool) -> [StreamEvent] {
        let end = monotonicMilliseconds + Int(seconds * 1000)
        var events: [StreamEvent] = []
        while let event = next(within: Double(max(0, end - monotonicMilliseconds)) / 1000) {
            events.append(event)
            if isLast(event) { break }
        }
        return events
    }

    /// Waits until the server ends the stream.
    public func ends(within seconds: Double = patience) -> Bool {
        read(within: seconds) { false }
        return isEnded
    }

    /// The events that have arrived and were not asked for yet.
    public func take() -> [StreamEvent] {
        defer { pending = [] }
        return pending
    }

    private func read(within seconds: Double, until isEnough: () -> Bool) {
        let end = monotonicMilliseconds + Int(seconds * 1000)
        while !isEnough(), !isEnded {
            let left = end - monotonicMilliseconds
            guard left > 0 else { return }
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&ready, 1, Int32(left)) > 0 { receive() }
        }
    }

    /// Reads what is there.
    func receive() {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while !isEnded {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else {
                isEnded = true
                return
            }
            received += bytes[..<count]
            decode()
        }
    }

    private func decode() {
        if head == nil {
            guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
            readHead(received[..<end.lowerBound])
            received.removeFirst(end.upperBound)
        }
        guard isChunked else {
            pending += parser.feed(received[...])
            received = []
            return
        }
        var at = 0
        while at < received.count {
            if chunkLeft > 2 {
                let count = min(chunkLeft - 2, received.count - at)
                pending += parser.feed(received[at..<at + count])
                at += count
                chunkLeft -= count
            } else if chunkLeft > 0 {
                chunkLeft -= 1
                at += 1
            } else {
                guard let end = received[at...].firstIndex(of: UInt8(ascii: "\n")) else { break }
                let size = String(decoding: received[at..<end], as: UTF8.self).filter { $0.isHexDigit }
                at = end + 1
                chunkLeft = (Int(size, radix: 16) ?? 0) + 2
                if chunkLeft == 2 {
                    isWhole = true
                    isEnded = true
                    break
                }
            }
        }
        received.removeFirst(at)
    }

    private func readHead(_ bytes: ArraySlice<UInt8>) {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let head = Head(status: Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0, fields: fields)
        isChunked = head["Transfer-Encoding"]?.lowercased() == "chunked"
        self.head = head
    }
}

extension [EventStream] {
    /// Reads all of them at once.
    ///
    /// - Parameter isEnough: is asked after every turn.
    /// - Returns: whether it was enough in time.
    public func read(within seconds: Double, until isEnough: () -> Bool) -> Bool {
        let end = monotonicMilliseconds + Int(seconds * 1000)
        var ready = map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while !isEnough() {
            let left = end - monotonicMilliseconds
            guard left > 0 else { return false }
            for (index, stream) in enumerated() where stream.isEnded { ready[index].fd = -1 }
            guard poll(&ready, nfds_t(ready.count), Int32(Swift.min(left, 100))) > 0 else { continue }
            for (index, entry) in ready.enumerated() where entry.revents != 0 { self[index].receive() }
        }
        return true
    }
}

/// Reads a stream's text (HTML Standard, section 9.2.6), however it was cut.
struct EventParser {
    private(set) var id: String?
    private(set) var retry: Int?
    private var line: [UInt8] = []
    private var type = ""
    private var data: [String] = []

    mutating func feed(_ bytes: ArraySlice<UInt8>) -> [StreamEvent] {
        var events: [StreamEvent] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            line += rest[..<end]
            rest = rest[(end + 1)...]
            if let event = self.end(of: String(decoding: line, as: UTF8.self)) { events.append(event) }
            line = []
        }
        line += rest
        return events
    }

    private mutating func end(of line: String) -> StreamEvent? {
        guard !line.isEmpty else {
            defer {
                type = ""
                data = []
            }
            return data.isEmpty
                ? nil
                : StreamEvent(id: id, type: type.isEmpty ? "message" : type, data: data.joined(separator: "\n"))
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? String(parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]) : ""
        switch parts[0] {
        case "id": id = value
        case "event": type = value
        case "data": data.append(value)
        case "retry": retry = Int(value)
        default: break
        }
        return nil
    }
}

extension Socket {
    /// A connection that the caller closes.
    static func connected(to address: Address, receiveBuffer: Int32?) throws(Failure) -> Int32 {
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        guard connect(descriptor, to: address, from: nil) == 0 else {
            let failure = errno
            Glibc.close(descriptor)
            throw .system(failure)
        }
        return descriptor
    }
}
