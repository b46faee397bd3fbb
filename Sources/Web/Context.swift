import Dragonfly
import Essentials
import Logging
import Telemetry

/// What a handler is lent for one request; nothing else is within its reach.
public final class Context {
    /// The store.
    public let store: Store
    /// When the request was accepted.
    public let now: Timestamp
    /// A logger whose records carry the request's ids.
    public let logger: Logger
    /// The values of the template's parameters.
    public internal(set) var parameters: [String: String] = [:]
    /// The body, if the route takes one.
    public internal(set) var body: [UInt8] = []
    /// The query.
    public internal(set) var query = Query()
    /// The name of the secret that the caller has shown, nil on an open route.
    public internal(set) var caller: String?
    /// What will be told of the request.
    public var record: RequestRecord

    /// What the process does while something is not there yet.
    let patience: Patience
    /// Sends what the process has to tell, which must not wait with it.
    let willWait: () -> Void

    init(
        store: Store, now: Timestamp, logger: Logger, record: RequestRecord,
        patience: Patience = .alone(mayWait: { true }), willWait: @escaping () -> Void = {}
    ) {
        self.patience = patience
        self.willWait = willWait
        self.store = store
        self.now = now
        self.logger = logger
        self.record = record
    }
}
