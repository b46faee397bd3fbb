import Essentials
import Logging

/// What a line of the log ring begins with. Its id, time and level come first and in this order, before anything that a
/// client could have written, so they are read without parsing the rest.
public struct LogLine {
    /// Grows from line to line.
    public let id: Int
    /// How grave it is.
    public let level: Logger.Level

    /// Reads the beginning of a line; nil if it is not one of the ring's.
    public init?(_ line: [UInt8]) {
        guard let id = Self.id(of: line), let mark = line.firstRange(of: Array("\"level\":\"".utf8)),
            let end = line[mark.upperBound...].firstIndex(of: UInt8(ascii: "\"")),
            let level = Logger.Level(name: String(decoding: line[mark.upperBound..<end], as: UTF8.self))
        else { return nil }
        self.id = id
        self.level = level
    }

    /// The id that a line of any ring begins with.
    static func id(of line: [UInt8]) -> Int? {
        let opening = Array("{\"id\":".utf8)
        guard line.starts(with: opening) else { return nil }
        // Eighteen digits are more than the microseconds of any time to come.
        let digits = line[opening.count...].prefix(19).prefix { (0x30...0x39).contains($0) }
        guard (1...18).contains(digits.count) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
