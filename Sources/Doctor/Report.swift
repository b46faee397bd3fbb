import Essentials

/// What all checks came to.
public struct Report: Sendable {
    /// What one check came to.
    struct Entry: Sendable {
        let area: Area
        let name: String
        let verdict: Verdict
    }

    let entries: [Entry]

    /// The exit status: 0 if nothing is wrong, 1 if there are warnings, 2 if there are faults.
    public var exitStatus: Int32 {
        switch entries.flatMap(\.verdict.findings).map(\.severity).max() {
        case nil: 0
        case .warning: 1
        case .fault: 2
        }
    }

    private func count(_ severity: Finding.Severity) -> Int {
        entries.flatMap(\.verdict.findings).count { $0.severity == severity }
    }

    private var skipped: Int { entries.count { if case .skipped = $0.verdict { true } else { false } } }

    /// One line: `38 checks, nothing to mend`.
    var summary: String {
        var counts: [String] = []
        for (severity, word) in [(Finding.Severity.fault, "fault"), (.warning, "warning")] {
            let count = count(severity)
            if count > 0 { counts.append("\(count) \(word)\(count == 1 ? "" : "s")") }
        }
        if counts.isEmpty { counts.append("nothing to mend") }
        if skipped > 0 { counts.append("\(skipped) of them skipped") }
        return "\(entries.count) checks, " + counts.joined(separator: ", ")
    }

    /// The report for people: faults first, then warnings, then the summary.
    ///
    /// - Parameters:
    ///   - isVerbose: whether what is well, and what was not looked at, is told as well.
    ///   - hasColours: whether it is for a terminal.
    public func text(isVerbose: Bool, hasColours: Bool) -> String {
        var text = ""
        let found = entries.flatMap { entry in entry.verdict.findings.map { (entry.area, $0) } }
        for severity in Finding.Severity.allCases.sorted(by: >) {
            for (area, finding) in found where finding.severity == severity {
                let word = Self.padded(severity.rawValue, 9)
                let colour = severity == .fault ? "31" : "33"
                text += hasColours ? "\u{1B}[1;\(colour)m\(word)\u{1B}[0m" : word
                text += Self.padded(area.rawValue, 10) + Self.wrapped(finding.found, indent: 19) + "\n"
                text += Self.indentation + Self.wrapped(finding.meaning, indent: 19) + "\n"
                // Not wrapped: it is there to be copied.
                text += Self.indentation + "→ " + finding.remedy.withoutControls + "\n\n"
            }
        }
        if isVerbose {
            for entry in entries {
                switch entry.verdict {
                case .good(let seen): text += Self.line("good", entry, seen)
                case .skipped(let reason): text += Self.line("skipped", entry, reason)
                case .wrong: break
                }
            }
        }
        return text + summary + "\n"
    }

    private static let indentation = String(repeating: " ", count: 19)

    private static func line(_ word: String, _ entry: Entry, _ text: String) -> String {
        padded(word, 9) + padded(entry.area.rawValue, 10) + wrapped("\(entry.name): \(text)", indent: 19) + "\n"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// Breaks lines at spaces, at 100 columns. Some of it is what a server has said.
    private static func wrapped(_ text: String, indent: Int) -> String {
        var lines: [String] = [""]
        for word in text.split(whereSeparator: \.isWhitespace).map(\.withoutControls) {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = word
            } else if indent + lines[last].count + 1 + word.count <= 100 {
                lines[last] += " " + word
            } else {
                lines.append(word)
            }
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    /// The report for programs: an object with `status`, the counts, the `findings`, and all `checks` with their results.
    public var json: [UInt8] {
        JSONWriter.object(capacity: 8192) { json in
            json.member("status", exitStatus == 0 ? "good" : exitStatus == 1 ? "warning" : "fault")
            json.member("faults", count(.fault))
            json.member("warnings", count(.warning))
            json.member("skipped", skipped)
            json.key("findings")
            json.array { list in
                for entry in entries {
                    for finding in entry.verdict.findings { Self.write(finding, of: entry, to: &list) }
                }
            }
            json.key("checks")
            json.array { list in
                for entry in entries { Self.write(entry, to: &list) }
            }
        }
    }

    private static func write(_ finding: Finding, of entry: Entry, to json: inout JSONWriter) {
        json.object { json in
            json.member("area", entry.area.rawValue)
            json.member("check", entry.name)
            json.member("severity", finding.severity.rawValue)
            json.member("found", finding.found)
            json.member("meaning", finding.meaning)
            json.member("remedy", finding.remedy)
        }
    }

    private static func write(_ entry: Entry, to json: inout JSONWriter) {
        json.object { json in
            json.member("area", entry.area.rawValue)
            json.member("check", entry.name)
            switch entry.verdict {
            case .good(let seen):
                json.member("result", "good")
                json.member("seen", seen)
            case .wrong(let findings):
                json.member("result", findings.map(\.severity).max()?.rawValue)
            case .skipped(let reason):
                json.member("result", "skipped")
                json.member("reason", reason)
            }
        }
    }
}
