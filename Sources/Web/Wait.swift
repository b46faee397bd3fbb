import Essentials
import FastCGI

/// A client's wait for an outcome, as one process of a pool hands it over to another.
///
/// Until when it lasts is told by the monotonic clock, which the processes of a host have in common: of the other one they may
/// have heard differently, and it may be set on the way.
struct Wait: Equatable, Continuation {
    /// What is waited for.
    let hold: Hold
    /// Until when, in microseconds of the monotonic clock.
    let deadline: UInt64

    /// A wait that begins now.
    init(for hold: Hold) {
        self.hold = hold
        deadline = hold.limit.deadline
    }

    /// A wait that was handed over; nil if nothing can be waited for so. A worker of a version that names the hold alone means
    /// that it lasts until its limit.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let hold = Hold(id: parts.prefix(2).joined(separator: "-")) else { return nil }
        switch parts.count {
        case 2: self.init(for: hold)
        case 3:
            guard parts[2].utf8.allSatisfy(\.isHexDigit), let deadline = UInt64(parts[2], radix: 16) else { return nil }
            self.init(hold: hold, deadline: deadline)
        default: return nil
        }
    }

    private init(hold: Hold, deadline: UInt64) {
        self.hold = hold
        self.deadline = deadline
    }

    /// How it is handed over.
    var text: String { "\(hold.id)-\(String(deadline, radix: 16))" }
}
