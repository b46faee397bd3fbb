import Agent
import Dragonfly
import Essentials
import FoundationEssentials
import HTTPClient
import HTTPTypes

/// Tells GitHub of deploys, one after the other: a deployment with its status. What GitHub has not taken waits, and is
/// tried again for as long as GitHub may take it later.
///
/// A deploy may be told twice: as begun, and as ended. One agent of all hosts does that at a time, so that it becomes one
/// deployment; and only who makes a deployment says that it is in progress, so that nothing that comes late takes an outcome
/// away.
public final class GitHubDeploymentsTask: AgentTask {
    /// What the log calls it.
    public let name = "GitHub deployments"

    /// Microseconds between two looks into the outbox.
    private static let interval: UInt64 = 1_000_000
    /// Bytes of an answer.
    private static let bodyLimit = 1 << 20
    /// Milliseconds after which another agent takes over from one that has died: longer than a call can take.
    private static let leaseTime = 15_000

    /// What has to be done next for a deployment.
    private enum Stage {
        /// See whether an earlier attempt has made it.
        case find
        case create
        case setStatus(of: Int64)
    }

    private let deployments: String
    private let token: String
    private let jobs: TakenJobs
    private let lease = Lease("github:deployments", milliseconds: GitHubDeploymentsTask.leaseTime)
    /// Taken, the oldest first: more than one where a predecessor has left one.
    private var waiting: [[UInt8]] = []
    private var current: (job: [UInt8], deployment: GitHubDeployment, stage: Stage)?
    private var isCalling = false
    private var backoff = Backoff(first: 1000, limit: 600_000)
    private var retryAt: UInt64 = 0
    private var isFailing = false
    private var done: [[UInt8]] = []

    /// A task.
    ///
    /// - Parameters:
    ///   - api: GitHub's address, `https://api.github.com`.
    ///   - repository: `owner/name`.
    ///   - token: one that may write deployments.
    init(api: String, repository: String, token: String, host: String) {
        deployments = "\(api)/repos/\(repository)/deployments"
        self.token = token
        jobs = TakenJobs(GitHubDeployment.outbox, host: host)
    }

    /// Goes on with the deployment at hand, or takes the next one.
    public func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        if !done.isEmpty {
            jobs.finish(done, in: agent.store)
            done = []
        }
        guard !isCalling else { return .max }
        let now = MonotonicClock.microseconds
        guard now >= retryAt else { return retryAt }
        guard try lease.hold(agent.store) else {
            // Whoever has it may make the same deployment.
            current?.stage = .find
            return now + Self.interval
        }
        if current == nil {
            if waiting.isEmpty { waiting = try jobs.take(1, from: agent.store) }
            guard !waiting.isEmpty else { return now + Self.interval }
            let job = waiting.removeFirst()
            guard let deployment = GitHubDeployment(job) else {
                agent.log.error("GitHub's outbox holds what is no deployment; it is left out")
                done.append(job)
                return now
            }
            current = (job, deployment, .find)
        }
        call(agent)
        return .max
    }

    /// A job that is not done stays with this host, whose next agent does it first.
    public func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        if !done.isEmpty {
            jobs.finish(done, in: agent.store)
            done = []
        }
        jobs.leave(agent.store)
        guard !isCalling else { return false }
        if lease.isHeld { try lease.release(agent.store) }
        return true
    }

    private func call(_ agent: AgentContext) {
        guard let current else { return }
        let deployment = current.deployment
        var call: HTTPCall
        switch current.stage {
        case .find:
            // Neither a commit nor a service's name has characters that need an encoding.
            let query = "ref=\(deployment.ref)&environment=\(deployment.environment)&per_page=100"
            call = HTTPCall(.get, "\(deployments)?\(query)")
        case .create: call = HTTPCall(.post, deployments, body: deployment.creation)
        case .setStatus(let id): call = HTTPCall(.post, "\(deployments)/\(id)/statuses", body: deployment.status)
        }
        call.bodyLimit = Self.bodyLimit
        call.fields[.accept] = "application/vnd.github+json"
        call.fields[.authorization] = "Bearer \(token)"
        if call.body != nil { call.fields[.contentType] = "application/json" }
        isCalling = true
        agent.start(call, for: self) { [unowned self] result in
            isCalling = false
            switch result {
            case .success(let answer): conclude(answer, agent)
            case .failure(let failure): wait(nil, because: "\(failure)", agent)
            }
        }
    }

    private func conclude(_ answer: HTTPCall.Answer, _ agent: AgentContext) {
        guard var next = current else { return }
        switch answer.status.code {
        case 200..<300: break
        case 409, 422:
            // It never will: there is no such commit, for example. A wrong token or repository can be mended.
            agent.log.error(
                "GitHub refuses the deployment of \(next.deployment.ref) with \(answer.status.code); it is left out")
            return finish()
        default:
            return wait(answer, because: "it answers with \(answer.status.code)", agent)
        }
        switch next.stage {
        case .find:
            guard let known = Made.list(answer.body).first(where: { $0.identity == next.deployment.identity }) else {
                next.stage = .create
                current = next
                return
            }
            guard next.deployment.state != .inProgress else { return finish() }
            next.stage = .setStatus(of: known.id)
            current = next
        case .create:
            guard let made = Made(answer.body) else {
                return wait(answer, because: "its answer has no id", agent)
            }
            next.stage = .setStatus(of: made.id)
            current = next
        case .setStatus:
            finish()
            // Not before: a token that may only read finds deployments as long as one likes.
            backoff.succeed()
            if isFailing { agent.log.notice("GitHub takes deployments again") }
            isFailing = false
        }
    }

    private func finish() {
        if let current { done.append(current.job) }
        current = nil
    }

    private func wait(_ answer: HTTPCall.Answer?, because reason: String, _ agent: AgentContext) {
        retryAt = MonotonicClock.microseconds + backoff.fail(answer)
        // It may have been made all the same, or have another status by then.
        current?.stage = .find
        guard !isFailing else { return }
        isFailing = true
        agent.log.warning("GitHub does not take deployments; they wait: \(reason)")
    }

    /// A deployment as GitHub answers with it.
    private struct Made: Decodable {
        let id: Int64
        let identity: String?

        private enum CodingKeys: String, CodingKey { case id, payload }
        private struct Payload: Decodable { let chimney: String? }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            id = try members.decode(Int64.self, forKey: .id)
            // Others' payloads are anything.
            identity = (try? members.decode(Payload.self, forKey: .payload))?.chimney
        }

        init?(_ body: [UInt8]) {
            guard let made = try? JSONDecoder().decode(Made.self, from: Data(body)) else { return nil }
            self = made
        }

        static func list(_ body: [UInt8]) -> [Made] {
            (try? JSONDecoder().decode([Made].self, from: Data(body))) ?? []
        }
    }
}
