import Foundation

/// Counts what happens on several threads.
final class Tally: @unchecked Sendable {
    private let lock = NSLock()
    private var number = 0

    /// How often it has happened.
    var count: Int { lock.withLock { number } }

    /// It has happened once more.
    func add() { lock.withLock { number += 1 } }
}
