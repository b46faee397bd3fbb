import CPosix

/// A command has not done what it was to do. Says which one, why, and what it printed last.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    /// Why.
    enum Kind: Equatable, Sendable {
        /// The program could not be started, or not be ended; says why.
        case cannotRun(String)
        /// It ended with this status.
        case exited(Int32)
        /// Somebody ended it by this signal.
        case signalled(Int32)
        /// It took longer than this, and was ended.
        case timedOut(seconds: Int)
        /// It succeeded, and what it printed is not what it prints; says what is missing.
        case unreadable(String)
    }

    /// What was run: `docker pull`.
    let command: String
    /// Why it failed.
    let kind: Kind
    /// The last lines of its standard error, without control characters; at most `Commands.Output.errorLines`.
    let lines: [String]

    /// A failure.
    init(_ command: String, _ kind: Kind, lines: [String] = []) {
        self.command = command
        self.kind = kind
        self.lines = lines
    }

    /// Whether its time was over.
    var isTimeout: Bool {
        if case .timedOut = kind { true } else { false }
    }

    /// The command, why it failed, and the last line that it printed.
    var description: String {
        let reason =
            switch kind {
            case .cannotRun(let reason): reason
            case .exited(let status): "exit status \(status)"
            case .signalled(let signal): "ended by SIG\(String(cString: chimney_signal_name(signal)))"
            case .timedOut(let seconds): "not done within \(seconds) s"
            case .unreadable(let what): "its answer cannot be read: \(what)"
            }
        return "\(command): \(reason)" + (lines.last.map { ": \($0)" } ?? "")
    }
}
