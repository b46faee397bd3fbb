import Essentials
import Telemetry

/// Metrics as the body of an OTLP/HTTP request, in the binary encoding of protobuf.
///
/// Counters and histograms are cumulative, so that what gets lost between two requests is in the next. Their series go
/// on whichever host exports them: they belong to no host, and began when the counters in the store did.
struct MetricsBatch {
    /// The body of a request to `/v1/metrics`.
    let body: [UInt8]
    /// How many data points there are.
    let points: Int

    /// Converts metrics.
    ///
    /// - Parameters:
    ///   - began: when counting began.
    ///   - now: when these values were read.
    init(_ families: [MetricFamily], resource: Resource, began: Timestamp, now: Timestamp) {
        points = families.reduce(0) { $0 + $1.series.count }
        var request = MetricsRequestMessage()
        for (isOfHost, message) in [(false, resource.messageOfAllHosts), (true, resource.message())] {
            let metrics = families.filter { $0.isOfHost == isOfHost }.map { Metric($0, began: began, now: now) }
            guard !metrics.isEmpty else { continue }
            var scoped = ScopeMetrics()
            scoped.scope = resource.scope
            scoped.metrics = metrics
            var group = ResourceMetrics()
            group.resource = message
            group.scopeMetrics = [scoped]
            request.resourceMetrics.append(group)
        }
        body = request.encoded
    }
}

extension Metric {
    /// The metric of a family. Its name has dots, its unit a place of its own.
    init(_ family: MetricFamily, began: Timestamp, now: Timestamp) {
        self.init()
        (name, unit) = Self.nameAndUnit(of: family)
        description_p = family.help
        let numbers = family.series.compactMap { series -> NumberDataPoint? in
            guard case .number(let number) = series.value else { return nil }
            var point = NumberDataPoint()
            point.attributes = Self.attributes(of: series)
            if family.kind == .counter { point.startTimeUnixNano = began.unixNanoseconds }
            point.timeUnixNano = now.unixNanoseconds
            point.asInt = number
            return point
        }
        switch family.kind {
        case .counter:
            sum.isMonotonic = true
            sum.aggregationTemporality = .cumulative
            sum.dataPoints = numbers
        case .gauge: gauge.dataPoints = numbers
        case .histogram:
            histogram.aggregationTemporality = .cumulative
            histogram.dataPoints = family.series.compactMap { series in
                guard case .histogram(let values) = series.value else { return nil }
                var point = HistogramDataPoint(values)
                point.attributes = Self.attributes(of: series)
                point.startTimeUnixNano = began.unixNanoseconds
                point.timeUnixNano = now.unixNanoseconds
                return point
            }
        }
    }

    /// `chimney_request_duration_ms` is `chimney.request.duration` in `ms`, `chimney_requests_total`
    /// `chimney.requests`.
    private static func nameAndUnit(of family: MetricFamily) -> (name: String, unit: String) {
        var name = family.name[...]
        var unit = ""
        if family.kind == .counter, name.hasSuffix("_total") { name.removeLast("_total".count) }
        for (suffix, symbol) in [("_ms", "ms"), ("_seconds", "s")] where name.hasSuffix(suffix) {
            name.removeLast(suffix.count)
            unit = symbol
        }
        return (String(name.map { $0 == "_" ? "." : $0 }), unit)
    }

    private static func attributes(of series: MetricFamily.Series) -> [KeyValue] {
        series.labels.map { KeyValue($0.name, $0.value) }
    }
}

extension HistogramDataPoint {
    /// The observations, each bucket with its own.
    init(_ histogram: MetricFamily.Histogram) {
        self.init()
        explicitBounds = histogram.bounds.map(Double.init)
        bucketCounts = zip(histogram.cumulative, [0] + histogram.cumulative).map { UInt64(clamping: $0 - $1) }
        count = UInt64(clamping: histogram.count)
        sum = Double(histogram.microseconds) / 1000
    }
}
