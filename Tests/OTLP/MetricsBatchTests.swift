import Essentials
import SwiftProtobuf
import Telemetry
import Testing

@testable import OTLP

private let began = Timestamp(milliseconds: 1_771_660_000_000)
private let now = Timestamp(milliseconds: 1_771_668_780_250)

private func metrics(_ families: [MetricFamily]) throws -> [ResourceMetrics] {
    let batch = MetricsBatch(families, resource: resource(), began: began, now: now)
    return try MetricsRequestMessage(serializedBytes: batch.body).resourceMetrics
}

private func metric(_ family: MetricFamily) throws -> Metric {
    try #require(try metrics([family]).first?.scopeMetrics.first?.metrics.first)
}

@Suite struct MetricsBatchTests {
    @Test("A counter is a monotonic sum since the beginning of counting")
    func counter() throws {
        let metric = try metric(
            MetricFamily(
                "chimney_requests_total", .counter, help: "Requests.",
                series: [
                    MetricFamily.Series(
                        [MetricFamily.Label("route", "/a"), MetricFamily.Label("status_class", "2xx")], .number(17)),
                    MetricFamily.Series([MetricFamily.Label("route", "/b")], .number(0)),
                ]))
        #expect(metric.name == "chimney.requests")
        #expect(metric.unit == "")
        #expect(metric.description_p == "Requests.")
        #expect(metric.sum.isMonotonic)
        #expect(metric.sum.aggregationTemporality == .cumulative)
        #expect(metric.sum.dataPoints.map(\.asInt) == [17, 0])
        let point = try #require(metric.sum.dataPoints.first)
        #expect(point.attributes.map { "\($0.key)=\($0.value.stringValue)" } == ["route=/a", "status_class=2xx"])
        #expect(point.startTimeUnixNano == 1_771_660_000_000_000_000)
        #expect(point.timeUnixNano == 1_771_668_780_250_000_000)
    }

    @Test("A gauge has no beginning")
    func gauge() throws {
        let metric = try metric(MetricFamily("chimney_workers", .gauge, help: "Workers.", value: 4))
        #expect(metric.name == "chimney.workers")
        guard case .gauge(let gauge)? = metric.data else {
            Issue.record("\(metric)")
            return
        }
        #expect(gauge.dataPoints.map(\.asInt) == [4])
        #expect(gauge.dataPoints.map(\.startTimeUnixNano) == [0])
    }

    @Test("A histogram has explicit bounds, each bucket's own observations, and its sum in milliseconds")
    func histogram() throws {
        let metric = try metric(
            MetricFamily(
                "chimney_request_duration_ms", .histogram, help: "Durations.",
                series: [
                    MetricFamily.Series(
                        [MetricFamily.Label("route", "/a")],
                        .histogram(
                            MetricFamily.Histogram(
                                bounds: [5, 25, 100], cumulative: [2, 2, 7, 9], microseconds: 1_234_005, count: 9)))
                ]))
        #expect(metric.name == "chimney.request.duration")
        #expect(metric.unit == "ms")
        #expect(metric.histogram.aggregationTemporality == .cumulative)
        let point = try #require(metric.histogram.dataPoints.first)
        #expect(point.explicitBounds == [5, 25, 100])
        #expect(point.bucketCounts == [2, 0, 5, 2])
        #expect(point.count == 9)
        #expect(point.sum == 1234.005)
        #expect(point.startTimeUnixNano == began.unixNanoseconds)
        #expect(point.attributes.map(\.key) == ["route"])
    }

    @Test(
        "Names have dots, and units a place of their own",
        arguments: [
            ("chimney_requests_total", MetricFamily.Kind.counter, "chimney.requests", ""),
            ("deployments_created_total", .counter, "deployments.created", ""),
            ("chimney_queue_wait_ms", .gauge, "chimney.queue.wait", "ms"),
            ("chimney_uptime_seconds", .gauge, "chimney.uptime", "s"),
            ("chimney_dragonfly_connected", .gauge, "chimney.dragonfly.connected", ""),
            ("chimney_total", .gauge, "chimney.total", ""),
        ])
    func names(name: String, kind: MetricFamily.Kind, expected: String, unit: String) throws {
        let metric = try metric(MetricFamily(name, kind, help: "", value: 1))
        #expect(metric.name == expected)
        #expect(metric.unit == unit)
    }

    @Test("What is of all hosts names none; what is of this one names it")
    func resources() throws {
        let groups = try metrics([
            MetricFamily("chimney_uptime_seconds", .gauge, help: "", isOfHost: true, value: 1),
            MetricFamily("chimney_workers", .gauge, help: "", value: 1),
        ])
        #expect(
            groups.map { $0.scopeMetrics.flatMap(\.metrics).map(\.name) } == [["chimney.workers"], ["chimney.uptime"]])
        #expect(
            groups.map { $0.resource.attributes.map(\.key) } == [
                ["service.name", "service.version"], ["service.name", "service.version", "host.name"],
            ])
        #expect(groups.flatMap(\.scopeMetrics).map(\.scope.name) == ["chimney", "chimney"])
    }

    @Test("Data points are counted over all metrics")
    func points() {
        let families = [
            MetricFamily("a", .gauge, help: "", value: 1),
            MetricFamily("b", .counter, help: "", series: (0..<3).map { MetricFamily.Series([], .number($0)) }),
        ]
        #expect(MetricsBatch(families, resource: resource(), began: began, now: now).points == 4)
    }
}
