/// A version as Semantic Versioning 2.0.0 has it (https://semver.org/spec/v2.0.0.html), all of it and nothing else:
/// `1.2.3`, `1.2.3-rc.1`, `1.2.3+build.7`. A `v` may stand in front, as many write it in their tags.
///
/// Neither equatable nor comparable: two versions that differ in their build have the same precedence (section 10), so
/// that neither of them is higher and they are not the same.
public struct SemanticVersion: Sendable {
    /// What a version is compared by (section 11): of two versions the one whose bytes are higher, compared one by one
    /// from the first, has the higher precedence, and the same bytes are the same precedence. None is the beginning of
    /// another one. Printable ASCII, so that a script can compare two of them.
    ///
    /// Numbers are written with their count of digits in front. Behind the three of the core a release has `~`, which
    /// is above all else, and a pre-release its identifiers: `0` and a number, or `1` and a text; `#` is between two of
    /// them and `!` at their end, both below whatever an identifier consists of.
    public let precedence: [UInt8]

    /// The most characters that a version may have. The specification names no limit but calls 255 too many.
    public static let longest = 255

    /// A version; nil where the text is none.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "v") { rest.removeFirst() }
        if let plus = rest.firstIndex(of: UInt8(ascii: "+")) {
            guard Self.identifiers(rest[(plus + 1)...]) != nil else { return nil }
            rest = rest[..<plus]
        }
        var prerelease: [ArraySlice<UInt8>]?
        if let hyphen = rest.firstIndex(of: UInt8(ascii: "-")) {
            guard let found = Self.identifiers(rest[(hyphen + 1)...]) else { return nil }
            prerelease = found
            rest = rest[..<hyphen]
        }
        guard let core = Self.identifiers(rest), core.count == 3, core.allSatisfy(Self.isNumber) else { return nil }

        var key = core.flatMap(Self.counted)
        if let prerelease {
            for (index, identifier) in prerelease.enumerated() {
                if index > 0 { key.append(UInt8(ascii: "#")) }
                if Self.isDigits(identifier) {
                    guard Self.isNumber(identifier) else { return nil }
                    key.append(UInt8(ascii: "0"))
                    key += Self.counted(identifier)
                } else {
                    key.append(UInt8(ascii: "1"))
                    key += identifier
                }
            }
            key.append(UInt8(ascii: "!"))
        } else {
            key.append(UInt8(ascii: "~"))
        }
        precedence = key
    }

    /// Whether this one has the higher precedence.
    public func isHigher(than other: SemanticVersion) -> Bool {
        other.precedence.lexicographicallyPrecedes(precedence)
    }

    /// What stands between the dots: letters, digits and hyphens (section 9); nil where that is something else.
    private static func identifiers(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        let identifiers = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return identifiers.allSatisfy { !$0.isEmpty && $0.allSatisfy(isIdentifierByte) } ? identifiers : nil
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isDigits(_ identifier: ArraySlice<UInt8>) -> Bool {
        identifier.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// Whether an identifier is a number: digits, and no zero in front of others (section 2).
    private static func isNumber(_ identifier: ArraySlice<UInt8>) -> Bool {
        isDigits(identifier) && (identifier.count == 1 || identifier.first != UInt8(ascii: "0"))
    }

    /// A number with its count of digits in front, which has three: of two numbers the one with more digits is higher.
    private static func counted(_ number: ArraySlice<UInt8>) -> [UInt8] {
        let count = String(number.count).utf8
        return Array(repeating: UInt8(ascii: "0"), count: 3 - count.count) + count + number
    }
}
