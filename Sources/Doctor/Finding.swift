/// Something that is wrong with an installation.
public struct Finding: Sendable, Equatable {
    /// How bad it is.
    public enum Severity: String, Sendable, Comparable, CaseIterable {
        /// It works, but not for long, not for everybody, or not as it could.
        case warning
        /// Something does not work, or something may get lost.
        case fault

        /// Orders by how bad it is.
        public static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .fault }
    }

    /// How bad it is.
    public let severity: Severity
    /// What is the case.
    public let found: String
    /// What that means for whoever uses the installation.
    public let meaning: String
    /// How to mend it: a command, or a setting.
    public let remedy: String

    /// A finding.
    public init(_ severity: Severity, _ found: String, meaning: String, remedy: String) {
        self.severity = severity
        self.found = found
        self.meaning = meaning
        self.remedy = remedy
    }
}

/// What came of a check.
public enum Verdict: Sendable, Equatable {
    /// Nothing is wrong; what was seen.
    case good(String)
    /// What is wrong, at least one thing.
    case wrong([Finding])
    /// It could not be done, or there is nothing to check; why.
    case skipped(String)

    /// A verdict by what was found.
    ///
    /// - Parameter seen: what was seen, for the case that nothing is wrong.
    static func of(_ findings: [Finding], seen: String) -> Verdict { findings.isEmpty ? .good(seen) : .wrong(findings) }

    /// The findings.
    var findings: [Finding] { if case .wrong(let findings) = self { findings } else { [] } }
}

/// What a check is about.
public enum Area: String, Sendable, CaseIterable {
    /// The settings, and the files that they name.
    case settings
    /// Dragonfly or Redis.
    case store
    /// The front end.
    case caddy
    /// The two sockets, and who answers there.
    case sockets
    /// The servers that are watched over.
    case origins
    /// GitHub's API.
    case github
    /// The collector of telemetry.
    case otlp
    /// The time.
    case clock
    /// What the kernel allows.
    case limits
    /// systemd's units.
    case units
    /// What is deployed, and by what.
    case services
    /// Directories that chimney writes to.
    case files
}

/// One check: a plain function that looks at an installation.
public struct Check: Sendable {
    /// What it is about.
    public let area: Area
    /// What it looks at, in a few words.
    public let name: String
    /// Looks. It takes 5 s at most.
    let run: @Sendable (Examination) -> Verdict

    init(_ area: Area, _ name: String, _ run: @escaping @Sendable (Examination) -> Verdict) {
        self.area = area
        self.name = name
        self.run = run
    }
}
