import HTTPTypes

extension HTTPField.Name {
    /// `X-Request-ID`
    public static let requestID = Self("X-Request-ID")!
    /// `traceparent` (W3C Trace Context)
    public static let traceparent = Self("traceparent")!
    /// `X-Forwarded-For`
    public static let forwardedFor = Self("X-Forwarded-For")!
    /// `X-Hub-Signature-256`
    static let hubSignature = Self("X-Hub-Signature-256")!
    /// `Last-Event-ID` (HTML Standard, section 9.2)
    static let lastEventID = Self("Last-Event-ID")!
    /// `X-Accel-Buffering`: with `no`, nginx hands on every part of an answer as it comes.
    static let acceleratorBuffering = Self("X-Accel-Buffering")!
    /// `X-Cache`: what a cache had: `hit`, `stale`, `revalidated` or `miss`.
    public static let cache = Self("X-Cache")!
    /// `X-Cache-Tier`: the tier of the cache that had it: `dragonfly`, `memory` or `none`.
    public static let cacheTier = Self("X-Cache-Tier")!
    /// `X-Chimney-GitHub-Path`: the path that GitHub was asked for; for the record of the request, no client sees it.
    public static let githubPath = Self("X-Chimney-GitHub-Path")!
    /// `X-Chimney-Probe`: says that a load balancer asks, again and again, whether somebody is there.
    public static let probe = Self("X-Chimney-Probe")!
    /// `X-Chimney-Hold`: asks the front end to have the client answered by the streamer, and tells for what and until when it
    /// waits.
    static let hold = Self("X-Chimney-Hold")!
    /// `X-Chimney-Span`: the span that the streamer has to answer in then.
    static let span = Self("X-Chimney-Span")!
}

/// Media types that answers have.
public enum MediaType {
    /// JSON (RFC 8259).
    public static let json = "application/json"
    /// Problem details (RFC 9457).
    public static let problem = "application/problem+json"
}
