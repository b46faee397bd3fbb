import Essentials

extension LogRecord {
    /// The record of a line of the log. What the line says of time, level, message and ids has fields of its own; the
    /// rest are attributes of the same names and types.
    ///
    /// - Parameters:
    ///   - level: the line's.
    ///   - observed: when the exporter saw the line.
    init(_ line: Item, level: String, observed: Timestamp) {
        self.init()
        timeUnixNano = line.time.unixNanoseconds
        observedTimeUnixNano = observed.unixNanoseconds
        severityNumber = Severity.number(ofLevel: level)
        severityText = level
        body = AnyValue(line.message)
        attributes = line.members
        droppedAttributesCount = UInt32(clamping: line.dropped)
        if let context = line.context {
            traceID = context.traceID
            spanID = context.spanID
            flags = TraceFlags.sampled
        }
    }
}

/// The levels of `swift-log` in OpenTelemetry's scale.
enum Severity {
    typealias Number = Opentelemetry_Proto_Logs_V1_SeverityNumber

    /// The number of a level. `notice` is `INFO2`, as in the table of examples of OpenTelemetry's logs data model
    /// (appendix B), and `critical`, beyond which there is none, `FATAL`.
    static func number(ofLevel level: String) -> Number {
        switch level {
        case "trace": .trace
        case "debug": .debug
        case "info": .info
        case "notice": .info2
        case "warning": .warn
        case "error": .error
        case "critical": .fatal
        default: .unspecified
        }
    }
}

/// The flags of records and spans: the lower eight are those of W3C's `traceparent`.
enum TraceFlags {
    /// The trace is recorded.
    static let sampled: UInt32 = 0x01
    /// It is known whether the parent is in another process …
    static let hasIsRemote: UInt32 = 0x100
    /// … and it is.
    static let isRemote: UInt32 = 0x200
}
