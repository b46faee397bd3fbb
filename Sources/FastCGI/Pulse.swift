/// For how long a process has not been heard of, by somebody who looks at its beats all the time.
///
/// Only silence that was watched counts: whoever looks may have been stopped together with the process, by a debugger,
/// a freezer or the host itself.
struct Pulse {
    /// Microseconds between two looks after which nobody can tell what happened in between.
    static let gap: UInt64 = 5_000_000

    private var beat: UInt64 = 0
    private var heardAt: UInt64 = 0
    private var lookedAt: UInt64 = 0

    /// Looks at the last beat of the process, 0 for one that has none.
    ///
    /// - Parameter now: microseconds of the monotonic clock.
    /// - Returns: microseconds since it was seen to change.
    mutating func silence(after beat: UInt64, at now: UInt64) -> UInt64 {
        if beat == 0 || beat != self.beat || now > lookedAt + Self.gap { heardAt = now }
        self.beat = beat
        lookedAt = now
        return now - heardAt
    }
}
