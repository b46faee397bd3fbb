import Essentials
import FoundationEssentials

/// A body that is read field by field; `init(reading:)` notes every field that breaks a rule.
public protocol FieldReadable {
    /// Reads the fields that it knows.
    init(reading fields: inout FieldReader)
}

/// Reads the fields of a JSON object and collects every mistake, so that one answer names them all.
public struct FieldReader {
    /// A field's value as far as rules look at it.
    public enum Value: Equatable, Sendable {
        /// Absent, or `null`.
        case missing
        /// A string.
        case string(String)
        /// A number.
        case number(Double)
        /// A truth value.
        case bool(Bool)
        /// An array of strings.
        case strings([String])
        /// Anything else.
        case other
    }

    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Key>

    /// The fields that break a rule, in the order in which they were read.
    public private(set) var errors: [Problem.Field] = []

    init(_ container: KeyedDecodingContainer<Key>) {
        self.container = container
    }

    /// Notes that a field breaks a rule.
    public mutating func reject(_ field: String, _ rule: String) {
        errors.append(Problem.Field(field: field, message: rule))
    }

    /// The value of a field. Arrays are read up to `limit` elements; longer ones are `other`.
    public func value(_ name: String, limit: Int = 0) -> Value {
        let key = Key(stringValue: name)
        guard container.contains(key), (try? container.decodeNil(forKey: key)) != true else { return .missing }
        if let text = try? container.decode(String.self, forKey: key) { return .string(text) }
        if let number = try? container.decode(Double.self, forKey: key) { return .number(number) }
        if let truth = try? container.decode(Bool.self, forKey: key) { return .bool(truth) }
        if limit > 0, var list = try? container.nestedUnkeyedContainer(forKey: key), (list.count ?? .max) <= limit {
            var strings: [String] = []
            while !list.isAtEnd {
                guard let text = try? list.decode(String.self) else { return .other }
                strings.append(text)
            }
            return .strings(strings)
        }
        return .other
    }

    /// Reads a body.
    ///
    /// - Throws: `Problem` 400 where it is no JSON object, 422 where fields break rules.
    public static func read<Body: FieldReadable>(_ type: Body.Type, from bytes: [UInt8]) throws(Problem) -> Body {
        guard !bytes.isEmpty else { throw .badRequest("Send a JSON object as the body.") }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .badRequest("Encode the body in UTF-8.")
        }
        if let fault = JSONReader.firstFault(in: bytes) {
            throw .badRequest("Correct the JSON of the body; it is broken at byte \(fault + 1).")
        }
        let outcome: Outcome<Body>
        do {
            outcome = try JSONDecoder().decode(Outcome<Body>.self, from: Data(bytes))
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            throw .badRequest("Send a JSON object as the body.")
        } catch {
            throw .badRequest("Correct the JSON of the body; it cannot be parsed.")
        }
        guard outcome.errors.isEmpty else { throw .invalid(outcome.errors) }
        return outcome.body
    }

    /// The decoder's containers live no longer than the call to `decode`, so everything is read inside it.
    private struct Outcome<Body: FieldReadable>: Decodable {
        let body: Body
        let errors: [Problem.Field]

        init(from decoder: any Decoder) throws {
            var reader = FieldReader(try decoder.container(keyedBy: Key.self))
            body = Body(reading: &reader)
            errors = reader.errors
        }
    }
}
