import Deploys
import Dragonfly
import Essentials
import Logging
import Queue
import Telemetry
import Web

/// Tells of a deployment whom it concerns. Everything here can be told twice.
struct Reports {
    let deploys: DeployReporter
    let queue: QueueReporter
    let services: ServicesFile?
    let context: RunnerContext

    /// What the queue's history names as the author.
    private static let actor = "chimney runner"

    /// A deployment begins on its first host.
    ///
    /// - Throws: `StoreError.restoring` where the queue cannot be told yet: whoever works it would take the deployment for
    ///   one that nobody carries out.
    func begin(_ job: Job) throws {
        attempt("GitHub", job) {
            guard !job.sha.isEmpty else { return }
            try deploys.begin(
                service: job.service, sha: job.sha, identity: job.id, description: description(job), to: context.store)
        }
        try tellQueue(job, .inProgress)
    }

    /// A deployment is over.
    ///
    /// - Throws: `StoreError` where the store does not take it: it has to be told again.
    func end(_ job: Job) throws {
        if let hold = job[.hold].flatMap(Hold.init(id:)) {
            try hold.finish(with: job.response(log: JobStore(store: context.store).log(job.id)), in: context.store)
        }
        // One that was never begun has come to nothing that there is to tell.
        let wasBegun = job[.started] != nil
        if wasBegun, TextRule.commit.accepts(job.sha) { try record(job) }
        try tellQueue(job, job.state == .succeeded ? .deployed : wasBegun ? .failed : .skipped)
        context.emit(.deployment) { job.writeEvent(to: &$0) }
        var metadata: Logger.Metadata = ["deployment": "\(job.id)"]
        for field in [Job.Field.service, .sha, .caller, .reason, .error] {
            metadata[field.rawValue] = job[field].map { "\($0)" }
        }
        context.log.log(
            level: job.state == .succeeded ? .notice : .error, "deployment \(job.state.rawValue)", metadata: metadata)
    }

    private func record(_ job: Job) throws {
        let end = job.time(.finished) ?? .now
        let begin = job.time(.started) ?? end
        try deploys.record(
            service: job.service, sha: job.sha, outcome: job.state == .succeeded ? .success : .failure,
            slot: job[.slot].flatMap(DeploySlot.init(rawValue:)),
            duration: Double(end.milliseconds - begin.milliseconds) / 1000, at: end,
            identity: job.id, title: job[.reason], to: context.store, emit: context.emit)
    }

    private func description(_ job: Job) -> String {
        [job[.reason] ?? "by \(job[.caller] ?? "")", "on \(job.hosts.joined(separator: ", "))"].joined(separator: " ")
    }

    private func tellQueue(_ job: Job, _ status: Status) throws {
        do {
            try move(job, to: status)
        } catch StoreError.restoring {
            // It is taken before long: as soon as the store has what the journals have.
            throw StoreError.restoring
        } catch {
            complain("the queue", job, error)
        }
    }

    private func move(_ job: Job, to status: Status) throws {
        guard let id = job[.deploymentID], let organisation = services?.services[job.service]?.organisation else {
            return
        }
        let moved = try queue.move(
            id, of: organisation, to: status, notes: job[.error], by: Self.actor, in: context.store, emit: context.emit)
        if case .conflict(let current) = moved {
            context.log.warning(
                "the queue's deployment is \(current.rawValue) and cannot become \(status.rawValue)",
                metadata: ["deployment": "\(job.id)", "queue": "\(id)"])
        }
    }

    private func attempt(_ what: String, _ job: Job, _ body: () throws -> Void) {
        do { try body() } catch { complain(what, job, error) }
    }

    private func complain(_ what: String, _ job: Job, _ error: any Error) {
        context.log.error("\(what) could not be told: \(error)", metadata: ["deployment": "\(job.id)"])
    }
}
