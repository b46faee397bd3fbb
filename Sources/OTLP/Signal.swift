/// A kind of telemetry, with an endpoint of its own at the collector.
public enum Signal: String, CaseIterable, Sendable {
    /// Spans.
    case traces
    /// Log records.
    case logs
    /// Counters, gauges and histograms.
    case metrics

    /// The media type of the bodies of requests and answers.
    public static let mediaType = "application/x-protobuf"

    /// What is appended to the base endpoint (OTLP specification, "OTLP/HTTP Request").
    var path: String { "v1/\(rawValue)" }

    /// What its requests consist of, in words.
    var things: String {
        switch self {
        case .traces: "spans"
        case .logs: "log records"
        case .metrics: "data points"
        }
    }

    /// How the names of environment variables spell it.
    var variable: String { rawValue.uppercased() }
}
