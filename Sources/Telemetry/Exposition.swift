/// Prometheus' text exposition format, version 0.0.4.
public enum Exposition {
    /// The format's media type.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// The metrics as text.
    public static func bytes(of families: [MetricFamily]) -> [UInt8] {
        var text = ""
        for family in families {
            text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
            for series in family.series {
                let labels = series.labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
                switch series.value {
                case .number(let number): text += "\(family.name)\(braced(labels)) \(number)\n"
                case .histogram(let histogram): append(histogram, family.name, labels, to: &text)
                }
            }
        }
        return Array(text.utf8)
    }

    private static func append(
        _ histogram: MetricFamily.Histogram, _ name: String, _ labels: String, to text: inout String
    ) {
        let prefix = labels.isEmpty ? "" : "\(labels),"
        for (bound, count) in zip(histogram.bounds.map(String.init) + ["+Inf"], histogram.cumulative) {
            text += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(count)\n"
        }
        text += "\(name)_sum\(braced(labels)) \(milliseconds(histogram.microseconds))\n"
        text += "\(name)_count\(braced(labels)) \(histogram.count)\n"
    }

    private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

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
