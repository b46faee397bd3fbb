import Deploys
import Dragonfly
import Essentials
import Glibc
import HTTPClient
import Logging
import Queue
import Telemetry

/// Carries out the deployments of one host, one after the other: takes each from the list of its host, and keeps it there
/// until it has been told of, so that its successor finds what it leaves.
public final class Runner {
    /// Where it keeps what it needs while it runs, unless `CHIMNEY_RUNNER_DIR` names another place.
    public static let defaultDirectory = "/run/chimney-runner"
    /// Seconds that a wait for the next deployment lasts, after which signals are looked at.
    private static let waiting = 1
    /// Milliseconds that a predecessor, and what it has left running, may take to end.
    private static let endLimit = 10_000
    /// Microseconds that a turn of the wait for a predecessor may take.
    private static let turnLimit: UInt64 = 60_000_000

    private let context: RunnerContext
    private let settings: RunnerSettings
    private let jobs: JobStore
    private let reports: Reports
    /// Tells this runner from its predecessors.
    private let holder = Hex.random(bytes: 12)
    private let session: HTTPSession
    /// Whether what was taken is still a dead predecessor's, whose leases count no more.
    private var isHeir = true

    /// A runner.
    ///
    /// - Throws: `HTTPSession.Unavailable` where libcurl cannot be had.
    public init(
        _ settings: RunnerSettings, store: Store, recorder: Recorder, userAgent: String, manager: ServiceManager
    ) throws {
        self.settings = settings
        context = RunnerContext(host: settings.host, store: store, recorder: recorder, manager: manager)
        jobs = JobStore(store: store)
        session = try HTTPSession(userAgent: userAgent)
        reports = Reports(
            deploys: settings.deploys, queue: settings.queue, services: settings.services, context: context)
    }

    /// Works until it is asked to stop. A deployment that it is at is finished first.
    ///
    /// - Throws: `RunnerLock.Failure`; `RightLost` where it has lost the right to what it was at: then it has to
    ///   be started anew.
    public func run() throws {
        // systemd has made it; by hand, this is one thing less to do. What is wrong with it, the lock tells.
        _ = mkdir(settings.directory, 0o700)
        guard let lock = try takeLock() else { return }
        defer { withExtendedLifetime(lock) {} }
        let count = try LeftBehind(marker: settings.directory).end(within: Self.endLimit)
        if count > 0 { context.log.warning("\(count) programs of an earlier runner were ended") }
        context.log.notice("the runner of \(context.host) is ready")
        context.manager.ready("carries out the deployments of \(context.host)")
        while !context.isStopRequested {
            context.tick()
            do {
                try takeUp()
                try takeNext()
                context.noteStore(nil)
            } catch let error as StoreError {
                context.noteStore(error)
                context.pause()
            }
        }
        context.manager.stopping("ends")
        context.log.notice("the runner of \(context.host) ends")
        context.flush()
    }

    /// Only one works on a host at a time. One that has been silent for longer than a lease lasts was stopped, or hangs: it is
    /// ended before anything is touched.
    private func takeLock() throws -> RunnerLock? {
        var isSaid = false
        var heard: (beat: Int64?, at: UInt64) = (nil, MonotonicClock.microseconds)
        while !context.isStopRequested {
            switch try RunnerLock.take(in: settings.directory) {
            case .taken(let lock): return lock
            case .held(let pid):
                let now = MonotonicClock.microseconds
                // Only what this process has listened to counts: while the store is away, nobody can be heard.
                let beat = try? jobs.lastBeat(of: context.host)
                if beat == nil || beat != heard.beat { heard = (beat, now) }
                if now - heard.at > UInt64(Tenure.lasting) * 1000 {
                    return try RunnerLock.takeOver(in: settings.directory, within: Self.endLimit) { [context] pid in
                        context.log.warning(
                            "the runner with the process id \(pid) has been silent for \(Tenure.lasting / 1000) s; it is ended"
                        )
                    }
                } else if !isSaid {
                    isSaid = true
                    context.log.notice("waits for the runner with the process id \(pid.map(String.init) ?? "?") to end")
                }
                context.manager.waiting("waits for an earlier runner to end", microseconds: Self.turnLimit)
                context.flush()
                context.pause()
            }
        }
        return nil
    }

    /// Does what was taken and not settled: by a predecessor, or by this runner where it had no reply from the store.
    private func takeUp() throws {
        for id in try jobs.taken(on: context.host) { try carryOut(id, isHeir: isHeir) }
        isHeir = false
    }

    private func takeNext() throws {
        let store = context.store
        let id = try store.awaitMove(
            from: store.key(JobKeys.jobs(context.host)), to: store.key(JobKeys.taken(context.host)),
            seconds: Self.waiting)
        if let id { try carryOut(String(decoding: id, as: UTF8.self), isHeir: false) }
    }

    private func carryOut(_ id: String, isHeir: Bool) throws {
        while !context.isStopRequested {
            let service = try jobs.job(id).flatMap { settings.services?.services[$0.service] }
            let begun = try jobs.begin(
                id, on: context.host, holder: holder, isHeir: isHeir, budget: service?.budget ?? 60_000)
            switch begun {
            case .gone: return try jobs.settle(id, on: context.host)
            case .over(let job):
                try reports.end(job)
                return try jobs.settle(id, on: context.host)
            case .held(let milliseconds):
                context.log.warning(
                    "somebody else is at the service for \(milliseconds) ms at most", metadata: ["deployment": "\(id)"])
                for _ in 0..<10 where !context.isStopRequested {
                    context.tick()
                    context.pause()
                }
            case .givenUp(let tenure, let reason):
                try giveUp(tenure, because: reason)
                return try tell(id)
            case .begun(let tenure):
                try work(tenure, service)
                return try tell(id)
            }
        }
    }

    /// Tells of a deployment, if it is over and not the next host's.
    private func tell(_ id: String) throws {
        guard let job = try jobs.job(id), job.state.isFinal else { return }
        try reports.end(job)
        try jobs.settle(id, on: context.host)
    }

    private func giveUp(_ tenure: Tenure, because reason: String) throws {
        let progress = Progress(tenure, context)
        progress.log("given up: \(reason)", .error)
        let isUntouched = tenure.job.phase.isBeforeChange
        let outcome =
            isUntouched
            ? Outcome.untouched(504, reason, nextStep: "Send the call again; the service was not touched.")
            : Outcome(
                state: .rollbackFailed, status: 500, error: reason,
                nextStep:
                    "On \(context.host): see what runs of \(tenure.job.service), and deploy the version that is to run."
            )
        try progress.conclude(outcome, isLast: true, good: nil)
    }

    private func work(_ tenure: Tenure, _ service: Service?) throws {
        let progress = Progress(tenure, context)
        let job = tenure.job
        if job.position == 0, job.phase == .waiting { try reports.begin(job) }
        guard let service, service.hosts.contains(context.host) else {
            let outcome = Outcome.untouched(
                502, "the services file of \(context.host) has no service \(job.service) for it",
                nextStep: "Give all hosts of the service the same services file, and start their runners anew.")
            return try progress.conclude(outcome, isLast: true, good: nil)
        }
        if let mistake = job.mistake(for: service) {
            let outcome = Outcome.untouched(
                502, "the store has a deployment that \(service.name) does not allow: \(mistake)",
                nextStep: "See who else writes to the store; the service was not touched.")
            return try progress.conclude(outcome, isLast: true, good: nil)
        }
        let good = try jobs.goodVersions(of: service.name, on: context.host).filter { $0.isAllowed(for: service) }
        let execution = Execution(
            service, progress, directory: settings.directory, session: session, good: good)
        progress.log("host \(context.host) (\(job.position + 1) of \(job.hosts.count))")
        var outcome = try job.phase == .waiting ? execution.run() : execution.recover()
        if job.hosts.count > 1 { outcome.place(context.host, after: job.hosts.prefix(job.position)) }
        try progress.conclude(
            outcome, isLast: job.nextHost == nil || job[.abandoned] != nil,
            good: Self.goodVersions(good, after: outcome, of: job))
    }

    /// What is good after a deployment: what runs is the first, and what a rollback has replaced is none any more.
    static func goodVersions(_ before: [GoodVersion], after outcome: Outcome, of job: Job) -> [GoodVersion]? {
        let before = before.filter { !$0.sha.isEmpty }
        if outcome.isRuined { return [.unknown(jobID: job.id)] + before }
        guard outcome.state == .succeeded, let now = outcome.good else { return nil }
        var rest = before.filter { !$0.isSame(as: now) }
        if job.kind == .rollback, let index = before.firstIndex(where: { $0.isSame(as: now) }) {
            rest = Array(before[(index + 1)...])
        }
        return Array(([now] + rest).prefix(GoodVersion.bound))
    }
}
