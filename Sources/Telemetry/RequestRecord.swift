import Essentials
import FastCGI
import Logging

/// What is told of a request: its log line and its counts.
public struct RequestRecord {
    /// The method.
    public var method = "GET"
    /// The path as it was asked for, without the query.
    public var path = "/"
    /// Index in the route table, `Slot.noRoute` where none matches.
    public var route = Slot.noRoute
    /// The status of the answer.
    public var status = 0
    /// The bytes of its body.
    public var bytes = 0
    /// The request's id.
    public var requestID = ""
    /// The W3C trace id.
    public var traceID = ""
    /// The id of the request's span.
    public var spanID = ""
    /// The id of the span that the request is part of, where its sender names one.
    public var parentSpanID: String?
    /// When it was accepted, in microseconds of the monotonic clock.
    public var began: UInt64 = 0
    /// When its handler was done, likewise.
    public var ended: UInt64 = 0
    /// When it was accepted.
    public var time = Timestamp(milliseconds: 0)
    /// Milliseconds in the front end's queue, nil where it does not say.
    public var waited: Int64?
    /// Whether a cache had the answer; nil for routes without a cache.
    public var cacheHit: Bool?
    /// Which tier of the cache had it: `dragonfly`, `memory` or `none`.
    public var cacheTier: String?

    /// The path that was asked of GitHub, for routes that ask it.
    public var githubPath: String?
    /// How many entries of the cache the request has invalidated; nil for routes that invalidate none.
    public var invalidatedKeys: Int?
    /// Why the answer is a 5xx.
    public var failure: Failure?
    /// Whether a load balancer has asked how the server is, as it does every second.
    public var isProbe = false

    /// What went wrong, as a span's exception event tells it.
    public struct Failure {
        /// The kind of error.
        public var type: String
        /// A sentence.
        public var message: String

        /// What went wrong.
        public init(type: String, message: String) {
            self.type = type
            self.message = message
        }
    }

    /// An empty record.
    public init() {}

    /// Bytes of a path that a line shows.
    static let longestPath = 256

    /// The level of its line: what the server is to blame for stands out, and what is asked every second does not drive
    /// everything else out of the ring, however it is answered.
    var level: Logger.Level { isProbe ? .debug : status >= 500 ? .error : .info }

    var entry: BacklogEntry.Request {
        BacklogEntry.Request(
            route: route, status: UInt16(clamping: status),
            cache: cacheSample.map { UInt16($0.rawValue) } ?? BacklogEntry.Request.noCache,
            microseconds: UInt32(clamping: ended &- began),
            waited: waited.map { UInt32(clamping: min($0, Int64(UInt32.max - 1))) } ?? BacklogEntry.Request.unknownWait)
    }

    /// What is counted of the cache.
    private var cacheSample: CounterSample? {
        cacheHit.map { $0 ? cacheTier == "memory" ? .cacheHitsOfMemory : .cacheHitsOfDragonfly : .cacheMisses }
    }

    func write(to line: inout LineWriter, catalogue: Catalogue) {
        line.member("method", method)
        line.member("route", catalogue.name(ofRoute: route))
        line.member(
            "path",
            path.utf8.count <= Self.longestPath
                ? path : String(decoding: path.utf8.prefix(Self.longestPath), as: UTF8.self))
        line.member("status", status)
        line.member("latency_ms", microseconds: ended &- began)
        line.member("cache_hit", cacheHit)
        line.member("cache_tier", cacheTier)
        line.member("bytes", bytes)
        line.member("request_id", requestID)
        line.member("trace_id", traceID)
        line.member("span_id", spanID)
        // The rest is there where it has something to say. The request's span is made of its line.
        if let parentSpanID { line.member("parent_span_id", parentSpanID) }
        if let githubPath { line.member("github_path", githubPath) }
        if let invalidatedKeys { line.member("invalidated_keys", invalidatedKeys) }
        if let failure {
            line.member("error_type", failure.type)
            line.member("error", failure.message)
        }
    }
}
