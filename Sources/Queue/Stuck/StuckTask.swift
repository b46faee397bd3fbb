import Agent
import Dragonfly
import Essentials
import Logging

/// Tells of deployments that have been in progress for too long, each once, by one agent of all hosts. What becomes of
/// them is for people to say: it changes none.
final class StuckTask: AgentTask {
    let name = "stuck deployments"

    /// Microseconds between two looks at all organisations.
    private static let pause: UInt64 = 2_000_000
    /// Milliseconds after which another agent takes over from one that has died.
    private static let leaseTime = 10_000
    /// Organisations that are looked at in one step.
    private static let page = 100

    private let stuckAfter: Int
    private let hasEvents: Bool
    private let lease = Lease("stuck", milliseconds: StuckTask.leaseTime)
    /// How many organisations have been looked at.
    private var rank = 0
    /// Organisations with some that have not been told of, and how many of theirs were looked at.
    private var open: [(organisation: String, rank: Int)] = []
    /// What was told of and is not noted yet: nothing else is told of before.
    private var told: (organisation: String, deployments: [StuckDeployments.Untold])?

    /// A task.
    ///
    /// - Parameters:
    ///   - stuckAfter: seconds that a deployment may be in progress.
    ///   - hasEvents: whether it is told as an event as well, and not in the log alone.
    init(stuckAfter: Int, hasEvents: Bool) {
        self.stuckAfter = stuckAfter
        self.hasEvents = hasEvents
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        try noteTold(agent.store)
        guard try lease.hold(agent.store) else {
            rank = 0
            open = []
            return MonotonicClock.microseconds + Self.pause
        }
        let began = Timestamp.microsecondsNow - Int64(stuckAfter) * 1_000_000
        if let (organisation, rank) = open.popLast() {
            let stuck = StuckDeployments(of: organisation, in: agent.store)
            let (found, isAll) = try stuck.untold(began: began, after: rank)
            for deployment in found { tell(of: deployment, agent) }
            told = (organisation, found)
            try noteTold(agent.store)
            if !isAll { open.append((organisation, rank + StuckDeployments.page)) }
            return MonotonicClock.microseconds
        }
        let organisations = try agent.store.run(
            Command("ZRANGE", agent.store.key(QueueKeys.organisations), String(rank), String(rank + Self.page - 1))
        ).array.compactMap(\.string)
        open = try StuckDeployments.untold(among: organisations, began: began, in: agent.store).map { ($0, 0) }
        rank = organisations.count < Self.page ? 0 : rank + Self.page
        return MonotonicClock.microseconds + (rank == 0 && open.isEmpty ? Self.pause : 0)
    }

    /// Another agent goes on at once.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        try noteTold(agent.store)
        if lease.isHeld { try lease.release(agent.store) }
        return true
    }

    private func tell(of stuck: StuckDeployments.Untold, _ agent: AgentContext) {
        // One without a record is nobody's any more.
        guard let deployment = Deployment(id: stuck.id, record: stuck.record) else { return }
        let organisation = deployment.organisation
        agent.log.warning(
            "deployment in progress for too long",
            metadata: [
                "deployment": "\(deployment.id)", "organisation": "\(organisation)", "name": "\(deployment[.name])",
                "version": "\(deployment[.version])", "since": "\(Deployment.time(String(stuck.since)))",
            ])
        guard hasEvents else { return }
        agent.emit(.queue) { json in
            json.member("id", deployment.id)
            json.member("organisation", organisation)
            json.member("name", deployment[.name])
            json.member("version", deployment[.version])
            json.member("status", deployment.status.rawValue)
            json.member("stuck", true)
        }
    }

    private func noteTold(_ store: Store) throws(StoreError) {
        guard let (organisation, deployments) = told else { return }
        try StuckDeployments(of: organisation, in: store).note(deployments)
        told = nil
    }
}

extension Deployment {
    /// The organisation as who has made it spelled it.
    fileprivate var organisation: String {
        var reader = JSONReader(Array("{\(self[.creation])}".utf8))
        var organisation = ""
        try? reader.object { (reader, name) throws(JSONReader.Fault) in
            if name == "organisation" { organisation = try reader.string() } else { try reader.skip() }
        }
        return organisation
    }
}
