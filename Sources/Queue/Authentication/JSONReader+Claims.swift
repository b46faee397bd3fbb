import Essentials

extension JSONReader {
    /// Reads a text that is one object whose members have different names, as those of tokens and keys must
    /// (RFC 7515, section 4; RFC 7519, section 4): readers differ about which of two counts.
    ///
    /// - Parameter member: takes each name, and reads the value that belongs to it.
    /// - Throws: `Fault`, for what is not UTF-8 as well.
    static func readClaims(
        _ bytes: [UInt8], _ member: (inout JSONReader, String) throws(Fault) -> Void
    ) throws(Fault) {
        var reader = JSONReader(bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { throw reader.fault }
        try reader.distinctMembers(member)
        try reader.end()
    }

    /// Reads an object whose members have different names.
    mutating func distinctMembers(_ member: (inout JSONReader, String) throws(Fault) -> Void) throws(Fault) {
        var names: Set<String> = []
        try object { (reader, name) throws(Fault) in
            guard names.insert(name).inserted else { throw reader.fault }
            try member(&reader, name)
        }
    }

    /// Reads a string; nil for a value of any other kind, which is as good as none.
    mutating func optionalString() throws(Fault) -> String? {
        guard try kind == .string else {
            try skip()
            return nil
        }
        return try string()
    }

    /// Reads one string or several.
    mutating func strings() throws(Fault) -> [String] {
        guard try kind == .array else { return [try string()] }
        var strings: [String] = []
        try array { (reader) throws(Fault) in strings.append(try reader.string()) }
        return strings
    }
}
