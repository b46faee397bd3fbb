import Foundation

/// A JSON value, for looking at answers.
@dynamicMemberLookup
public enum JSON: Equatable, Sendable, Decodable {
    /// `null`
    case null
    /// A truth value.
    case bool(Bool)
    /// A number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSON])
    /// An object.
    case object([String: JSON])

    /// Reads a text.
    ///
    /// - Throws: `DecodingError` if it is none.
    public init(parsing text: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(text))
    }

    /// Reads a value.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .bool(truth)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .array(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    /// A member; nil where it is absent, `.null` where it is null.
    public subscript(name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// A member, as `json.last_deploy?.sha`.
    public subscript(dynamicMember name: String) -> JSON? { self[name] }

    /// An element of a list.
    public subscript(index: Int) -> JSON? { list.indices.contains(index) ? list[index] : nil }

    /// The elements of a list; of anything else none.
    public var list: [JSON] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The names of an object's members.
    public var names: Set<String> {
        if case .object(let members) = self { Set(members.keys) } else { [] }
    }

    /// The text, nil if it is none.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, nil if it is none.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The whole number, nil if it is none.
    public var integer: Int? { number.flatMap { Int(exactly: $0) } }

    /// The value as compact JSON; the members of objects in no order.
    public var encoded: String {
        switch self {
        case .null: "null"
        case .bool(let truth): "\(truth)"
        case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .string(let text): Self.quoted(text)
        case .array(let list): "[" + list.map(\.encoded).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0)):\($1.encoded)" }.joined(separator: ",") + "}"
        }
    }

    /// The text as JSON writes it, in quotes.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Whether a JSON text has no white space but in its strings.
    public static func isCompact(_ bytes: some Sequence<UInt8>) -> Bool {
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if [0x20, 0x09, 0x0A, 0x0D].contains(byte) {
                return false
            }
        }
        return true
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}
