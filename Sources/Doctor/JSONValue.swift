import Essentials

/// A JSON value as a tree, for a text whose shape is not known beforehand.
indirect enum JSONValue: Equatable {
    case object([String: JSONValue])
    case array([JSONValue])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    /// Reads a text; nil if it is no JSON.
    init?(_ bytes: [UInt8]) {
        var reader = JSONReader(bytes)
        guard let value = try? Self.read(&reader), (try? reader.end()) != nil else { return nil }
        self = value
    }

    private static func read(_ json: inout JSONReader) throws(JSONReader.Fault) -> JSONValue {
        switch try json.kind {
        case .object:
            var members: [String: JSONValue] = [:]
            try json.object { (json, name) throws(JSONReader.Fault) in members[name] = try read(&json) }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            try json.array { (json) throws(JSONReader.Fault) in elements.append(try read(&json)) }
            return .array(elements)
        case .string: return .string(try json.string())
        case .number: return .number(try json.number().double)
        case .bool: return .bool(try json.bool())
        case .null:
            try json.null()
            return .null
        }
    }

    /// A member of an object; null where there is none.
    subscript(name: String) -> JSONValue {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    /// The members of an object; of anything else none.
    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }

    /// The elements of an array; of anything else none.
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }

    /// The text of a string.
    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The texts of an array, or the one of a string.
    var texts: [String] { text.map { [$0] } ?? elements.compactMap(\.text) }

    /// A number, or the number that a string is.
    var number: Double? {
        switch self {
        case .number(let number): number
        case .string(let text): Double(text)
        default: nil
        }
    }

    /// Whether it is `true`, or a number other than 0.
    var isTrue: Bool {
        switch self {
        case .bool(let value): value
        case .number(let number): number != 0
        default: false
        }
    }

    /// All objects in it at any depth, itself included, for which `condition` holds.
    func all(where condition: (JSONValue) -> Bool) -> [JSONValue] {
        var found = condition(self) ? [self] : []
        for value in members.values { found += value.all(where: condition) }
        for value in elements { found += value.all(where: condition) }
        return found
    }
}
