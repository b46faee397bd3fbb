import Essentials
import Tracing

/// A span that goes to the outbox when it ends. The span of a request is none of these: it is made of the request's log
/// line, which tells all of it.
public final class RecordedSpan: Tracing.Span, @unchecked Sendable {
    // Unchecked: a process that records spans has one thread.

    /// Which span it is, for spans within it.
    public let context: InstrumentationContext
    /// What is done.
    public var operationName: String
    /// What describes it.
    public var attributes: SpanAttributes = [:]

    private let own: TraceParent
    private let parentSpanID: String?
    private let kind: SpanKind
    private let beganNanoseconds: UInt64
    private var endedNanoseconds: UInt64?
    private var isFailed = false
    private var failure: RequestRecord.Failure?

    /// A span that begins.
    init(_ operationName: String, context: InstrumentationContext, kind: SpanKind, nanoseconds: UInt64) {
        let parent = context.traceParent
        own = TraceParent(traceID: parent?.traceID ?? Hex.random(bytes: 16), spanID: Hex.random(bytes: 8))
        parentSpanID = parent?.spanID
        var inner = context
        inner.traceParent = own
        self.context = inner
        self.operationName = operationName
        self.kind = kind
        beganNanoseconds = nanoseconds
    }

    /// Whether it has not ended.
    public var isRecording: Bool { endedNanoseconds == nil }

    /// Notes whether it went well.
    public func setStatus(_ status: SpanStatus) {
        isFailed = status.code == .error
        if isFailed, failure == nil, let message = status.message {
            failure = RequestRecord.Failure(type: "error", message: message)
        }
    }

    /// Notes what went wrong, as the span's exception event.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        failure = RequestRecord.Failure(type: "\(type(of: error))", message: "\(error)")
        isFailed = true
    }

    /// Events other than errors are log records here, which carry the span's ids.
    public func addEvent(_ event: SpanEvent) {
        LogBackend.recorder?.log(.info, event.name, label: "span")
    }

    /// Links are not kept: nothing of chimney has more than one cause.
    public func addLink(_ link: SpanLink) {}

    /// Ends it and hands it to the recorder of the process. A second time changes nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard endedNanoseconds == nil else { return }
        endedNanoseconds = instant().nanosecondsSinceEpoch
        LogBackend.recorder?.span(self)
    }

    /// The span as the outbox keeps it: a JSON object without its opening brace.
    var line: [UInt8] {
        var json = JSONWriter(capacity: 512)
        let ended = endedNanoseconds ?? beganNanoseconds
        json.member("span", operationName)
        json.member("time", Timestamp(milliseconds: Int64(beganNanoseconds / 1_000_000)))
        json.member("latency_ms", microseconds: (max(ended, beganNanoseconds) - beganNanoseconds) / 1000)
        json.member("kind", "\(kind)")
        json.member("trace_id", own.traceID)
        json.member("span_id", own.spanID)
        if let parentSpanID { json.member("parent_span_id", parentSpanID) }
        json.key("attributes")
        json.object { object in
            attributes.forEach { name, value in Self.write(value, as: name, to: &object) }
        }
        if isFailed {
            json.member("error_type", failure?.type ?? "error")
            json.member("error", failure?.message ?? "")
        }
        return json.bytes + [UInt8(ascii: "}")]
    }

    private static func write(_ value: SpanAttribute, as name: String, to json: inout JSONWriter) {
        json.key(name)
        switch value {
        case .bool(let value): json.bool(value)
        case .int32(let value): json.integer(value)
        case .int64(let value): json.integer(value)
        case .double(let value): json.number(value)
        case .string(let value): json.string(value)
        case .stringArray(let values):
            json.array { array in
                for value in values { array.string(value) }
            }
        case .stringConvertible(let value): json.string("\(value)")
        default: json.string("\(value)")
        }
    }
}
