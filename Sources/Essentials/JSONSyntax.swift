/// Checks that text is JSON (RFC 8259) to the last byte.
///
/// Foundation's decoder looks closely only at the values that somebody asks for: it takes a comma too many, and anything at
/// all in members that nobody reads.
public struct JSONSyntax {
    /// How deeply arrays and objects may nest.
    public static let depthLimit = 128

    private enum Container {
        case array, object
    }

    private let bytes: [UInt8]
    private var at = 0
    private var containers: [Container] = []

    /// The offset of the first byte that breaks a rule; nil if the text is one JSON value.
    public static func firstFault(in bytes: [UInt8]) -> Int? {
        var syntax = JSONSyntax(bytes: bytes)
        return syntax.isValid() ? nil : syntax.at
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        at += 1
        return true
    }

    private mutating func isValid() -> Bool {
        skipSpace()
        guard value() else { return false }
        while true {
            skipSpace()
            guard let container = containers.last else { return at == bytes.count }
            switch container {
            case .array:
                if take(UInt8(ascii: "]")) {
                    containers.removeLast()
                } else {
                    guard take(UInt8(ascii: ",")) else { return false }
                    skipSpace()
                    guard value() else { return false }
                }
            case .object:
                if take(UInt8(ascii: "}")) {
                    containers.removeLast()
                } else {
                    guard take(UInt8(ascii: ",")) else { return false }
                    skipSpace()
                    guard member() else { return false }
                }
            }
        }
    }

    /// A value; of an array or object the beginning, with its first element if it has one.
    private mutating func value() -> Bool {
        while true {
            switch current {
            case UInt8(ascii: "\""): return string()
            case UInt8(ascii: "t"): return word("true")
            case UInt8(ascii: "f"): return word("false")
            case UInt8(ascii: "n"): return word("null")
            case UInt8(ascii: "["):
                guard open(.array) else { return false }
                if take(UInt8(ascii: "]")) {
                    containers.removeLast()
                    return true
                }
            case UInt8(ascii: "{"):
                guard open(.object) else { return false }
                if take(UInt8(ascii: "}")) {
                    containers.removeLast()
                    return true
                }
                guard name() else { return false }
            default: return number()
            }
        }
    }

    private mutating func open(_ container: Container) -> Bool {
        guard containers.count < Self.depthLimit else { return false }
        at += 1
        containers.append(container)
        skipSpace()
        return true
    }

    private mutating func member() -> Bool { name() && value() }

    private mutating func name() -> Bool {
        guard current == UInt8(ascii: "\""), string() else { return false }
        skipSpace()
        guard take(UInt8(ascii: ":")) else { return false }
        skipSpace()
        return true
    }

    private mutating func word(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - at >= count,
            text.withUTF8Buffer({ bytes[at..<at + count].elementsEqual($0) })
        else { return false }
        at += count
        return true
    }

    private mutating func string() -> Bool {
        at += 1
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return true
            case UInt8(ascii: "\\"):
                at += 1
                guard escape() else { return false }
            case 0..<0x20: return false
            default: at += 1
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
            return true
        case UInt8(ascii: "u"):
            guard let unit = codeUnit() else { return false }
            // Half of a pair is no character (section 8.2): decoders disagree about it.
            guard (0xD800...0xDFFF).contains(unit) else { return true }
            guard unit < 0xDC00, take(UInt8(ascii: "\\")), current == UInt8(ascii: "u"), let low = codeUnit() else {
                return false
            }
            return (0xDC00...0xDFFF).contains(low)
        default: return false
        }
    }

    /// The four digits after `u`.
    private mutating func codeUnit() -> Int? {
        at += 1
        guard bytes.count - at >= 4, bytes[at..<at + 4].allSatisfy(\.isHexDigit) else { return nil }
        defer { at += 4 }
        return Int(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            guard digits() else { return false }
        }
        if take(UInt8(ascii: ".")) {
            guard digits() else { return false }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        return at > start
    }
}
