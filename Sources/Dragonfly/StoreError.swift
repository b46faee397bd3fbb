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

    /// Reads an error reply. Some are about the state of the server and go away by themselves.
    public init(reply message: String) {
        let transient = [
            "LOADING", "OOM", "READONLY", "MISCONF", "MASTERDOWN", "BUSY", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS",
            "NOAUTH", "WRONGPASS", "NOPERM",
        ]
        let code = message.prefix { $0 != " " }
        // Out of memory is also reported from inside a script, with the code somewhere in the text.
        if transient.contains(where: { code == $0 }) || message.contains("OOM ") || message.contains("LOADING ") {
            self = .unavailable(message)
        } else {
            self = .refused(message)
        }
    }
}
