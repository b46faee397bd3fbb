import Essentials
import FastCGI
import HTTPTypes
import Logging
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
        guard changed.hasMoved else {
            if changed.isNews { log("deployment changed", changed.deployment, context) }
            return
        }
        tell([changed.deployment], context)
        let name = changed.deployment[.name]
        for skipped in changed.skipped.prefix(Self.toldSkips) {
            emit(skipped.id, name: name, version: skipped.version, status: .skipped, context)
        }
        guard !changed.skipped.isEmpty else { return }
        context.logger.info(
            "older deployments skipped",
            metadata: ["deployment": "\(changed.deployment.id)", "count": "\(changed.skipped.count)"])
    }

    /// Events about deployments that were skipped with another: more of them would push everything else out of the ring.
    private static let toldSkips = 100

    /// Tells what has become of deployments, to the log and to whoever listens.
    func tell(_ deployments: [Deployment], _ context: Context) {
        for deployment in deployments {
            emit(
                deployment.id, name: deployment[.name], version: deployment[.version], status: deployment.status,
                context)
            log("deployment \(deployment.status.rawValue)", deployment, context)
        }
    }

    private func log(_ message: String, _ deployment: Deployment, _ context: Context) {
        context.logger.info(
            "\(message)",
            metadata: [
                "deployment": "\(deployment.id)", "organisation": "\(context.identity?.organisation ?? "")",
                "name": "\(deployment[.name])", "version": "\(deployment[.version])",
                "actor": "\(context.caller ?? "")",
            ])
    }

    private func emit(_ id: String, name: String, version: String, status: Status, _ context: Context) {
        guard hasEvents else { return }
        context.emit(.queue) { json in
            json.member("id", id)
            json.member("organisation", context.identity?.organisation)
            json.member("name", name)
            json.member("version", version)
            json.member("status", status.rawValue)
        }
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
