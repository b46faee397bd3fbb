/// Why the store did not do what it was asked.
public enum StoreError: Error, CustomStringConvertible {
    /// It does not answer, or says itself that it cannot serve at present; the reason is for the operator. A write may
    /// or may not have happened.
    case unavailable(String)
    /// It refused the command: a defect of the caller.
    case refused(String)
    /// It was started anew, and is brought up to date from the journals: no durable write is taken before that is done.
    case restoring
    /// The journal of this host cannot be written; the reason is for the operator. Where the write was refused before the
    /// store was touched (`isUntouched`) it has not happened, otherwise it has, but may not outlive the store.
    case journal(String, isUntouched: Bool)

    /// The reason, without secrets.
    public var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .refused(let message): "the store refused a command: \(message)"
        case .restoring: "the store is being restored from the journals"
        case .journal(let reason, _): "the journal of this host cannot be written: \(reason)"
        }
    }

    /// Reads an error reply. Few are about the command; the others are about the state of the server, and go away by
    /// themselves or are an operator's to mend.
    public init(reply message: String) {
        let code = message.prefix { $0 != " " }
        let isAboutCommand = ["", "ERR", "WRONGTYPE", "NOSCRIPT", "EXECABORT", "CROSSSLOT"].contains(code)
        let isAboutServer = Self.signs.contains { message.contains($0) }
        self = isAboutCommand && !isAboutServer ? .refused(message) : .unavailable(message)
    }

    /// What errors of a general kind tell of the server. What a script meets may be somewhere in the text of its own
    /// error. To be full is told as soon as one connects, and a command that came in pieces is none that was sent.
    private static let signs = [
        "OOM ", "LOADING ", "-READONLY ", "-MISCONF ", "-NOREPLICAS ", "-MASTERDOWN ", "max number of clients",
        "Protocol error",
    ]
}
