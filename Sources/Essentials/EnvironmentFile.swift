/// Variables in a file, as systemd reads it (systemd.exec(5), EnvironmentFile=): a `NAME=value` a line, optionally in
/// quotes; lines that begin with `#` or `;` are comments. Values that go on in the next line are not understood.
public enum EnvironmentFile {
    /// The variables of a text.
    public static func variables(in text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            guard let first = line.first, first != "#", first != ";", let end = line.firstIndex(of: "=") else {
                continue
            }
            var value = trimmed(line[line.index(after: end)...])
            if let quote = value.first, quote == "\"" || quote == "'", value.count >= 2, value.last == quote {
                value = value.dropFirst().dropLast()
            }
            variables[String(trimmed(line[..<end]))] = String(value)
        }
        return variables
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }
}
