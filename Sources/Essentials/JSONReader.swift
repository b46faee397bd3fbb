/// Reads JSON (RFC 8259) value by value and strictly: what breaks a rule is a fault, in values that are skipped as
/// well.
///
/// `JSONDecoder` is too slow for a log line per request, and it looks closely only at the values that somebody asks
/// for: it takes a comma too many, and anything at all in members that nobody reads.
public struct JSONReader {
    /// How deeply arrays and objects may nest.
    public static let depthLimit = 128

    /// What a value is.
    public enum Kind: Sendable {
        /// Members with names.
        case object
        /// Elements.
        case array
        /// A text.
        case string
        /// A number.
        case number
        /// `true` or `false`.
        case bool
        /// `null`.
        case null
    }

    /// The text breaks a rule, or a value is not of the kind that was asked for.
    public struct Fault: Error, Equatable {
        /// The offset of the byte that shows it.
        public let offset: Int
    }

    let bytes: [UInt8]
    var at = 0
    private var depth = 0

    /// A reader of a text that holds one value.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        skipSpace()
    }

    /// The offset of the first byte that breaks a rule; nil if the text is one JSON value.
    public static func firstFault(in bytes: [UInt8]) -> Int? {
        var reader = JSONReader(bytes)
        do throws(Fault) {
            try reader.skip()
            try reader.end()
            return nil
        } catch {
            return error.offset
        }
    }

    // MARK: Values

    /// What the next value is, as its first byte tells.
    public var kind: Kind {
        get throws(Fault) {
            guard let current else { throw fault }
            return switch current {
            case UInt8(ascii: "\""): .string
            case UInt8(ascii: "{"): .object
            case UInt8(ascii: "["): .array
            case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
            case UInt8(ascii: "n"): .null
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
            default: throw fault
            }
        }
    }

    /// Reads an object.
    ///
    /// - Parameter member: takes each name, and reads the value that belongs to it.
    public mutating func object(_ member: (inout JSONReader, String) throws(Fault) -> Void) throws(Fault) {
        try open(UInt8(ascii: "{"))
        if take(UInt8(ascii: "}")) { return close() }
        while true {
            guard current == UInt8(ascii: "\"") else { throw fault }
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw fault }
            skipSpace()
            try member(&self, name)
            if take(UInt8(ascii: "}")) { return close() }
            guard take(UInt8(ascii: ",")) else { throw fault }
            skipSpace()
        }
    }

    /// Reads an array.
    ///
    /// - Parameter element: reads each element.
    public mutating func array(_ element: (inout JSONReader) throws(Fault) -> Void) throws(Fault) {
        try open(UInt8(ascii: "["))
        if take(UInt8(ascii: "]")) { return close() }
        while true {
            try element(&self)
            if take(UInt8(ascii: "]")) { return close() }
            guard take(UInt8(ascii: ",")) else { throw fault }
            skipSpace()
        }
    }

    /// Reads a truth value.
    public mutating func bool() throws(Fault) -> Bool {
        let value = current == UInt8(ascii: "t")
        try word(value ? "true" : "false")
        return value
    }

    /// Reads `null`.
    public mutating func null() throws(Fault) { try word("null") }

    /// Reads a value of any kind, and forgets it.
    public mutating func skip() throws(Fault) {
        switch try kind {
        case .object:
            try object { (reader, _) throws(Fault) in try reader.skip() }
        case .array:
            try array { (reader) throws(Fault) in try reader.skip() }
        case .string: try skipString()
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: try null()
        }
    }

    /// Reads a value of any kind as the text that it is.
    public mutating func text() throws(Fault) -> String {
        let start = at
        try skip()
        var end = at
        while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// Checks that nothing follows.
    public func end() throws(Fault) {
        guard at == bytes.count else { throw fault }
    }

    // MARK: Parts

    var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// The fault of the text at this place, for who finds a rule of its own broken.
    public var fault: Fault { Fault(offset: at) }

    mutating func skipSpace() {
        while at < bytes.count, bytes[at] <= 0x20 {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        at += 1
        return true
    }

    private mutating func open(_ bracket: UInt8) throws(Fault) {
        guard current == bracket, depth < Self.depthLimit else { throw fault }
        at += 1
        depth += 1
        skipSpace()
    }

    private mutating func close() {
        depth -= 1
        skipSpace()
    }

    private mutating func word(_ text: StaticString) throws(Fault) {
        let count = text.utf8CodeUnitCount
        guard bytes.count - at >= count, text.withUTF8Buffer({ bytes[at..<at + count].elementsEqual($0) }) else {
            throw fault
        }
        at += count
        skipSpace()
    }
}
