/// A metric with all its series, as it is to be shown: Prometheus' text and OpenTelemetry's messages are both made of
/// it.
public struct MetricFamily: Sendable, Equatable {
    /// How a metric is to be understood.
    public enum Kind: String, Sendable {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// How many observations there were up to each bound, their sum and their number.
        case histogram
    }

    /// What tells a series from the others.
    public struct Label: Sendable, Equatable {
        /// The name.
        public let name: String
        /// The value; any text.
        public let value: String

        /// A label.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The observations of a series.
    public struct Histogram: Sendable, Equatable {
        /// Upper bounds of the buckets in milliseconds, ascending; there is one bucket more, without a bound.
        public let bounds: [Int64]
        /// How many observations are within each bucket or one before it: a number more than there are bounds.
        public let cumulative: [Int64]
        /// The sum of all observations, in microseconds.
        public let microseconds: Int64
        /// How many observations there are.
        public let count: Int64

        /// A histogram.
        public init(bounds: [Int64], cumulative: [Int64], microseconds: Int64, count: Int64) {
            precondition(cumulative.count == bounds.count + 1, "a bucket for each bound, and one without")
            self.bounds = bounds
            self.cumulative = cumulative
            self.microseconds = microseconds
            self.count = count
        }
    }

    /// What a series shows.
    public enum Value: Sendable, Equatable {
        /// Of a counter or gauge.
        case number(Int64)
        /// Of a histogram.
        case histogram(Histogram)
    }

    /// One of the family.
    public struct Series: Sendable, Equatable {
        /// The labels, in the order in which they are shown.
        public let labels: [Label]
        /// The value.
        public let value: Value

        /// A series.
        public init(_ labels: [Label], _ value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    /// The name by Prometheus' conventions, such as `chimney_requests_total`.
    public let name: String
    /// How it is to be understood.
    public let kind: Kind
    /// What it tells, in a sentence.
    public let help: String
    /// Whether it tells of one host; else it is the same whichever host tells it.
    public let isOfHost: Bool
    /// The series.
    public let series: [Series]

    /// A metric.
    public init(_ name: String, _ kind: Kind, help: String, isOfHost: Bool = false, series: [Series]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.isOfHost = isOfHost
        self.series = series
    }

    /// A metric with a single series.
    public init(_ name: String, _ kind: Kind, help: String, isOfHost: Bool = false, value: Int64) {
        self.init(name, kind, help: help, isOfHost: isOfHost, series: [Series([], .number(value))])
    }
}
