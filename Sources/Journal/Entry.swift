import Crypto
import Essentials

/// What one write has made of the store, so that it can be made again.
public struct Entry: Equatable, Sendable {
    /// Who knows what the fields are: the name of a capability's entries, with their version.
    public let kind: String
    /// Any bytes.
    public let fields: [[UInt8]]

    /// An entry.
    public init(kind: String, fields: [[UInt8]]) {
        self.kind = kind
        self.fields = fields
    }

    /// The most bytes that an entry has behind its head: a read that finds more has not found an entry.
    static let bound = 256 << 20

    /// A mark by which the next entry is found behind one that was not written to its end, the number of bytes that follow
    /// (32 bits, little-endian), and the first half of their SHA-256.
    static let headSize = mark.count + 4 + digestSize
    static let mark = Array("\u{1E}chj1".utf8)
    private static let digestSize = 16

    /// The entry as the journal has it.
    var bytes: [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(fields.reduce(64 + kind.utf8.count) { $0 + 4 + $1.count })
        Self.append(Array(kind.utf8), to: &content)
        for field in fields { Self.append(field, to: &content) }
        var bytes = Self.mark
        bytes.reserveCapacity(Self.headSize + content.count)
        Self.append(number: content.count, to: &bytes)
        bytes.append(contentsOf: Self.digest(of: content[...]))
        bytes.append(contentsOf: content)
        return bytes
    }

    /// What was found at a place.
    enum Found {
        /// An entry, and where the next one may begin.
        case entry(Entry, end: Int)
        /// The beginning of one, perhaps, of which the rest is not there.
        case part
        /// None.
        case nothing
    }

    /// Reads an entry.
    ///
    /// - Parameter start: where the mark is.
    static func find(in bytes: [UInt8], at start: Int) -> Found {
        guard bytes.count - start >= headSize else { return .part }
        guard bytes[start..<start + mark.count].elementsEqual(mark) else { return .nothing }
        let count = number(in: bytes, at: start + mark.count)
        guard count <= bound else { return .nothing }
        let end = start + headSize + count
        guard end <= bytes.count else { return .part }
        let content = bytes[start + headSize..<end]
        let digest = bytes[start + mark.count + 4..<start + headSize]
        guard Self.digest(of: content).elementsEqual(digest), let entry = Entry(content) else { return .nothing }
        return .entry(entry, end: end)
    }

    private init?(_ content: ArraySlice<UInt8>) {
        var parts: [[UInt8]] = []
        var at = content.startIndex
        while at < content.endIndex {
            guard content.endIndex - at >= 4 else { return nil }
            let start = at + 4
            at = start + Self.number(in: content, at: at)
            guard at <= content.endIndex else { return nil }
            parts.append(Array(content[start..<at]))
        }
        guard let kind = parts.first else { return nil }
        self.init(kind: String(decoding: kind, as: UTF8.self), fields: Array(parts.dropFirst()))
    }

    private static func append(_ field: [UInt8], to bytes: inout [UInt8]) {
        append(number: field.count, to: &bytes)
        bytes.append(contentsOf: field)
    }

    private static func append(number: Int, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func number<Bytes: RandomAccessCollection<UInt8>>(in bytes: Bytes, at start: Int) -> Int
    where Bytes.Index == Int {
        (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
    }

    private static func digest(of content: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        content.withUnsafeBytes { Array(SHA256.hash(data: $0)) }.prefix(digestSize)
    }
}
