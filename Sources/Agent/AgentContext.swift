import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import Logging
import Telemetry

/// What the agent lends its tasks.
public final class AgentContext {
    /// The store.
    public let store: Store
    /// The name of this host.
    public var host: String { recorder.host }
    /// Where to log.
    public let log = Logger(label: "agent")

    private let http: HTTPSession
    private let slot: Slot
    private let recorder: Recorder
    /// Tasks one of whose calls has ended.
    private var called: Set<ObjectIdentifier> = []

    init(store: Store, recorder: Recorder, http: HTTPSession, slot: Slot) {
        self.store = store
        self.recorder = recorder
        self.http = http
        self.slot = slot
    }

    /// Tells everybody who listens that something has happened.
    ///
    /// - Parameter time: when it happened, where that is not now.
    public func emit(_ type: EventType, at time: Timestamp = .now, data: (inout JSONWriter) -> Void) {
        recorder.event(type, at: time, data: data)
    }

    /// Raises a counter.
    public func count(_ sample: CounterSample, by amount: Int = 1) { recorder.count(sample, by: amount) }

    /// Starts a call for a task; its completion is called later, in the agent's loop, and the task's step after it.
    public func start(
        _ call: HTTPCall, for task: any AgentTask,
        completion: @escaping (Result<HTTPCall.Answer, HTTPCall.Failure>) -> Void
    ) {
        let identity = ObjectIdentifier(task)
        http.start(call) { [unowned self] result in
            slot.served += 1
            completion(result)
            called.insert(identity)
        }
    }

    /// Whether one of the task's calls has ended since this was asked last.
    func takeCalled(_ task: any AgentTask) -> Bool { called.remove(ObjectIdentifier(task)) != nil }

    /// Whether a task's call has ended.
    var hasCalled: Bool { !called.isEmpty }
}
