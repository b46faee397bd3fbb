import Foundation
import TestSupport

/// A client that follows the events, and goes on from the last one that it has got whenever it is cut off.
final class Follower: @unchecked Sendable {
    /// What it has seen.
    struct Report: Sendable {
        /// The ids of all events, in their order.
        var ids: [Int] = []
        /// The commits of the deploys among them.
        var commits: [String] = []
        /// The moves of the queue's deployments among them: an id and a status.
        var moves: [String] = []
        /// How often it was told that something is missing.
        var gaps = 0
        /// How many streams it took.
        var streams = 0
    }

    private let lock = NSLock()
    private var report = Report()
    private let isStopped = Gate()
    private var client: Background<Void>?

    init(_ address: Address) {
        client = Background { [self] in
            var last: String?
            while !isStopped.isOpen {
                guard let stream = try? EventStream(address, "/api/events", after: last) else { continue }
                lock.withLock { report.streams += 1 }
                while !isStopped.isOpen, !stream.isEnded {
                    while !isStopped.isOpen, let event = stream.next(within: 0.2) { note(event) }
                }
                last = stream.lastID ?? last
                if !isStopped.isOpen { usleep(100_000) }
            }
        }
    }

    private func note(_ event: StreamEvent) {
        lock.withLock {
            if event.type == "gap" { report.gaps += 1 }
            let json = event.json
            guard let id = json.id?.integer else { return }
            report.ids.append(id)
            switch event.type {
            case "deploy": report.commits.append(json.data?.sha?.text ?? "")
            case "queue": report.moves.append("\(json.data?.id?.text ?? "") \(json.data?.status?.text ?? "")")
            default: break
            }
        }
    }

    /// Waits until it has seen the deploys of all these commits.
    func sees(_ commits: Set<String>, within seconds: Double) -> Bool {
        eventually(within: seconds, every: 100) { lock.withLock { commits.isSubset(of: report.commits) } }
    }

    /// Waits until it has seen the event of an id.
    func reaches(_ id: Int, within seconds: Double) -> Bool {
        eventually(within: seconds, every: 100) { lock.withLock { report.ids.contains(id) } }
    }

    /// How many streams it took so far.
    var streams: Int { lock.withLock { report.streams } }

    /// Hangs up, and tells what it has seen.
    func stop() throws -> Report {
        isStopped.open()
        try client?.value()
        return lock.withLock { report }
    }
}
