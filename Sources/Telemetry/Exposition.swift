/// Prometheus' text exposition format, version 0.0.4.
public struct Exposition {
    /// The format's media type.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// How a metric is to be understood.
    public enum Kind: String, Sendable {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// Cumulative buckets, a sum and a count.
        case histogram
    }

    private struct Family {
        let name: String
        let kind: Kind
        let help: String
    }

    /// The families that the counters of the store belong to.
    private static let families = [
        Family(
            name: "chimney_requests_total", kind: .counter, help: "Requests answered, by route and class of the status."
        ),
        Family(
            name: "chimney_request_duration_ms", kind: .histogram,
            help: "Time from accepting a request to its answer, in milliseconds."),
        Family(
            name: "chimney_queue_wait_ms", kind: .histogram,
            help: "Time from the front end's receipt of a request to its acceptance, in milliseconds."),
        Family(name: "chimney_panics_total", kind: .counter, help: "Processes that died of a defect."),
        Family(
            name: "chimney_log_dropped_total", kind: .counter,
            help: "Log lines that were lost: to the ring, while the store was away for too long, or to standard error."),
        Family(
            name: "chimney_export_dropped_total", kind: .counter,
            help: "Log lines and spans that no collector took for so long that the outbox had no room for them."),
    ]

    private var text = ""

    /// An empty exposition.
    public init() {}

    /// The exposition so far.
    public var bytes: [UInt8] { Array(text.utf8) }

    /// Adds a metric with its samples: labels such as `state="idle"` (empty for none) and values.
    public mutating func add(_ name: String, _ kind: Kind, help: String, samples: [(labels: String, value: String)]) {
        begin(Family(name: name, kind: kind, help: help))
        for sample in samples {
            text += sample.labels.isEmpty ? "\(name) \(sample.value)\n" : "\(name){\(sample.labels)} \(sample.value)\n"
        }
    }

    /// Adds the counters as the store keeps them: sample names with labels, and values. Families without a sample, and
    /// samples of no known family, are left out, but for counters without labels, which begin at 0.
    public mutating func add(counters: [String: Int64]) {
        for family in Self.families {
            let samples = counters.keys.filter { Self.family(of: $0, family) }
            if family.kind == .counter, samples.isEmpty {
                if !family.name.hasSuffix("requests_total") {
                    begin(family)
                    text += "\(family.name) 0\n"
                }
                continue
            }
            guard !samples.isEmpty else { continue }
            begin(family)
            if family.kind == .histogram {
                addHistograms(family.name, counters, samples)
            } else {
                for name in samples.sorted() { text += "\(name) \(counters[name]!)\n" }
            }
        }
    }

    private mutating func begin(_ family: Family) {
        text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
    }

    private static func family(of sample: String, _ family: Family) -> Bool {
        let name = sample.prefix { $0 != "{" }
        guard family.kind == .histogram else { return name == family.name }
        return ["_bucket", "_sum", "_count"].contains { name == family.name + $0 }
    }

    /// Every series with all its buckets, those without an observation included, in ascending order.
    private mutating func addHistograms(_ name: String, _ counters: [String: Int64], _ samples: [String]) {
        let counts = samples.filter { $0.hasPrefix(name + "_count") }.sorted()
        for count in counts {
            let labels = count.dropFirst(name.count + "_count".count).dropFirst().dropLast()
            let prefix = labels.isEmpty ? "" : "\(labels),"
            let braces = labels.isEmpty ? "" : "{\(labels)}"
            for bound in Catalogue.bounds.map(String.init) + ["+Inf"] {
                let bucket = "\(name)_bucket{\(prefix)le=\"\(bound)\"}"
                text += "\(bucket) \(counters[bucket] ?? 0)\n"
            }
            let microseconds = counters["\(name)_sum\(braces)"] ?? 0
            text += "\(name)_sum\(braces) \(Self.milliseconds(microseconds))\n"
            text += "\(count) \(counters[count] ?? 0)\n"
        }
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        let rest = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// A label's value with `\`, `"` and line feeds escaped.
    public static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
