import Essentials
import HTTPClient

/// How long to leave a server alone that has failed: twice as long each time, a random part of it left out, so that
/// those whom it failed together do not come back together, and never less than it asks for by `Retry-After`.
public struct Backoff: Sendable {
    /// The longest that a server may ask for, in milliseconds.
    public static let longestAsked: Int64 = 3_600_000

    private let first: Int64
    private let limit: Int64
    private var failures = 0

    /// Pauses in milliseconds: at most `first` after the first failure, at most `limit` ever.
    public init(first: Int64 = 1000, limit: Int64 = 60_000) {
        self.first = first
        self.limit = limit
    }

    /// Notes a failure.
    ///
    /// - Parameter answer: what the server said, if it did.
    /// - Returns: how many microseconds to wait.
    public mutating func fail(_ answer: HTTPCall.Answer? = nil, now: Timestamp = .now) -> UInt64 {
        let longest = min(limit, first << min(Int64(failures), 30))
        failures = min(failures + 1, 30)
        let own = Int64.random(in: longest / 2...longest)
        let asked = min(answer?.retryAfter(now: now) ?? 0, Self.longestAsked)
        return UInt64(max(own, asked)) * 1000
    }

    /// Notes a success: the next failure is a first one.
    public mutating func succeed() { failures = 0 }
}
