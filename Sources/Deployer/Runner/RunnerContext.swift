import CPosix
import Dragonfly
import Essentials
import Glibc
import Logging
import Telemetry

/// What all of a runner uses.
final class RunnerContext {
    /// Microseconds between two signs of life.
    private static let beat: UInt64 = 5_000_000

    let host: String
    let store: Store
    let log = Logger(label: "runner")
    /// Who has started the runner.
    let manager: ServiceManager
    private let recorder: Recorder
    private var lastBeat: UInt64 = 0
    /// Why the store could not be used last; nil while it can.
    private var complaint: String?

    init(host: String, store: Store, recorder: Recorder, manager: ServiceManager) {
        self.host = host
        self.manager = manager
        self.store = store
        self.recorder = recorder
    }

    /// Whether the runner was asked to end.
    var isStopRequested: Bool { chimney_stop_requested() }

    /// Tells everybody who listens that something has happened.
    func emit(_ type: EventType, data: (inout JSONWriter) -> Void) { recorder.event(type, data: data) }

    /// Says that the runner is there, and sends what it has to tell, as far as that is due.
    func tick() {
        let now = MonotonicClock.microseconds
        manager.keepAlive()
        if isStopRequested { manager.stopping("ends after the deployment that it is at") }
        _ = recorder.idle()
        guard now - lastBeat >= Self.beat else { return }
        lastBeat = now
        try? JobStore(store: store).beat(host)
    }

    /// Sends all that there is to tell.
    func flush() { recorder.flush() }

    /// Notes that the store does not do what it has to. Said when it changes.
    func noteStore(_ error: StoreError?) {
        let reason = error.map { "\($0)" }
        guard reason != complaint else { return }
        if let reason {
            log.warning("the runner waits for the store: \(reason)")
        } else {
            log.notice("the runner has the store again")
        }
        complaint = reason
    }

    /// Waits for a moment where there is nothing to wait for.
    func pause() {
        manager.keepAlive()
        usleep(100_000)
    }
}
