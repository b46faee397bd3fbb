import Foundation
import TestSupport

/// A client that follows the events, and goes on from the last one that it has got whenever it is cut off.
/// It hangs up with its owner.
final class Follower: Sendable {
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

        fileprivate mutating func note(_ event: StreamEvent) {
            if event.type == "gap" { gaps += 1 }
            let json = event.json
            guard let id = json.id?.integer else { return }
            ids.append(id)
            switch event.type {
            case "deploy": commits.append(json.data?.sha?.text ?? "")
            case "queue": moves.append("\(json.data?.id?.text ?? "") \(json.data?.status?.text ?? "")")
            default: break
            }
        }
    }

    private let report = Notes(Report())
    private let isOver = Gate()
    private let client: Background<Void>

    init(_ address: Address) {
        let (report, isOver) = (report, isOver)
        client = Background {
            var last: String?
            while !isOver.isOpen {
                if let stream = try? EventStream(address, "/api/events", after: last) {
                    report.note { $0.streams += 1 }
                    while !isOver.isOpen, !stream.isEnded {
                        while !isOver.isOpen, let event = stream.next(within: 0.2) { report.note { $0.note(event) } }
                    }
                    last = stream.lastID ?? last
                }
                if !isOver.isOpen { usleep(100_000) }
            }
        }
    }

    deinit { isOver.open() }

    /// Waits until it has seen the deploys of all these commits.
    func sees(_ commits: Set<String>, within seconds: Double) -> Bool {
        eventually(within: seconds, every: 100) { commits.isSubset(of: report.current.commits) }
    }

    /// Waits until it has seen any event.
    func seesSome(within seconds: Double) -> Bool { eventually(within: seconds) { !report.current.ids.isEmpty } }

    /// Waits until it has seen the deploys of all these commits, or was told that something is missing.
    func sees(_ commits: Set<String>, orGapWithin seconds: Double) -> Bool {
        eventually(within: seconds, every: 100) {
            let report = report.current
            return report.gaps > 0 || commits.isSubset(of: report.commits)
        }
    }

    /// Waits until it has seen the event of an id.
    func reaches(_ id: Int, within seconds: Double) -> Bool {
        eventually(within: seconds, every: 100) { report.current.ids.contains(id) }
    }

    /// How many streams it took so far.
    var streams: Int { report.current.streams }

    /// Hangs up, and tells what it has seen.
    func stop() throws -> Report {
        isOver.open()
        try client.value()
        return report.current
    }
}
