import Glibc

/// The time that all hosts on a store go by. What one of them notes, such as when something was fetched, or until when it is
/// waited for, others compare with the time, and a host's clock may be off, or be set.
///
/// It is the clock of this host as long as that is near the store's, and the store's otherwise. In between it goes on with the
/// monotonic clock: that this host's clock is set does not show. A process that has not heard of the store's goes by its
/// host's.
public enum SharedClock {
    /// Microseconds by which two clocks may differ and are taken for the same.
    private static let tolerance: Int64 = 1_000_000
    /// Microseconds after which the store is asked again.
    private static let pause: UInt64 = 1_000_000

    /// What is to be added to the monotonic clock. Set by the one thread of a process that talks to the store.
    nonisolated(unsafe) private static var offset: Int64?
    /// When the store was asked last, and what would have had to be added then for the host's clock.
    nonisolated(unsafe) private static var askedAt: UInt64?
    nonisolated(unsafe) private static var hostOffset: Int64 = 0

    /// Microseconds since the epoch.
    public static var microseconds: Int64 {
        offset.map { Int64(MonotonicClock.microseconds) + $0 } ?? Timestamp.microsecondsOfHost
    }

    /// Whether the store is to be asked: it was not for a while, or this host's clock was set, and the store's, which may be
    /// the same, with it.
    public static var isDue: Bool {
        guard let askedAt, MonotonicClock.microseconds - askedAt < pause else { return true }
        return wasSet
    }

    /// Whether this host's clock was set since the store was asked last.
    public static var wasSet: Bool {
        let offset = Timestamp.microsecondsOfHost - Int64(MonotonicClock.microseconds)
        return askedAt != nil && abs(offset - hostOffset) > tolerance
    }

    /// Takes over the time of the store, as far as it differs.
    ///
    /// - Parameters:
    ///   - time: what it has told, in microseconds since the epoch; nil if it does not tell.
    ///   - began: when it was asked, in microseconds of the monotonic clock.
    public static func hear(_ time: Int64?, askedAt began: UInt64) {
        let now = MonotonicClock.microseconds
        askedAt = now
        hostOffset = Timestamp.microsecondsOfHost - Int64(now)
        // From how far back an answer comes that took long, nobody knows.
        guard let time, now - began <= UInt64(tolerance) else { return }
        let storeOffset = time - Int64(began + (now - began) / 2)
        if let offset, abs(storeOffset - offset) <= tolerance { return }
        offset = abs(storeOffset - hostOffset) <= tolerance ? hostOffset : storeOffset
    }
}
