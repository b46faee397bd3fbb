import Glibc

/// Why the journal of this host cannot be used; the reason is for the operator.
public struct JournalError: Error, CustomStringConvertible {
    /// What was tried, with what, and why it failed.
    public let description: String
    /// The `errno` of it.
    let code: Int32

    /// After a system call that has failed.
    ///
    /// - Parameter act: what was tried, such as `open`.
    init(_ act: String, _ path: String, code: Int32 = errno) {
        description = "cannot \(act) \(path): \(String(cString: strerror(code)))"
        self.code = code
    }
}
