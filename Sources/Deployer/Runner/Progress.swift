import Dragonfly
import Essentials
import Logging
import Telemetry

/// What a deployment's record is told while a runner carries it out, and the runner's right to go on.
///
/// While the store does not answer, what is to be told waits, and the deployment goes on: nobody else can begin one
/// meanwhile. But where the runner itself was stopped for longer than its lease lasts, or the lease has gone to somebody
/// else, everything here throws `RightLost` from then on, and nothing more is done.
final class Progress {
    /// Microseconds between two extensions of the lease, and between two writes of lines.
    private static let renewal: UInt64 = 2_000_000
    private static let writing: UInt64 = 200_000
    /// Microseconds for which the store is waited for before anything is changed.
    private static let patience: UInt64 = 30_000_000
    /// The longest line of a log, in Unicode scalars.
    private static let lineLimit = 1000

    private(set) var tenure: Tenure
    private(set) var phase: Phase
    /// The deployment that has taken the place of this one.
    private(set) var supersededBy: String?

    private let store: JobStore
    private let context: RunnerContext
    private var lines: [String] = []
    private var fields: [Job.Field: String] = [:]
    private var isFenced = false
    private var lastTick = MonotonicClock.microseconds
    private var lastNote = MonotonicClock.microseconds

    init(_ tenure: Tenure, _ context: RunnerContext) {
        self.tenure = tenure
        self.context = context
        store = JobStore(store: context.store)
        phase = tenure.job.phase
    }

    var job: Job { tenure.job }

    /// Adds a line to the log of the deployment.
    ///
    /// - Parameter isOutput: whether a program has printed it, and not the runner: the journal has it at `debug` only.
    func log(_ text: String, _ level: Logger.Level = .info, isOutput: Bool = false) {
        let time = Timestamp.now.rfc3339.prefix(19).replacing("T", with: " ")
        let text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.lineLimit)))
        lines.append("[\(time)] [\(level.rawValue.uppercased())] \(text)")
        context.log.log(
            level: isOutput ? .debug : level, "\(text)",
            metadata: ["deployment": "\(job.id)", "service": "\(job.service)", "phase": "\(phase.rawValue)"])
        // Should it print faster than the store takes it, the beginning is what may go.
        if lines.count > JobStore.logBound { lines.removeFirst(lines.count - JobStore.logBound) }
    }

    /// Notes that the next phase begins.
    ///
    /// - Parameters:
    ///   - fields: what a successor has to know.
    ///   - isBinding: whether nothing may be done before the store knows of it.
    /// - Throws: `RightLost`; `StoreError` where it is binding and the store does not take it.
    func enter(_ phase: Phase, _ fields: [Job.Field: String] = [:], isBinding: Bool = false) throws {
        try tick()
        self.phase = phase
        self.fields.merge(fields) { $1 }
        self.fields[.phase] = phase.rawValue
        let deadline = MonotonicClock.microseconds + Self.patience
        while true {
            do {
                try write()
                break
            } catch let error as StoreError {
                guard isBinding else { break }
                guard MonotonicClock.microseconds < deadline else { throw error }
                context.pause()
                try tick()
            }
        }
        context.emit(.deployment) { json in
            json.member("id", job.id)
            json.member("service", job.service)
            json.member("host", tenure.host)
            json.member("state", State.running.rawValue)
            json.member("phase", phase.rawValue)
        }
    }

    /// To be called again and again, and before anything is done.
    ///
    /// - Throws: `RightLost`.
    func tick() throws {
        guard !isFenced else { throw RightLost() }
        let now = MonotonicClock.microseconds
        let silence = now - lastTick
        lastTick = now
        if silence > UInt64(Tenure.lasting) * 1000 {
            isFenced = true
            throw RightLost()
        }
        context.tick()
        let isDue = now - lastNote >= (lines.isEmpty && fields.isEmpty ? Self.renewal : Self.writing)
        guard isDue else { return }
        do { try write() } catch is StoreError {}
    }

    /// Waits for a moment.
    func pause() { context.pause() }

    private func write() throws {
        guard !isFenced else { throw RightLost() }
        lastNote = MonotonicClock.microseconds
        do {
            supersededBy = try store.note(&tenure, fields, lines: lines) ?? supersededBy
        } catch let error as RightLost {
            isFenced = true
            throw error
        }
        lines = []
        fields = [:]
    }

    /// Ends the deployment on this host.
    ///
    /// - Parameter good: what is good on this host from now on; nil to leave that as it was.
    /// - Throws: `RightLost`; `StoreError` where the store is away and the runner is asked to stop.
    func conclude(_ outcome: Outcome, isLast: Bool, good: [GoodVersion]?) throws {
        let isOver = isLast || outcome.state != .succeeded
        var fields = self.fields
        let end = outcome.state == .succeeded ? .done : outcome.phase ?? phase
        fields[.phase] = isOver ? end.rawValue : nil
        var lines = self.lines
        if isOver {
            fields.merge(outcome.fields) { $1 }
            // That of one which was given up has its end already.
            if job[.ended] == nil { lines.append(JobStore.end(job.id, outcome.state)) }
        }
        while true {
            guard !isFenced else { throw RightLost() }
            do {
                return try store.conclude(&tenure, fields, lines: lines, good: good)
            } catch let error as StoreError {
                guard !context.isStopRequested else { throw error }
                context.pause()
                context.tick()
            }
        }
    }
}
