import Dragonfly
import Essentials
import Logging
import Telemetry
import Web

/// Reports to the queue what becomes of its deployments that chimney itself carries out.
public struct QueueReporter {
    /// What a report has come to.
    public enum Moved: Equatable, Sendable {
        /// The deployment has the status now.
        case moved
        /// It had the status already.
        case unchanged
        /// It has this status, from which the other cannot be reached.
        case conflict(Status)
        /// The organisation has no such deployment.
        case missing
    }

    private let hasEvents: Bool
    private let logger = Logger(label: "queue")

    /// Reads its setting: `QUEUE_EVENTS`.
    public init(settings: inout Settings) {
        hasEvents = settings.hasQueueEvents()
    }

    /// Whether an organisation has such a deployment.
    ///
    /// - Throws: `StoreError`.
    public func check(_ id: String, of organisation: String, in store: Store) throws -> Bool {
        guard Organisation(organisation) != nil else { return false }
        return try store.whileRestored { try QueueStore(store, organisation: organisation).deployment(id) != nil }
    }

    /// Moves a deployment to a status, as `PATCH /v1/deployments/{id}` does: only where the contract allows it, skipping
    /// older ones where it becomes `deployed`, and telling everybody who listens. The same again changes nothing.
    ///
    /// - Parameters:
    ///   - organisation: the name of an organisation, however it is spelled.
    ///   - notes: a text, of which the first 4000 characters are kept; nil for the notes that there are.
    ///   - actor: who has done it, for the history.
    ///   - emit: sends an event on its way to whoever listens.
    /// - Throws: `StoreError`; the deployment may have been moved all the same. `Problem` where the store holds what is no
    ///   deployment.
    public func move(
        _ id: String, of organisation: String, to status: Status, notes: String?, by actor: String, in store: Store,
        emit: EventType.Emit
    ) throws -> Moved {
        guard Organisation(organisation) != nil,
            let changed = try QueueStore(store, organisation: organisation).attempt(
                id, PostedChange(status: status, notes: notes),
                by: Identity(organisation: organisation, actor: actor))
        else { return .missing }
        guard !changed.isConflict else { return .conflict(changed.deployment.status) }
        let news = QueueNews(hasEvents: hasEvents, organisation: organisation, actor: actor, logger: logger)
        news.tell(changed, emit: emit)
        return changed.hasMoved ? .moved : .unchanged
    }
}
