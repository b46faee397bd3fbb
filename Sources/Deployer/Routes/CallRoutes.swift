import Crypto
import Essentials
import FastCGI
import HTTPTypes
import Logging
import Web

extension HTTPField.Name {
    /// `Prefer` (RFC 7240, section 2)
    static let prefer = Self("Prefer")!
    /// `Preference-Applied` (RFC 7240, section 3)
    static let preferenceApplied = Self("Preference-Applied")!
}

extension Deployer {
    /// `POST /deploy`
    func deploy(_ request: Request, _ context: Context) throws -> Response {
        let file = try knownServices()
        let call = try FieldReader.read(PostedCall.self, from: context.body).call(in: file)
        var job = job(call.service, call.hosts, call.mode, call.deploymentID, call.reason, context)
        job[.kind] = Job.Kind.deploy.rawValue
        job[.sha] = call.sha
        job[.tag] = call.tag
        job[.healthURL] = call.healthURL
        return try begin(job, call.service, call.mode, request, context)
    }

    /// `POST /deploy/rollback`
    func rollBack(_ request: Request, _ context: Context) throws -> Response {
        let file = try knownServices()
        let call = try FieldReader.read(PostedRollback.self, from: context.body).call(in: file)
        for host in call.hosts
        where try JobStore(store: context.store).goodVersions(of: call.service.name, on: host).isEmpty {
            throw Problem(
                .conflict,
                "No version of \(call.service.name) has been good on \(host) so far, so there is none to go back to; "
                    + "deploy one by POST \(Self.mount).")
        }
        var job = job(call.service, call.hosts, call.mode, call.deploymentID, call.reason, context)
        job[.kind] = Job.Kind.rollback.rawValue
        return try begin(job, call.service, call.mode, request, context)
    }

    private func knownServices() throws(Problem) -> ServicesFile {
        guard let services else {
            throw Problem(
                .notFound,
                "This server deploys nothing: DEPLOY_SERVICES_FILE names no file that says what there is to deploy.")
        }
        return services
    }

    private func begin(
        _ job: Job, _ service: Service, _ mode: Mode, _ request: Request, _ context: Context
    ) throws -> Response {
        try checkQueue(job, service, context)
        let hold = Hold(until: context.now.adding(milliseconds: Self.waitLimit))
        var job = job
        job[.hold] = hold.id
        let store = JobStore(store: context.store)
        let (acceptance, ended) = try store.accept(job, mode: mode)
        for id in ended { try? tellEnd(of: id, store, context) }
        switch acceptance {
        case .accepted: break
        case .replay(let id): throw Self.replay(of: id)
        case .busy(let id): throw Self.busy(try store.job(id), id)
        case .runnerAway(let host):
            throw Problem(
                .serviceUnavailable,
                "The runner of \(host) has not been heard of for a minute; start chimney-runner.service there, and send "
                    + "the request again.", headers: [.retryAfter: "10"])
        case .full:
            throw Problem(
                .tooManyRequests,
                "\(JobStore.activeBound) deployments of \(service.name) are unfinished; wait for them.",
                headers: [.retryAfter: "30"])
        }
        guard let accepted = try store.job(job.id) else { throw Problem.storeUnavailable }
        context.emit(.deployment) { accepted.writeEvent(to: &$0) }
        context.logger.info(
            "deployment accepted",
            metadata: [
                "deployment": "\(job.id)", "service": "\(job.service)", "sha": "\(job.sha)",
                "kind": "\(job.kind.rawValue)", "mode": "\(mode.rawValue)", "caller": "\(context.caller ?? "")",
            ])
        guard !Self.wantsNoWaiting(request) else {
            var response = accepted.response(log: JobLog(), status: .accepted)
            response.fields[.location] = "\(Self.mount)/\(job.id)"
            response.fields[.preferenceApplied] = "respond-async"
            return response
        }
        return try context.outcome(of: hold, for: request)
    }

    private func job(
        _ service: Service, _ hosts: [String], _ mode: Mode, _ deploymentID: String?, _ reason: String?,
        _ context: Context
    ) -> Job {
        var job = Job(id: Hex.random(bytes: 12), fields: [:])
        job[.service] = service.name
        job[.hosts] = hosts.joined(separator: " ")
        job[.mode] = mode.rawValue
        job[.caller] = context.caller
        job[.reason] = reason
        job[.deploymentID] = deploymentID
        job[.digest] = Hex.string(Array(SHA256.hash(data: context.body)))
        return job
    }

    /// A call may only move a deployment of the queue that there is.
    private func checkQueue(_ job: Job, _ service: Service, _ context: Context) throws {
        guard let id = job[.deploymentID], let organisation = service.organisation else { return }
        guard try queue.check(id, of: organisation, in: context.store) else {
            throw Problem.invalid([
                Problem.Field(
                    field: "deployment_id",
                    message: "has to be a deployment in the queue of \(organisation); there is none with it")
            ])
        }
    }

    /// Those who wait for a deployment that nobody carries out any more are told at once. All else is the runner's, also
    /// this where it cannot be done here.
    private func tellEnd(of id: String, _ store: JobStore, _ context: Context) throws {
        guard let job = try store.job(id), let hold = job[.hold].flatMap(Hold.init(id:)) else { return }
        try hold.finish(with: job.response(log: JobLog()), in: context.store)
        context.emit(.deployment) { job.writeEvent(to: &$0) }
    }

    private static func wantsNoWaiting(_ request: Request) -> Bool {
        (request[.prefer] ?? "").split(separator: ",").contains { preference in
            preference.split(separator: ";").first?.filter { !$0.isWhitespace }.lowercased() == "respond-async"
        }
    }

    private static func replay(of id: String) -> Problem {
        Problem(
            .conflict,
            "This body has begun the deployment \(id) within the last ten minutes; see \(mount)/\(id), or change the "
                + "reason to have it done again.", headers: [.location: "\(mount)/\(id)"])
    }

    private static func busy(_ job: Job?, _ id: String) -> Problem {
        let since = job?.time(.started) ?? job?.time(.created)
        let parts = [
            "The deployment \(id)", job?[.caller].map { "of \($0)" }, job?.host.map { "is under way on \($0)" },
            since.map { "since \($0.wholeSeconds.rfc3339)" },
        ]
        let text = parts.compactMap { $0 }.joined(separator: " ")
        return Problem(
            .tooManyRequests, "\(text); wait for it, or set mode to wait or supersede.",
            headers: [.retryAfter: "10", .location: "\(mount)/\(id)"])
    }
}
