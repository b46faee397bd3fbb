import Essentials
import Logging

/// What an entry of the log or the event ring begins with. Its id, time, and level or type come first and in this
/// order, before anything that a client could have written, so they are read without parsing the rest.
public struct RingEntry {
    /// Grows from entry to entry, over both rings.
    public let id: Int
    /// How grave a log line is; nil for an event.
    public let level: Logger.Level?
    /// The kind of an event; nil for a log line.
    public let type: String?

    /// Reads the beginning of an entry; nil if it is not one of a ring's.
    public init?(_ entry: [UInt8]) {
        guard entry.starts(with: Self.opening) else { return nil }
        // Eighteen digits are more than the microseconds of any time to come.
        let digits = entry[Self.opening.count...].prefix(19).prefix { (0x30...0x39).contains($0) }
        guard (1...18).contains(digits.count) else { return nil }
        id = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let at = digits.endIndex
        // The time has a fixed length, but lines of older versions may not.
        guard at < entry.count, entry[at...].starts(with: Self.time),
            let timeEnd = entry[(at + Self.time.count)...].firstIndex(of: UInt8(ascii: "\""))
        else { return nil }
        let rest = entry[(timeEnd + 1)...]
        if let level = Self.value(after: Self.level, in: rest) {
            guard let level = Logger.Level(name: level) else { return nil }
            self.level = level
            type = nil
        } else if let type = Self.value(after: Self.type, in: rest) {
            level = nil
            self.type = type
        } else {
            return nil
        }
    }

    private static let opening = Array("{\"id\":".utf8)
    private static let time = Array(",\"time\":\"".utf8)
    private static let level = Array(",\"level\":\"".utf8)
    private static let type = Array(",\"type\":\"".utf8)

    private static func value(after mark: [UInt8], in rest: ArraySlice<UInt8>) -> String? {
        guard rest.starts(with: mark) else { return nil }
        let text = rest.dropFirst(mark.count)
        guard let end = text.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
        return String(decoding: text[..<end], as: UTF8.self)
    }
}
