import Essentials
import Logging
import Telemetry

/// Tells what becomes of an organisation's deployments: to the log, and to everybody who follows the events of this server.
struct QueueNews {
    /// Events about deployments that were skipped with another: more of them would push everything else out of the ring.
    private static let toldSkips = 100

    /// Whether it is told as events as well, and not in the log alone.
    let hasEvents: Bool
    /// The organisation, as who changes its deployments spells it.
    let organisation: String
    /// Who changes them, as the log calls it.
    let actor: String
    let logger: Logger

    /// Tells what a change has come to.
    func tell(_ changed: QueueStore.Changed, emit: EventType.Emit) {
        guard changed.hasMoved else {
            if changed.isNews { log("deployment changed", changed.deployment) }
            return
        }
        tell([changed.deployment], emit: emit)
        let name = changed.deployment[.name]
        for skipped in changed.skipped.prefix(Self.toldSkips) {
            tell(skipped.id, name: name, version: skipped.version, status: .skipped, emit)
        }
        guard !changed.skipped.isEmpty else { return }
        logger.info(
            "older deployments skipped",
            metadata: ["deployment": "\(changed.deployment.id)", "count": "\(changed.skipped.count)"])
    }

    /// Tells the status that deployments have now.
    func tell(_ deployments: [Deployment], emit: EventType.Emit) {
        for deployment in deployments {
            tell(
                deployment.id, name: deployment[.name], version: deployment[.version], status: deployment.status, emit)
            log("deployment \(deployment.status.rawValue)", deployment)
        }
    }

    private func log(_ message: String, _ deployment: Deployment) {
        logger.info(
            "\(message)",
            metadata: [
                "deployment": "\(deployment.id)", "organisation": "\(organisation)", "name": "\(deployment[.name])",
                "version": "\(deployment[.version])", "actor": "\(actor)",
            ])
    }

    private func tell(_ id: String, name: String, version: String, status: Status, _ emit: EventType.Emit) {
        guard hasEvents else { return }
        emit(.queue) { json in
            json.member("id", id)
            json.member("organisation", organisation)
            json.member("name", name)
            json.member("version", version)
            json.member("status", status.rawValue)
        }
    }
}
