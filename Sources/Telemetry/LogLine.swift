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
        let opening = Array("{\"id\":".utf8)
        guard line.starts(with: opening) else { return nil }
        var id = 0
        var at = opening.count
        while at < line.count, line[at] >= 0x30, line[at] <= 0x39 {
            id = id &* 10 &+ Int(line[at] - 0x30)
            at += 1
        }
        let mark = Array("\"level\":\"".utf8)
        guard let found = line[at...].firstRange(of: mark),
            let end = line[found.upperBound...].firstIndex(of: UInt8(ascii: "\"")),
            let level = Logger.Level(name: String(decoding: line[found.upperBound..<end], as: UTF8.self))
        else { return nil }
        self.id = id
        self.level = level
    }
}
