import Essentials

/// `name=value,name2=value2` with percent-encoding: how OpenTelemetry's variables hold lists, which is that of W3C
/// Baggage without properties.
enum NameValueList {
    /// The names and values, spaces around them left out; nil if an entry has no name or no `=`, or is wrongly encoded.
    static func parse(_ text: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            let entry = trimmed(entry)
            // A comma at the end is no harm.
            if entry.isEmpty { continue }
            guard let split = entry.firstIndex(of: "="),
                let name = PercentEncoding.decode(trimmed(entry[..<split])), !name.isEmpty,
                let value = PercentEncoding.decode(trimmed(entry[entry.index(after: split)...]))
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
