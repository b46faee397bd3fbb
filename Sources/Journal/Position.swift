/// A place in the journal of a host.
public struct Position: Comparable, Sendable, CustomStringConvertible {
    /// The number of the segment; later ones have higher ones.
    public let segment: Int
    /// Bytes from the beginning of the segment.
    public let offset: Int

    /// A place.
    public init(segment: Int, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    /// Reads what `description` has written; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ $0 >= 0 }) else { return nil }
        self.init(segment: parts[0], offset: parts[1])
    }

    /// The segment and the offset, with a colon between them.
    public var description: String { "\(segment):\(offset)" }

    /// Orders by segment, then by offset.
    public static func < (left: Position, right: Position) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}
