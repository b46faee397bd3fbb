import Essentials

/// What is told at the end of a call for a deployment: on the console, and as the summary of a job.
public struct DeployReport: Sendable {
    /// Lines of the log that a summary has; GitHub takes 1 MiB for all steps of a job together
    /// (https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits).
    private static let summaryLines = 200
    /// Characters of a line, or of a text, that a summary has.
    private static let summaryText = 1000

    private let call: ClientCall
    private let outcome: DeployOutcome
    private let seconds: Int

    /// A report.
    ///
    /// - Parameter seconds: how long it took.
    public init(_ call: ClientCall, _ outcome: DeployOutcome, seconds: Int) {
        self.call = call
        self.outcome = outcome
        self.seconds = seconds
    }

    /// What happened, in a sentence.
    private var headline: String {
        switch outcome {
        case .ended(let run) where run.status == .succeeded: "\(call.service) succeeded after \(seconds) s"
        case .ended(let run): "\(call.service) \(run.status.words) after \(seconds) s, in phase \(run.phase)"
        case .forbidden: "\(call.service): not allowed"
        case .busy: "\(call.service): another deployment is under way"
        case .refused: "\(call.service): refused"
        case .unknown: "\(call.service): the outcome is not known"
        }
    }

    /// What there is to say besides, each with a name.
    private var details: [(name: String, text: String)] {
        switch outcome {
        case .ended(let run):
            [("error", run.error), ("last health", run.lastHealth), ("next step", run.nextStep)]
                .compactMap { name, text in text.flatMap { $0.isEmpty ? nil : (name, $0) } }
        case .forbidden(let text), .busy(let text), .refused(let text), .unknown(let text): [("error", text)]
        }
    }

    /// Tells a console, and closes it.
    public func tell(_ console: DeployConsole) {
        console.tell(headline)
        for (name, text) in details { console.tell("\(name): \(text)") }
        if case .ended(let run) = outcome, !run.containerLog.isEmpty {
            console.tell("the container's last lines:")
            for line in run.containerLog { console.tell("  \(line)") }
        }
        let text = ([headline] + details.map { "\($0): \($1)" }).joined(separator: "\n")
        console.close(failure: outcome.exitStatus == 0 ? nil : ("Deployment", text))
    }

    /// The summary of a job in GitHub's Markdown.
    public var markdown: String {
        var rows: [(String, String)] = [("service", call.service)]
        if case .ended(let run) = outcome {
            if let commit = run.commit ?? call.commit { rows.append(("commit", commit)) }
            rows.append(("deployment", run.id))
            rows.append(("hosts", run.hosts.joined(separator: ", ")))
            if run.status != .succeeded, let host = run.host { rows.append(("ended at", host)) }
        } else if let commit = call.commit {
            rows.append(("commit", commit))
        }
        if let reason = call.reason { rows.append(("reason", reason)) }
        var text = "## \(outcome.exitStatus == 0 ? "✅" : "❌") \(Self.plain(headline))\n\n"
        text += rows.filter { !$1.isEmpty }.map { "- \($0): \(Self.code($1))\n" }.joined()
        for (name, detail) in details { text += "\n**\(name)**\n\n\(Self.block(detail.split(separator: "\n")))" }
        if case .ended(let run) = outcome {
            text += Self.section("The container's last lines", run.containerLog, isOpen: true)
            text += Self.section("Log", run.log, isOpen: false)
        }
        return text + "\n"
    }

    // MARK: Markdown

    /// A text without characters that mean something in Markdown or HTML.
    private static func plain(_ text: String) -> String {
        text.withoutControls.map { $0.isASCII && ($0.isPunctuation || $0.isSymbol) ? "\\\($0)" : "\($0)" }.joined()
    }

    /// A text as it is, within a line (https://spec.commonmark.org/0.31.2/#code-spans).
    private static func code(_ text: String) -> String {
        let text = text.prefix(summaryText).withoutControls
        let fence = String(repeating: "`", count: longestRun(of: "`", in: text) + 1)
        return "\(fence) \(text) \(fence)"
    }

    /// Lines as they are (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
    private static func block(_ lines: [some StringProtocol]) -> String {
        let lines = lines.map { $0.prefix(summaryText).withoutControls }
        let fence = String(repeating: "`", count: max(3, (lines.map { longestRun(of: "`", in: $0) }.max() ?? 0) + 1))
        return ([fence + "text"] + lines + [fence]).joined(separator: "\n") + "\n"
    }

    private static func section(_ title: String, _ lines: [String], isOpen: Bool) -> String {
        guard !lines.isEmpty else { return "" }
        let left = max(0, lines.count - summaryLines)
        let title = left == 0 ? title : "\(title), without its first \(left) lines"
        return "\n<details\(isOpen ? " open" : "")><summary>\(title)</summary>\n\n"
            + "\(block(Array(lines.suffix(summaryLines))))\n</details>\n"
    }

    private static func longestRun(of character: Character, in text: String) -> Int {
        text.split { $0 != character }.map(\.count).max() ?? 0
    }
}
