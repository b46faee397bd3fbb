import Essentials
import FastCGI
import HTTPTypes
import Web

extension Queue {
    /// `POST /v1/deployments`
    func create(_ request: Request, _ context: Context) throws -> Response {
        let key = try IdempotencyKey(request)
        let posted = try FieldReader.read(PostedDeployment.self, from: context.body)
        let content = [posted.content, posted.notes, posted.address].joined(separator: "\n")
        let (deployment, isNew) = try store(context).create(
            posted, by: try identity(context), limit: dailyLimit,
            idempotency: Idempotency(key, of: "create", content: content))
        if isNew { tell([deployment], context) }
        return Self.created(deployment)
    }

    /// `GET /v1/deployments/{id}`
    func show(_ request: Request, _ context: Context) throws -> Response {
        .json(try deployment(context).json)
    }

    /// `GET /v1/deployments/{id}/history`
    func showHistory(_ request: Request, _ context: Context) throws -> Response {
        guard let history = try store(context).history(id(context)) else { throw QueueStore.missing }
        return .json(HistoryEntry.json(history))
    }

    /// `PATCH /v1/deployments/{id}`
    func change(_ request: Request, _ context: Context) throws -> Response {
        let posted = try FieldReader.read(PostedChange.self, from: context.body)
        guard !posted.isEmpty else {
            throw Problem.badRequest("Send at least one of status, notes and deployment_uri.")
        }
        let changed = try store(context).change(id(context), posted, by: try identity(context))
        tell(changed, context)
        return .json(changed.deployment.json)
    }

    /// `POST /v1/deployments/claim`
    func claim(_ request: Request, _ context: Context) throws -> Response {
        let key = try IdempotencyKey(request)
        let posted = try FieldReader.read(PostedClaim.self, from: context.body)
        let claimed = try store(context).claim(
            posted.filter, by: try identity(context),
            idempotency: Idempotency(key, of: "claim", content: posted.filter.query))
        guard let claimed else { return Response(status: .noContent) }
        tell(claimed, context)
        return .json(claimed.deployment.json)
    }

    static func created(_ deployment: Deployment) -> Response {
        var response = Response.json(deployment.json, status: .created)
        response.fields[.location] = "\(mount)/\(deployment.id)"
        return response
    }

    private func tell(_ changed: QueueStore.Changed, _ context: Context) {
        news(context).tell(changed, emit: context.emit)
    }

    /// Tells what has become of deployments, to the log and to whoever listens.
    func tell(_ deployments: [Deployment], _ context: Context) {
        news(context).tell(deployments, emit: context.emit)
    }

    private func news(_ context: Context) -> QueueNews {
        QueueNews(
            hasEvents: hasEvents, organisation: context.identity?.organisation ?? "", actor: context.caller ?? "",
            logger: context.logger)
    }

    // MARK: What a request names

    func identity(_ context: Context) throws(Problem) -> Identity {
        guard let identity = context.identity else {
            throw Problem(.unauthorized, "Send credentials.", headers: [.wwwAuthenticate: "Bearer"])
        }
        return identity
    }

    func store(_ context: Context) throws(Problem) -> QueueStore {
        QueueStore(context.store, organisation: try identity(context).organisation)
    }

    func deployment(_ context: Context) throws -> Deployment {
        guard let deployment = try store(context).deployment(id(context)) else { throw QueueStore.missing }
        return deployment
    }

    private func id(_ context: Context) -> String { context.parameters["id"] ?? "" }
}

/// Which deployments somebody wants to carry out.
struct PostedClaim: FieldReadable {
    /// What they have to be.
    var filter = ListFilter()

    init(reading fields: inout FieldReader) {
        for facet in Facet.allCases {
            switch fields.value(facet.rawValue) {
            case .missing: continue
            // What was meant to be filled in and was not must not stand for anything at all.
            case .string(""): fields.reject(facet.rawValue, "is empty; leave it out where any will do")
            case .string(let text) where facet.allows(text): filter.values[facet] = text
            default: fields.reject(facet.rawValue, "has to be \(facet.rule)")
            }
        }
    }
}
