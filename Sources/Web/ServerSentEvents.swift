import Essentials

/// Events as a stream has them (HTML Standard, section 9.2: https://html.spec.whatwg.org/multipage/server-sent-events.html).
enum ServerSentEvents {
    static let mediaType = "text/event-stream"

    /// Begins every stream: how many milliseconds a client waits before it connects again.
    static let opening = Array("retry: 2000\n\n".utf8)

    /// Microseconds between two signs of life. Every third is a heartbeat, the others a line that clients leave out: a front
    /// end learns that its client has gone by what it cannot hand on, and Caddy (2.6) notices with the fourth, because each
    /// of its buffers tells of a failure only when it is used again.
    static let pulse: UInt64 = 5_000_000
    static let pulsesPerHeartbeat = 3
    static let comment = Array(":\n\n".utf8)

    /// An event.
    ///
    /// - Parameters:
    ///   - id: where the client resumes from if this was the last that it has got; nil leaves that as it was.
    ///   - type: nil for the type that clients assume.
    ///   - data: one line.
    static func event(id: Int?, type: String?, data: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(data.count + 64)
        if let id {
            text.append(contentsOf: "id: ".utf8)
            text.append(decimal: Int64(id))
            text.append(UInt8(ascii: "\n"))
        }
        // Data that looked like more than one line, or a type, would be taken for fields.
        if let type, !type.isEmpty, type.utf8.allSatisfy(\.isNameByte) {
            text.append(contentsOf: "event: ".utf8)
            text.append(contentsOf: type.utf8)
            text.append(UInt8(ascii: "\n"))
        }
        text.append(contentsOf: "data: ".utf8)
        text.append(contentsOf: data.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        text.append(contentsOf: "\n\n".utf8)
        return text
    }

    /// Tells a client from where it resumes, without an event: one without data is not dispatched (section 9.2.6).
    static func position(_ id: Int) -> [UInt8] { Array("id: \(id)\n\n".utf8) }

    /// An event of the stream itself, which no ring has: shaped like the others, without an id of its own.
    ///
    /// - Parameter position: the id up to which the client has got everything that it wanted.
    static func notice(
        _ type: String, position: Int? = nil, _ members: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        let data = JSONWriter.object { json in
            json.key("id")
            json.null()
            json.member("time", Timestamp.now.rfc3339)
            json.member("type", type)
            json.key("data")
            json.object(members)
        }
        return event(id: position, type: type, data: data)
    }

    /// What a client gets when something that it has not seen may be gone.
    static func gap(after id: Int?) -> [UInt8] { notice("gap") { $0.member("after", id) } }
}
