import Foundation
import TestSupport

/// What clients were answered when they claimed, made and changed deployments all at once.
final class Claims: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [String: Int] = [:]
    private var created: [String] = []
    private var unexpected: [String] = []

    func claimed(_ id: String) { lock.withLock { counts[id, default: 0] += 1 } }
    func created(_ id: String) { lock.withLock { created.append(id) } }

    /// Notes an answer that is not among the expected ones.
    func expect(_ answer: HTTPAnswer, _ statuses: Int...) {
        guard !statuses.contains(answer.status) else { return }
        lock.withLock { unexpected.append("\(answer.status) \(answer.text.prefix(200))") }
    }

    /// How often each deployment was claimed.
    var all: [String: Int] { lock.withLock { counts } }
    /// The ids of those that were made.
    var new: [String] { lock.withLock { created } }
    /// Answers that nobody should get.
    var failures: [String] { lock.withLock { unexpected } }
}

extension StoredQueue {
    /// How often the histories tell that each deployment was claimed: moved from scheduled to in progress.
    var claims: [String: Int] {
        var counts: [String: Int] = [:]
        for deployment in deployments {
            let count = deployment.history.count { $0.from == "scheduled" && $0.to == "in_progress" }
            if count > 0 { counts[deployment.id] = count }
        }
        return counts
    }
}
