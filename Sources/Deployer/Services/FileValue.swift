import Essentials

/// A value of the services file, as far as rules look at it.
enum FileValue {
    /// Members with names, in the order in which they stand; a name may stand there twice.
    case object([(name: String, value: FileValue)])
    /// Elements.
    case array([FileValue])
    /// A string.
    case text(String)
    /// A number without fraction and exponent.
    case integer(Int64)
    /// Anything else: no member of the file is of another kind.
    case other

    /// Reads a file.
    ///
    /// - Throws: `Unreadable` where it is no JSON.
    static func read(_ bytes: [UInt8]) throws(Unreadable) -> FileValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Unreadable(reason: "is not encoded in UTF-8")
        }
        var reader = JSONReader(bytes)
        do throws(JSONReader.Fault) {
            let value = try read(&reader)
            try reader.end()
            return value
        } catch {
            let before = bytes[..<error.offset]
            let line = before.count(where: { $0 == UInt8(ascii: "\n") }) + 1
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            throw Unreadable(reason: "is no JSON: it is broken at line \(line), byte \(column) of it")
        }
    }

    /// Why a file cannot be looked at.
    struct Unreadable: Error {
        /// A clause that says what the file is.
        let reason: String
    }

    private static func read(_ reader: inout JSONReader) throws(JSONReader.Fault) -> FileValue {
        switch try reader.kind {
        case .object:
            var members: [(name: String, value: FileValue)] = []
            try reader.object { (reader, name) throws(JSONReader.Fault) in members.append((name, try read(&reader))) }
            return .object(members)
        case .array:
            var elements: [FileValue] = []
            try reader.array { (reader) throws(JSONReader.Fault) in elements.append(try read(&reader)) }
            return .array(elements)
        case .string: return .text(try reader.string())
        case .number:
            guard case .integer(let number) = try reader.number() else { return .other }
            return .integer(number)
        case .bool, .null:
            try reader.skip()
            return .other
        }
    }
}
