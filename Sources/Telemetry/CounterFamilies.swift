/// The families that the counters of the store belong to.
public enum CounterFamilies {
    /// Log lines and spans that were lost on their way to the collector.
    public static let exportDropped = "chimney_export_dropped_total"

    private struct Family {
        let name: String
        var kind = MetricFamily.Kind.counter
        var hasLabels = false
        let help: String
    }

    private static let all = [
        Family(
            name: "chimney_requests_total", hasLabels: true,
            help: "Requests answered, by route and class of the status."),
        Family(
            name: "chimney_request_duration_ms", kind: .histogram, hasLabels: true,
            help: "Time from accepting a request to its answer, in milliseconds."),
        Family(
            name: "chimney_queue_wait_ms", kind: .histogram,
            help: "Time from the front end's receipt of a request to its acceptance, in milliseconds."),
        Family(
            name: "chimney_cache_hits_total", hasLabels: true,
            help: "Requests that a cache had the answer to, by the tier that had it."),
        Family(name: "chimney_cache_misses_total", help: "Requests that the cache had no answer to, or none any more."),
        Family(name: "chimney_cache_invalidations_total", help: "Invalidations of the cache, by API and webhook."),
        Family(
            name: "chimney_github_fetches_total", hasLabels: true, help: "Requests made of GitHub, by outcome."),
        Family(
            name: "auth_requests_total", hasLabels: true,
            help: "Requests that showed who sends them, by the way in which they did and whether they were let in."),
        Family(name: "chimney_panics_total", help: "Processes that died of a defect."),
        Family(
            name: "chimney_log_dropped_total",
            help: "Log lines that were lost: to the ring, while the store was away for too long, or to standard error."),
        Family(
            name: exportDropped,
            help:
                "Log lines and spans that were lost to the collector: it refused them, or took none for so long that the"
                + " outbox had no room for them."),
    ]

    private static let beginning = Dictionary(uniqueKeysWithValues: CounterSample.allCases.map { ($0.name, Int64(0)) })

    /// The counters as the store keeps them, sample names with labels and values, by families. Families without a
    /// sample, and samples of no known family, are left out; a `CounterSample`, and a counter without labels, begin at 0.
    public static func families(of counters: [String: Int64]) -> [MetricFamily] {
        let counters = beginning.merging(counters) { $1 }
        let samples = Dictionary(grouping: counters.keys) { $0.prefix { $0 != "{" } }
        return all.compactMap { family in
            let series: [MetricFamily.Series]
            switch family.kind {
            case .histogram:
                let counts = samples["\(family.name)_count"] ?? []
                series = counts.sorted().compactMap { histogram(family.name, count: $0, counters) }
            case .counter, .gauge:
                let names = samples[family.name[...]] ?? (family.hasLabels ? [] : [family.name])
                series = names.sorted().compactMap { name in
                    SampleName(name).map { MetricFamily.Series($0.labels, .number(counters[name] ?? 0)) }
                }
            }
            return series.isEmpty ? nil : MetricFamily(family.name, family.kind, help: family.help, series: series)
        }
    }

    /// A series with all its buckets, those without an observation included.
    private static func histogram(
        _ name: String, count: String, _ counters: [String: Int64]
    ) -> MetricFamily.Series? {
        guard let sample = SampleName(count) else { return nil }
        let braces = count.dropFirst(name.count + "_count".count)
        let labels = braces.isEmpty ? "" : "\(braces.dropFirst().dropLast()),"
        let cumulative = (Catalogue.bounds.map(String.init) + ["+Inf"]).map { bound in
            counters["\(name)_bucket{\(labels)le=\"\(bound)\"}"] ?? 0
        }
        return MetricFamily.Series(
            sample.labels,
            .histogram(
                MetricFamily.Histogram(
                    bounds: Catalogue.bounds, cumulative: cumulative,
                    microseconds: counters["\(name)_sum\(braces)"] ?? 0, count: counters[count] ?? 0)))
    }
}

/// The name of a sample as the counters of the store have it, and Prometheus' text: `name{label="value",…}`.
struct SampleName {
    /// The labels, their values not escaped any more.
    let labels: [MetricFamily.Label]

    /// Reads a name; nil if it is none.
    init?(_ text: String) {
        var rest = text.utf8.drop { $0 != UInt8(ascii: "{") }
        var labels: [MetricFamily.Label] = []
        if !rest.isEmpty {
            repeat {
                rest.removeFirst()
                let name = rest.prefix { $0 != UInt8(ascii: "=") }
                rest = rest[name.endIndex...].dropFirst()
                guard !name.isEmpty, rest.first == UInt8(ascii: "\""), let value = Self.value(&rest) else { return nil }
                labels.append(MetricFamily.Label(String(decoding: name, as: UTF8.self), value))
            } while rest.first == UInt8(ascii: ",")
            guard rest.elementsEqual("}".utf8) else { return nil }
        }
        self.labels = labels
    }

    /// Takes a value in quotes; nil without the one at its end.
    private static func value(_ rest: inout Substring.UTF8View) -> String? {
        rest.removeFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                bytes.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
            default: bytes.append(byte)
            }
        }
        return nil
    }
}
