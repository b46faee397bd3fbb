import Agent
import Durability
import Essentials
import Telemetry
import Web

/// The deployment queue: what is to be deployed, by whom it was, and what becomes of it.
public struct Queue {
    /// What the paths of the routes begin with.
    static let mount = "/v1/deployments"

    /// How many deployments an organisation may make in a day (UTC).
    let dailyLimit: Int
    /// Whether everybody who follows the events of this server is told what becomes of deployments.
    let hasEvents: Bool
    /// Seconds that a deployment may be in progress before it is told to be stuck.
    let stuckAfter: Int
    private let authentication: Authentication

    /// Reads its settings: `QUEUE_DAILY_LIMIT`, `QUEUE_STUCK_AFTER`, `QUEUE_EVENTS`, and those of `Authenticator`.
    ///
    /// - Parameter userAgent: what calls say that they are made by, `chimney/1.0`.
    public init(settings: inout Settings, userAgent: String) {
        dailyLimit = settings.integer("QUEUE_DAILY_LIMIT", default: 1000, in: 1...1_000_000)
        stuckAfter = settings.seconds("QUEUE_STUCK_AFTER", default: 7200, in: 1...31 * 86_400)
        hasEvents = settings.hasQueueEvents()
        authentication = .identity(Authenticator(settings: &settings, userAgent: userAgent))
    }

    /// The routes.
    public var routes: [Route] {
        [
            Route(.get, Self.mount, authentication: authentication, handler: list),
            Route(.post, Self.mount, authentication: authentication, body: .json, handler: create),
            Route(.post, "\(Self.mount)/claim", authentication: authentication, body: .json, handler: claim),
            Route(.post, "\(Self.mount)/rollback", authentication: authentication, handler: rollBackTaxonomy),
            Route(.get, "\(Self.mount)/{id}", authentication: authentication, handler: show),
            Route(.patch, "\(Self.mount)/{id}", authentication: authentication, body: .json, handler: change),
            Route(.get, "\(Self.mount)/{id}/history", authentication: authentication, handler: showHistory),
            Route(.post, "\(Self.mount)/{id}/rollback", authentication: authentication, handler: rollBackDeployment),
        ]
    }

    /// Brings back what a store has lost that was started anew.
    public static var restorer: Restorer { QueueStore.restorer }

    /// What the agent of a host does for it.
    public var tasks: [any AgentTask] { [StuckTask(stuckAfter: stuckAfter, hasEvents: hasEvents)] }
}

extension Settings {
    /// Whether everybody who follows the events of this server is told what becomes of deployments: `QUEUE_EVENTS`.
    mutating func hasQueueEvents() -> Bool { bool("QUEUE_EVENTS", default: true) }
}

extension EventType {
    /// Something has become of a deployment of the queue.
    static let queue = EventType("queue")
}
