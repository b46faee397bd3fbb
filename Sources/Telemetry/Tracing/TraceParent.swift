/// A span as others refer to it: the W3C trace context (https://www.w3.org/TR/trace-context/, section 3.2).
public struct TraceParent: Sendable, Equatable {
    /// The name of the header field.
    public static let field = "traceparent"

    /// The trace, 32 hexadecimal digits.
    public let traceID: String
    /// The span, 16 hexadecimal digits.
    public let spanID: String

    /// A span of a trace.
    public init(traceID: String, spanID: String) {
        self.traceID = traceID
        self.spanID = spanID
    }

    /// Reads a `traceparent`; nil where it is not valid. Versions to come may have more parts.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHex(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], 32), parts[1].contains(where: { $0 != "0" }),
            Self.isSpanID(String(parts[2])),
            Self.isHex(parts[3], 2)
        else { return nil }
        traceID = String(parts[1])
        spanID = String(parts[2])
    }

    /// Whether a text can be the id of a span (section 3.2.2.4).
    public static func isSpanID(_ text: String) -> Bool { isHex(text[...], 16) && text.contains { $0 != "0" } }

    /// The text of the header field. Every span of ours is recorded, hence the flag `sampled`.
    public var text: String { "00-\(traceID)-\(spanID)-01" }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
