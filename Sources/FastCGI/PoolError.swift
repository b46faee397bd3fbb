import Glibc

/// Why a pool cannot start or go on.
public enum PoolError: Error, CustomStringConvertible {
    /// What was asked for cannot be done; says what to change.
    case configuration(String)
    /// A system call failed, with its `errno`.
    case system(String, Int32)

    /// The message for the operator.
    public var description: String {
        switch self {
        case .configuration(let message): message
        case .system(let what, let code): "\(what): \(String(cString: strerror(code)))"
        }
    }
}
