import HTTPTypes

extension HTTPField.Name {
    /// `X-Request-ID`
    public static let requestID = Self("X-Request-ID")!
    /// `traceparent` (W3C Trace Context)
    public static let traceparent = Self("traceparent")!
    /// `X-Forwarded-For`
    public static let forwardedFor = Self("X-Forwarded-For")!
}

/// Media types that answers have.
public enum MediaType {
    /// JSON (RFC 8259).
    public static let json = "application/json"
    /// Problem details (RFC 9457).
    public static let problem = "application/problem+json"
}
