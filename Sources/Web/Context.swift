import Dragonfly
import Essentials
import FastCGI
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
    /// The name of the secret that the caller has shown or signed with, nil on an open route.
    public internal(set) var caller: String?
    /// Who the caller is, on routes that ask for an identity; nil on all others.
    public internal(set) var identity: Identity?
    /// What will be told of the request.
    public var record: RequestRecord

    /// What the process does while something is not there yet.
    let patience: Patience
    private let recorder: Recorder?
    private let failures: FailureLimit?

    init(
        store: Store, now: Timestamp, logger: Logger, recorder: Recorder? = nil, record: RequestRecord,
        patience: Patience = .alone(mayWait: { true }), failures: FailureLimit? = nil
    ) {
        self.patience = patience
        self.store = store
        self.now = now
        self.logger = logger
        self.record = record
        self.recorder = recorder
        self.failures = failures
    }

    /// Whether so many requests of this client have failed to authenticate lately that nobody else is to be bothered with
    /// credentials of its that are not known.
    public func hasFailedTooOften(_ request: Request) -> Bool { failures?.isReached(by: request, in: store) ?? false }

    /// Sends what the process has to tell, which must not wait with it.
    func willWait() { recorder?.flush() }

    /// Raises a counter. What the record tells of, such as whether a cache had the answer, is counted by itself.
    public func count(_ sample: CounterSample, by amount: Int = 1) { recorder?.count(sample, by: amount) }

    /// Tells everybody who listens that something has happened. The event goes out after the answer.
    public func emit(_ type: EventType, data: (inout JSONWriter) -> Void) {
        recorder?.event(type, data: data)
    }
}
