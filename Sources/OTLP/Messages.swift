import Essentials
import SwiftProtobuf

// The generated messages by the names that the OTLP specification has for them.

typealias AnyValue = Opentelemetry_Proto_Common_V1_AnyValue
typealias ArrayValue = Opentelemetry_Proto_Common_V1_ArrayValue
typealias KeyValue = Opentelemetry_Proto_Common_V1_KeyValue
typealias KeyValueList = Opentelemetry_Proto_Common_V1_KeyValueList
typealias Scope = Opentelemetry_Proto_Common_V1_InstrumentationScope
typealias ResourceMessage = Opentelemetry_Proto_Resource_V1_Resource

typealias LogRecord = Opentelemetry_Proto_Logs_V1_LogRecord
typealias ScopeLogs = Opentelemetry_Proto_Logs_V1_ScopeLogs
typealias ResourceLogs = Opentelemetry_Proto_Logs_V1_ResourceLogs
typealias LogsRequest = Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceRequest
typealias LogsResponse = Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceResponse

typealias Span = Opentelemetry_Proto_Trace_V1_Span
typealias ScopeSpans = Opentelemetry_Proto_Trace_V1_ScopeSpans
typealias ResourceSpans = Opentelemetry_Proto_Trace_V1_ResourceSpans
typealias TracesRequest = Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest
typealias TracesResponse = Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceResponse

typealias Metric = Opentelemetry_Proto_Metrics_V1_Metric
typealias NumberDataPoint = Opentelemetry_Proto_Metrics_V1_NumberDataPoint
typealias HistogramDataPoint = Opentelemetry_Proto_Metrics_V1_HistogramDataPoint
typealias ScopeMetrics = Opentelemetry_Proto_Metrics_V1_ScopeMetrics
typealias ResourceMetrics = Opentelemetry_Proto_Metrics_V1_ResourceMetrics
typealias MetricsRequestMessage = Opentelemetry_Proto_Collector_Metrics_V1_ExportMetricsServiceRequest
typealias MetricsResponse = Opentelemetry_Proto_Collector_Metrics_V1_ExportMetricsServiceResponse

extension AnyValue {
    /// A text.
    init(_ text: String) {
        self.init()
        value = .stringValue(text)
    }
}

extension KeyValue {
    /// An attribute.
    init(_ key: String, _ value: AnyValue) {
        self.init()
        self.key = key
        self.value = value
    }

    /// An attribute with a text.
    init(_ key: String, _ text: String) { self.init(key, AnyValue(text)) }
}

extension Message {
    /// The message as it is sent.
    var encoded: [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            preconditionFailure("only a message over 2 GB or with required fields, which proto3 has not: \(error)")
        }
    }
}

extension Timestamp {
    /// Nanoseconds since the epoch, 0 before it, as messages have times.
    var unixNanoseconds: UInt64 {
        let (value, overflow) = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : value
    }
}
