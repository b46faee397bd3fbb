import HTTPTypes

/// One request to make of a server, and how much of everything it may take.
public struct HTTPCall: Sendable {
    /// The method.
    public var method: HTTPRequest.Method
    /// An absolute `http` or `https` URL without user name and password: those belong into a header field.
    public var url: String
    /// The header fields; a default of libcurl's (`User-Agent`, `Accept`) gives way to one that is named.
    public var fields: HTTPFields
    /// The content; nil for none.
    public var body: [UInt8]?
    /// Milliseconds until the connection has to stand, TLS included.
    public var connectLimit = 3000
    /// Milliseconds until everything has to be over: resolving, connecting, redirects and the last byte of the answer.
    public var totalLimit = 10_000
    /// Bytes that the content of the answer may have once it is decoded.
    public var bodyLimit = 10 << 20
    /// Bytes that the header of the answer may have.
    public var headerLimit = 64 << 10
    /// Whether a redirect is followed (at most five, to the same scheme, host and port; any other one is a failure).
    /// Otherwise it is the answer.
    public var followsRedirects = false

    /// Whether the call may reach the server twice: a connection that was kept and turns out to be dead is replaced,
    /// and the call made again, without anybody noticing. Otherwise it gets a connection of its own. By default as the
    /// method is idempotent (RFC 9110, section 9.2.2).
    public var isRepeatable: Bool

    /// A call with the usual limits: 3 s for the connection, 10 s in all, 10 MiB.
    public init(
        _ method: HTTPRequest.Method, _ url: String, fields: HTTPFields = [:], body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        isRepeatable = [.get, .head, .put, .delete, .options, .trace].contains(method)
    }

    /// What a server answered.
    public struct Answer: Sendable, Equatable {
        /// The status; any that the server chose, errors too.
        public var status: HTTPResponse.Status
        /// The header fields.
        public var fields: HTTPFields
        /// The content, decoded.
        public var body: [UInt8]
        /// From the start of the call to the last byte, in microseconds.
        public var microseconds: UInt64

        /// An answer.
        public init(
            status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = [], microseconds: UInt64 = 0
        ) {
            self.status = status
            self.fields = fields
            self.body = body
            self.microseconds = microseconds
        }
    }
}
