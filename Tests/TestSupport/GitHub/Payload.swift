import Essentials
import Foundation

/// What can stand in a JSON text that the fake answers with.
protocol PayloadValue: Sendable {
    func write(to writer: inout JSONWriter)
}

/// An object, its members in the order in which GitHub's documentation has them.
struct Payload: PayloadValue, ExpressibleByDictionaryLiteral {
    private var members: [(name: String, value: any PayloadValue)]

    init(dictionaryLiteral members: (String, any PayloadValue)...) {
        self.members = members
    }

    /// Both objects' members; of two with the same name the other one's.
    func merging(_ other: Payload) -> Payload {
        var result = self
        for (name, value) in other.members {
            if let index = result.members.firstIndex(where: { $0.name == name }) {
                result.members[index].value = value
            } else {
                result.members.append((name, value))
            }
        }
        return result
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, value) in members {
                writer.key(name)
                value.write(to: &writer)
            }
        }
    }
}

/// JSON that was written before, for what stands in an answer many times.
struct WrittenPayload: PayloadValue {
    let bytes: [UInt8]

    init(_ value: some PayloadValue) { bytes = value.json }

    func write(to writer: inout JSONWriter) { writer.raw(bytes) }
}

/// `null`
struct Null: PayloadValue {
    func write(to writer: inout JSONWriter) { writer.null() }
}

extension PayloadValue {
    /// The JSON text of it.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 4096)
        write(to: &writer)
        return writer.bytes
    }
}

extension String: PayloadValue {
    func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Int: PayloadValue {
    func write(to writer: inout JSONWriter) { writer.integer(self) }
}

extension Double: PayloadValue {
    func write(to writer: inout JSONWriter) { writer.number(self) }
}

extension Bool: PayloadValue {
    func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension Date: PayloadValue {
    func write(to writer: inout JSONWriter) {
        writer.string(Timestamp(milliseconds: Int64(timeIntervalSince1970) * 1000).rfc3339)
    }
}

extension Optional: PayloadValue where Wrapped: PayloadValue {
    func write(to writer: inout JSONWriter) {
        if let self { self.write(to: &writer) } else { writer.null() }
    }
}

extension Array: PayloadValue where Element: PayloadValue {
    func write(to writer: inout JSONWriter) {
        writer.array { writer in
            for element in self { element.write(to: &writer) }
        }
    }
}

extension JSON: PayloadValue {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let truth): writer.bool(truth)
        case .number(let number): writer.number(number)
        case .string(let text): writer.string(text)
        case .array(let elements): elements.write(to: &writer)
        case .object(let members):
            writer.object { writer in
                for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                    writer.key(name)
                    value.write(to: &writer)
                }
            }
        }
    }
}
