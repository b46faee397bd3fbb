import Essentials
import HTTPTypes

/// A request as the front end passed it on.
public struct Request {
    /// The method, as it was sent.
    public let method: HTTPRequest.Method
    /// The decoded path: `PATH_INFO`, or `SCRIPT_NAME` where the front end sends no other.
    public let path: String
    /// The query as it was sent, without its `?`; empty where there is none.
    public let query: String
    /// All variables of the request.
    public let environment: Environment
    /// The body, which is read on demand.
    public let body: RequestBody

    /// Reads the request line from the variables.
    public init(environment: Environment, body: RequestBody) {
        self.environment = environment
        self.body = body
        // What is no method is one that no route has.
        method = environment["REQUEST_METHOD"].flatMap { HTTPRequest.Method($0) } ?? HTTPRequest.Method("INVALID")!
        let pathInfo = environment["PATH_INFO"] ?? ""
        path = pathInfo.isEmpty ? environment["SCRIPT_NAME"] ?? "/" : pathInfo
        query = environment["QUERY_STRING"] ?? ""
    }

    /// The decoded path that the client asked for, where the front end has put another one in its place and says so
    /// (`REQUEST_URI`).
    public var originalPath: String? {
        environment["REQUEST_URI"].flatMap { PercentEncoding.decode($0.prefix { $0 != "?" }) }
    }

    /// The value of a header.
    public subscript(header: HTTPField.Name) -> String? { environment[header] }

    /// The length that the client announced for the body, as `Environment.contentLength` has it.
    public var contentLength: Int? { environment.contentLength }

    /// The address of whoever talks to the front end.
    public var remoteAddress: String { environment["REMOTE_ADDR"] ?? "" }

    /// Milliseconds that a request can have waited for a process at most. No front end waits for so long: it is by that much
    /// that its clock differs from this host's, or that was set meanwhile.
    static let longestWait: Int64 = 120_000

    /// How long the request has waited for this process, in milliseconds, where the front end says when it began, and that
    /// can be: `CHIMNEY_REQUEST_TIME_MS` in milliseconds, or in seconds with a fraction (nginx's `$msec`).
    public func waited(untilMilliseconds now: Int64) -> Int64? {
        guard let text = environment["CHIMNEY_REQUEST_TIME_MS"] else { return nil }
        let began: Int64?
        if text.utf8.contains(UInt8(ascii: ".")) {
            began = Double(text).flatMap { $0.isFinite && abs($0) < 9e12 ? Int64($0 * 1000) : nil }
        } else {
            began = Int64(text)
        }
        guard let began, began > 0 else { return nil }
        // Another host's clock may be ahead of ours; a wait is never negative.
        let waited = max(0, now.subtractingReportingOverflow(began).partialValue)
        return waited > Self.longestWait ? nil : waited
    }
}
