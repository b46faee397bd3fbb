extension Settings {
    /// A duration in seconds: a whole number of them, or of what is named behind it: `90s`, `45m`, `2h`, `1d`.
    public mutating func seconds(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        let remedy =
            "is no duration from \(range.lowerBound) s to \(range.upperBound) s; set seconds, such as 5400, or 90m, 2h, 1d"
        return value(name, default: fallback, remedy: remedy) { text in
            Self.seconds(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// The seconds of a text such as `90`, `90s`, `45m`, `2h`, `1d`; nil for any other.
    public static func seconds(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(number), let unit = units[String(text[number.endIndex...])] else { return nil }
        let (seconds, isTooLong) = count.multipliedReportingOverflow(by: unit)
        return isTooLong ? nil : seconds
    }

    private static let units = ["": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400]
}
