import Foundation
import TestSupport

/// Collects the counters that several threads were shown, but those which asking for them changes.
final class Seen: @unchecked Sendable {
    private let lock = NSLock()
    private var all: Set<[String: Double]> = []

    func add(_ samples: Samples) {
        let stable = samples.values.filter { name, _ in
            let moving = ["/metrics", "/api/pool/status", "chimney_queue_wait", "chimney_workers", "chimney_uptime"]
            return !moving.contains { name.contains($0) }
        }
        lock.withLock { _ = all.insert(stable) }
    }

    var count: Int { lock.withLock { all.count } }
}
