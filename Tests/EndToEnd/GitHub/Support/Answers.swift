import Foundation
import TestSupport

/// Collects what several threads are answered.
final class Answers: @unchecked Sendable {
    private let lock = NSLock()
    private var answers: [HTTPAnswer] = []

    func add(_ answer: HTTPAnswer) { lock.withLock { answers.append(answer) } }

    var all: [HTTPAnswer] { lock.withLock { answers } }
}
