import FastCGI
import HTTPTypes
import Web

extension Queue {
    /// `POST /v1/deployments/rollback`
    func rollBackTaxonomy(_ request: Request, _ context: Context) throws -> Response {
        let taxonomy = try taxonomy(context)
        return try rollBack(.current(taxonomy), named: taxonomy.text, request, context)
    }

    /// `POST /v1/deployments/{id}/rollback`
    func rollBackDeployment(_ request: Request, _ context: Context) throws -> Response {
        let errors = targetErrors(context)
        guard errors.isEmpty else { throw Problem.invalid(errors) }
        let deployment = try deployment(context)
        return try rollBack(.deployment(deployment), named: deployment.id, request, context)
    }

    private func rollBack(
        _ replaced: QueueStore.Replaced, named name: String, _ request: Request, _ context: Context
    ) throws -> Response {
        let version = target(context)
        let outcome = try store(context).rollBack(
            replaced, to: version, by: try identity(context), limit: dailyLimit,
            idempotency: Idempotency(request, route: "rollback", content: "\(name)\n\(version ?? "")"))
        if outcome.isNew { tell((outcome.rolledBack.map { [$0] } ?? []) + [outcome.deployment], context) }
        return Self.created(outcome.deployment)
    }

    /// The version that a query asks for; nil where it leaves that open.
    private func target(_ context: Context) -> String? {
        context.query["target_version"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What is wrong with that version: a version is as free as a name is.
    private func targetErrors(_ context: Context) -> [Problem.Field] {
        guard let version = target(context), !Facet.name.allows(version) else { return [] }
        return [Problem.Field(field: "target_version", message: "has to be \(Facet.name.rule)")]
    }

    /// The taxonomy that a query names. What it leaves out takes the only value that there is.
    ///
    /// - Throws: `Problem` 404 where there is none, 422 where there are several, naming them.
    private func taxonomy(_ context: Context) throws -> Taxonomy {
        let query = context.query
        var errors = targetErrors(context)
        for facet in Facet.ofTaxonomy {
            let value = query[facet.rawValue] ?? ""
            if value.isEmpty, [.name, .provider].contains(facet) {
                errors.append(Problem.Field(field: facet.rawValue, message: "is required: \(facet.rule)"))
            } else if !value.isEmpty, !facet.allows(value) {
                errors.append(Problem.Field(field: facet.rawValue, message: "has to be \(facet.rule)"))
            }
        }
        guard errors.isEmpty else { throw Problem.invalid(errors) }
        let fitting = try store(context).taxonomies(of: query["name"] ?? "").filter { taxonomy in
            Facet.ofTaxonomy.allSatisfy { facet in query[facet.rawValue].map { taxonomy[facet] == $0 } ?? true }
        }
        guard let taxonomy = fitting.first else { throw Self.unknown }
        guard fitting.count > 1 else { return taxonomy }
        throw Problem.invalid(
            Facet.ofTaxonomy.compactMap { facet in
                let values = Set(fitting.map { $0[facet] })
                guard values.count > 1 else { return nil }
                let named = values.filter { !$0.isEmpty }.sorted()
                let list = named.prefix(Self.shownValues).joined(separator: ", ")
                let more = named.count > Self.shownValues ? ", …" : ""
                let none = values.contains("") ? ", or nothing (\(facet.rawValue)=) for those without one" : ""
                return Problem.Field(
                    field: facet.rawValue, message: "has to be given: one of \(list)\(more)\(none)")
            })
    }

    private static let shownValues = 20

    private static let unknown = Problem(
        .notFound,
        "Your organisation has no deployment of this name in this place; check the parameters for typing errors.")
}
