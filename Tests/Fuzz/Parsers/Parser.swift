/// Something of chimney that reads bytes of strangers, with what has to hold whatever the bytes are.
struct Parser: Sendable {
    /// What it reads: the name of its corpus.
    let name: String
    /// Bytes that it accepts, for mutations to begin with.
    let seeds: [String]
    /// Reads bytes. Throws `BrokenPromise` if something that has to hold does not.
    let read: @Sendable ([UInt8]) throws -> Void

    /// All of them.
    static let all = essentials + protocols + bodies + authentication + files

    /// The parser of a name; nil if there is none.
    static func named(_ name: String) -> Parser? { all.first { $0.name == name } }
}

/// What a parser has promised does not hold.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String
}

/// What a parser has promised.
///
/// - Throws: `BrokenPromise`, with the bytes.
func promise(_ holds: Bool, _ what: @autoclosure () -> String, of bytes: [UInt8]) throws {
    guard !holds else { return }
    let shown = bytes.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "\\x" + hex($0) }.joined()
    throw BrokenPromise(description: "\(what()): \(shown)")
}

private func hex(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return text.utf8.count == 1 ? "0" + text : text
}

extension [UInt8] {
    /// As text; nil where it is no UTF-8.
    var text: String? { String(validating: self, as: UTF8.self) }
}
