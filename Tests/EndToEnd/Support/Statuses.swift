import Foundation

/// Counts statuses that several threads were answered.
final class Statuses: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [Int: Int] = [:]

    func add(_ status: Int) { lock.withLock { counts[status, default: 0] += 1 } }

    func count(of status: Int) -> Int { lock.withLock { counts[status] ?? 0 } }

    /// All that were seen.
    var all: [Int: Int] { lock.withLock { counts } }
}
