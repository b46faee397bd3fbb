import Agent
import Durability
import Essentials
import FastCGI
import HTTPTypes
import Logging
import Web

/// The deploy record: what CI posts and what dashboards ask for.
public struct Deploys {
    private let authentication: Authentication
    private let repository: String?
    private let tellsGitHub: Bool
    private let githubAPI: String
    private let githubToken: String?
    private let ring: DeployRing
    private let status: StatusMemo

    /// Reads its settings: `DEPLOY_TOKEN`, `GITHUB_REPO`, `GITHUB_DEPLOYMENTS`, `GITHUB_TOKEN` and `GITHUB_API_URL`.
    ///
    /// - Parameter prefix: what all keys of the store begin with.
    public init(settings: inout Settings, prefix: String) {
        authentication = .bearer(Bearer(settings.secrets("DEPLOY_TOKEN")))
        repository = settings.string("GITHUB_REPO")
        tellsGitHub = settings.tellsGitHub()
        githubAPI = settings.githubAPI()
        githubToken = tellsGitHub ? settings.secrets("GITHUB_TOKEN").first?.value : nil
        if tellsGitHub, githubToken == nil {
            settings.reject(
                "GITHUB_DEPLOYMENTS", "needs a token that may write deployments; set GITHUB_TOKEN or GITHUB_TOKEN_FILE")
        }
        ring = DeployRing(prefix: prefix)
        status = StatusMemo(repository: repository)
    }

    /// Where accepted events are counted, by outcome: the hash's key and fields.
    public static let counter = (key: DeployRing.meta, outcomes: DeployOutcome.allCases.map(\.rawValue))

    /// The routes.
    public var routes: [Route] {
        [
            Route(.post, "/api/deploy/events", authentication: authentication, body: .json, handler: post),
            Route(.get, "/api/deploy/events", handler: list),
            Route(.get, "/api/deploy/status", handler: showStatus),
        ]
    }

    /// Brings back what a store has lost that was started anew.
    public static var restorer: Restorer { DeployRing.restorer }

    /// What the agent of a host does for it.
    public func tasks(host: String) -> [any AgentTask] {
        guard tellsGitHub, let repository, let githubToken else { return [] }
        return [GitHubDeploymentsTask(api: githubAPI, repository: repository, token: githubToken, host: host)]
    }

    private func post(_ request: Request, _ context: Context) throws -> Response {
        var posted = try FieldReader.read(PostedDeploy.self, from: context.body)
        if !posted.timeIsGiven { posted.event.deployedAt = context.now.wholeSeconds }
        let identity = posted.identity
        let outcome = try ring.add(posted, now: context.now, tellsGitHub: tellsGitHub, to: context.store)
        var isDuplicate = false
        var isNews = true
        if case .duplicate(let stored, let time, let isUntold) = outcome {
            isDuplicate = true
            isNews = isUntold
            if !posted.timeIsGiven { posted.event.deployedAt = time.wholeSeconds }
            if let stored { posted.event = stored }
        }
        if isNews {
            ring.tell(posted.event, as: identity, in: context.store, emit: context.emit)
            context.logger.info(
                "deploy recorded",
                metadata: [
                    "sha": "\(posted.event.sha)", "outcome": "\(posted.event.outcome.rawValue)",
                    "service": "\(posted.event.service ?? "")", "token": "\(context.caller ?? "")",
                ])
        }
        return .json(
            JSONWriter.object { json in
                posted.event.writeHead(&json)
                posted.event.writeTail(&json)
                if isDuplicate { json.member("duplicate", true) }
            })
    }

    private func list(_ request: Request, _ context: Context) throws -> Response {
        let limit = try context.query.integer("limit", default: DeployRing.bound, in: 1...DeployRing.bound)
        let service = try Self.service(context.query)
        let events = try ring.content(of: context.store)?.events ?? []
        let shown = events.filter { service == nil || $0.service == service }.prefix(limit)
        let json = AgedJSON { json, ages in
            json.key("events")
            json.array { list in
                for event in shown { ages.write(event, to: &list) }
            }
        }
        return .json(json.text(at: context.now))
    }

    private func showStatus(_ request: Request, _ context: Context) throws -> Response {
        let service = try Self.service(context.query)
        guard let content = try ring.content(of: context.store),
            let json = status.json(of: content, service: service)
        else { return Response(status: .noContent) }
        return .json(json.text(at: context.now))
    }

    private static func service(_ query: Query) throws(Problem) -> String? {
        guard let service = query["service"], !service.isEmpty else { return nil }
        guard PostedDeploy.isService(service) else {
            throw .badRequest("Set service to 1 to 64 characters of A-Za-z0-9._-.")
        }
        return service
    }
}
