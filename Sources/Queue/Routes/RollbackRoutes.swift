import FastCGI
import HTTPTypes
import Web

extension Queue {
    /// `POST /v1/deployments/rollback`
    func rollBackTaxonomy(_ request: Request, _ context: Context) throws -> Response {
        let repetition = Idempotency(try IdempotencyKey(request), of: "rollback", content: request.query)
        try check(targetErrors(context) + taxonomyErrors(context))
        return try context.store.whileRestored {
            try rollBack(repetition, context) { .current(try taxonomy(context)) }
        }
    }

    /// `POST /v1/deployments/{id}/rollback`
    func rollBackDeployment(_ request: Request, _ context: Context) throws -> Response {
        let content = "\(context.parameters["id"] ?? "")?\(request.query)"
        let repetition = Idempotency(try IdempotencyKey(request), of: "rollback", content: content)
        try check(targetErrors(context))
        return try context.store.whileRestored {
            try rollBack(repetition, context) { .deployment(try deployment(context)) }
        }
    }

    /// - Parameter replaced: what is to be replaced; not asked for where the request was answered before, whatever has
    ///   become of that since.
    private func rollBack(
        _ repetition: Idempotency, _ context: Context, _ replaced: () throws -> QueueStore.Replaced
    ) throws -> Response {
        let store = try store(context)
        if let before = try store.answered(repetition) { return Self.created(before) }
        let outcome = try store.rollBack(
            try replaced(), to: target(context), by: try identity(context), limit: dailyLimit, idempotency: repetition)
        if outcome.isNew { tell((outcome.rolledBack.map { [$0] } ?? []) + [outcome.deployment], context) }
        return Self.created(outcome.deployment)
    }

    private func check(_ errors: [Problem.Field]) throws(Problem) {
        guard errors.isEmpty else { throw Problem.invalid(errors) }
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

    /// What is wrong with the taxonomy that a query names.
    private func taxonomyErrors(_ context: Context) -> [Problem.Field] {
        Facet.ofTaxonomy.compactMap { facet in
            let value = context.query[facet.rawValue] ?? ""
            if value.isEmpty {
                guard [.name, .provider].contains(facet) else { return nil }
                return Problem.Field(field: facet.rawValue, message: "is required: \(facet.rule)")
            }
            return facet.allows(value) ? nil : Problem.Field(field: facet.rawValue, message: "has to be \(facet.rule)")
        }
    }

    /// The taxonomy that a query names. What it leaves out takes the only value that there is.
    ///
    /// - Throws: `Problem` 404 where there is none, 422 where there are several, naming them.
    private func taxonomy(_ context: Context) throws -> Taxonomy {
        let query = context.query
        // By bytes, as the store compares: Swift takes one spelling of a letter with an accent for the other.
        let fitting = try store(context).taxonomies(of: query["name"] ?? "").filter { taxonomy in
            Facet.ofTaxonomy.allSatisfy { facet in
                query[facet.rawValue].map { taxonomy[facet].utf8.elementsEqual($0.utf8) } ?? true
            }
        }
        guard let taxonomy = fitting.first else { throw Self.unknown }
        guard fitting.count > 1 else { return taxonomy }
        throw Problem.invalid(
            Facet.ofTaxonomy.compactMap { facet in
                let values = Set(fitting.map { Array($0[facet].utf8) })
                guard values.count > 1 else { return nil }
                let named = values.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }.sorted()
                let list = named.prefix(Self.shownValues).joined(separator: ", ")
                let more = named.count > Self.shownValues ? ", …" : ""
                let none = values.contains([]) ? ", or nothing (\(facet.rawValue)=) for those without one" : ""
                return Problem.Field(
                    field: facet.rawValue, message: "has to be given: one of \(list)\(more)\(none)")
            })
    }

    private static let shownValues = 20

    private static let unknown = Problem(
        .notFound,
        "Your organisation has no deployment of this name in this place; check the parameters for typing errors.")
}
