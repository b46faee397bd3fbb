import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import Logging
import Telemetry

/// The process that does what is to be done besides answering requests: one loop around all calls to the outside.
public final class Agent {
    /// Microseconds after which a task is asked again whom the store has failed.
    private static let retryPause: UInt64 = 1_000_000
    /// Microseconds that all tasks together have to end.
    private static let stopLimit: UInt64 = 5_000_000
    /// Microseconds between two looks at tasks that are ending, and at a predecessor that is.
    private static let stopPause: UInt64 = 50_000

    private struct Entry {
        let task: any AgentTask
        var due: UInt64 = 0
        /// Why the store refused it last; said once.
        var complaint: String?
        /// Why the store could not be reached, as long as it waits for it.
        var lack: String?
    }

    private let slot: Slot
    private let board: Scoreboard
    private let recorder: Recorder
    private let level: LevelSetting
    private let http: HTTPSession
    private let context: AgentContext
    private var entries: [Entry]
    /// Since when the store cannot be reached.
    private var awaySince: Timestamp?

    /// An agent for the process that has `slot`.
    ///
    /// - Parameter userAgent: what its calls say that they are made by, `chimney/1.0`.
    /// - Throws: `HTTPSession.Unavailable` where no calls can be made.
    public init(
        slot: Slot, board: Scoreboard, store: Store, recorder: Recorder, userAgent: String, tasks: [any AgentTask]
    ) throws(HTTPSession.Unavailable) {
        self.slot = slot
        self.board = board
        self.recorder = recorder
        level = LevelSetting(store: store, recorder: recorder)
        http = try HTTPSession(userAgent: userAgent)
        context = AgentContext(store: store, recorder: recorder, http: http, slot: slot)
        entries = tasks.map { Entry(task: $0) }
    }

    /// Works until SIGTERM or SIGINT; what is under way then has five seconds to end.
    ///
    /// - Throws: `PoolError` if the process cannot begin.
    public func run() throws(PoolError) {
        let signals = try Signals(slot: slot)
        slot.state = .idle
        // After a reload, what the one before still does is left to it.
        while board.hasElder(of: slot), !signals.isStopRequested {
            turn(until: MonotonicClock.microseconds + Self.stopPause, signals)
        }
        while !signals.isStopRequested {
            level.follow()
            step()
            turn(until: entries.map(\.due).min() ?? .max, signals)
        }
        slot.state = .stopping
        stop()
    }

    /// Waits, with the calls going on, until something happens or the time has come.
    private func turn(until deadline: UInt64, _ signals: Signals?) {
        slot.beat()
        let latest = MonotonicClock.microseconds + UInt64(Slot.beatPause) * 1000
        var deadline = context.hasCalled ? 0 : min(deadline, latest)
        if let pause = recorder.idle() {
            deadline = min(deadline, MonotonicClock.microseconds + UInt64(pause) * 1000)
        }
        http.run(until: deadline, alsoWatching: signals.map { [$0.descriptor] } ?? [])
        _ = signals?.takeLook()
    }

    private func step() {
        for index in entries.indices {
            let task = entries[index].task
            guard context.takeCalled(task) || entries[index].due <= MonotonicClock.microseconds else { continue }
            do throws(StoreError) {
                entries[index].due = try task.step(context)
                entries[index].complaint = nil
                entries[index].lack = nil
            } catch {
                entries[index].due = MonotonicClock.microseconds + Self.retryPause
                note(error, index)
            }
            noteStore()
        }
    }

    private func note(_ error: StoreError, _ index: Int) {
        switch error {
        case .unavailable(let reason): entries[index].lack = reason
        case .refused, .restoring, .journal:
            entries[index].lack = nil
            guard entries[index].complaint != error.description else { return }
            entries[index].complaint = error.description
            context.log.error("\(entries[index].task.name): \(error)")
        }
    }

    /// Said when it changes, and not each second. The store is back when each task that it has failed got what it
    /// wanted: one that has asked for nothing cannot tell.
    private func noteStore() {
        let reason = entries.lazy.compactMap(\.lack).first
        if let reason, awaySince == nil {
            awaySince = .now
            context.log.warning("the agent waits for the store: \(reason)")
        } else if reason == nil, let since = awaySince {
            awaySince = nil
            context.log.notice("the agent has the store again")
            // Both together, so that nobody sees the one without the other, whatever becomes of the agent meanwhile.
            context.emit(.dragonflyDown, at: since) { $0.member("host", context.host) }
            context.emit(.dragonflyUp) { $0.member("host", context.host) }
        }
    }

    private func stop() {
        let deadline = MonotonicClock.microseconds + Self.stopLimit
        var left = entries.map(\.task)
        while true {
            left = left.filter { task in
                do throws(StoreError) { return try !task.stop(context) } catch {
                    context.log.warning("\(task.name) has not ended in order: \(error)")
                    return false
                }
            }
            let now = MonotonicClock.microseconds
            guard !left.isEmpty, now < deadline else { break }
            for task in left { _ = context.takeCalled(task) }
            turn(until: min(deadline, now + Self.stopPause), nil)
        }
        for task in left { context.log.warning("\(task.name) has not ended in time") }
        http.cancelAll()
        recorder.flush()
    }
}
