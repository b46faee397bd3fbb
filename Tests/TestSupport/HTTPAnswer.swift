/// An HTTP answer as it came over the wire.
public struct HTTPAnswer: Sendable {
    /// The status.
    public let status: Int
    /// The text after the status.
    public let reason: String
    /// The header fields in their order.
    public let fields: [(name: String, value: String)]
    /// The body, its transfer coding undone.
    public let body: [UInt8]

    /// The value of a header field; several are joined by commas. Nil if there is none.
    public subscript(name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// All values of a header field.
    public func values(of name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON.
    ///
    /// - Throws: `DecodingError` if it is none.
    public var json: JSON {
        get throws { try JSON(parsing: body) }
    }
}

/// An answer that breaks HTTP, or a connection that ended before it was whole.
public struct HTTPFailure: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String
}
