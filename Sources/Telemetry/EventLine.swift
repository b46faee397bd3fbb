/// What a line of the ring of events begins with: its id, time and type, before anything that a client could have written.
public struct EventLine {
    /// How many events the ring keeps.
    public static let ringBound = 500

    /// Grows from event to event.
    public let id: Int
    /// What happened, such as `deploy`.
    public let type: String

    /// Reads the beginning of a line; nil if it is not one of the ring's.
    public init?(_ line: [UInt8]) {
        guard let id = LogLine.id(of: line), let mark = line.firstRange(of: Array("\"type\":\"".utf8)),
            let end = line[mark.upperBound...].firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        self.id = id
        type = String(decoding: line[mark.upperBound..<end], as: UTF8.self)
    }
}
