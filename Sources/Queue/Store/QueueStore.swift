import Dragonfly
import Essentials
import Web

/// The deployments of one organisation in the store.
struct QueueStore {
    /// Taxonomies that a name may have, so that no look-up has to read more of them.
    static let taxonomyBound = 1000

    let store: Store
    let keys: QueueKeys
    private let organisation: String

    /// The deployments of an organisation, however it is spelled.
    init(_ store: Store, organisation: String) {
        self.store = store
        self.organisation = organisation.lowercased()
        keys = QueueKeys(organisation: organisation)
    }

    /// A deployment; nil if the organisation has none with this id.
    func deployment(_ id: String) throws(StoreError) -> Deployment? {
        try store.run(Command("HGET", store.key(keys.records), id)).bytes.flatMap { Deployment(id: id, record: $0) }
    }

    /// The history of a deployment, as `HistoryEntry` has it; nil if the organisation has none with this id.
    func history(_ id: String) throws(StoreError) -> [UInt8]? {
        try store.run(Command("HGET", store.key(keys.history), id)).bytes
    }

    /// The taxonomies of a name.
    func taxonomies(of name: String) throws(StoreError) -> [Taxonomy] {
        try store.run(Command("HVALS", store.key(keys.taxonomies(of: name)))).array
            .compactMap { $0.string.flatMap { Taxonomy(text: $0) } }
    }

    /// The deployment that a request with this key was answered with before; nil if there was none.
    ///
    /// - Throws: `Problem` 422 if that was another request; `StoreError`.
    func answered(_ idempotency: Idempotency) throws -> Deployment? {
        guard !idempotency.digest.isEmpty,
            let known = try store.run(Command("GET", store.key(keys.idempotency(idempotency.key)))).string
        else { return nil }
        let parts = known.split(separator: "\n")
        guard parts.count == 2, parts[0] == idempotency.digest else { throw Idempotency.reused }
        let deployment = try deployment(String(parts[1]))
        // The journal may lack it: whoever gave the first answer may have died before it could append.
        if store.journal != nil, let deployment {
            _ = try commit(
                Self.confirmation, deployment.taxonomy, idempotency: idempotency, arguments: [idempotency.digest])
        }
        return deployment
    }

    /// Arguments: digest of the request.
    private static let confirmation = QueueScript.make("return repeated(args[1]) or {'none'}")

    // MARK: Scripts

    /// Runs one of the scripts that change deployments of a taxonomy, and no others.
    func commit(
        _ script: Script, _ taxonomy: Taxonomy, idempotency: Idempotency?, arguments: [String]
    ) throws -> [Reply] {
        let scope = keys.scope(taxonomy, idempotency: idempotency?.key ?? "")
        return try store.commit(
            script, keys: scope.keys.map(store.key), arguments: (scope.arguments + arguments).map { Array($0.utf8) },
            journaling: Self.entryKind, [organisation, taxonomy.text, idempotency?.key ?? ""].map { Array($0.utf8) },
            rest: (QueueScript.rest, scope.arguments.map { Array($0.utf8) })
        ).array
    }

    /// What a script has answered with, where it has not refused.
    ///
    /// - Throws: `Problem` for a refusal that can be met by every script.
    func outcome(_ reply: [Reply]) throws(Problem) -> (word: String, deployment: Deployment) {
        let word = reply.first?.string ?? ""
        switch word {
        case "reused": throw Idempotency.reused
        case "missing": throw Self.missing
        case "full": throw Self.full
        case "limit": throw Self.spent(at: .now)
        case "taxonomies": throw Self.tooManyTaxonomies
        default: break
        }
        guard reply.count >= 3, let id = reply[1].string, let record = reply[2].bytes,
            let deployment = Deployment(id: id, record: record)
        else { throw Self.broken }
        return (word, deployment)
    }

    /// Notes that the organisation has deployments, for those who look at all.
    func register() throws(StoreError) {
        let now = String(Timestamp.now.milliseconds)
        _ = try store.run(Command("ZADD", store.key(QueueKeys.organisations), "NX", now, organisation))
        _ = try store.run(Command("HSET", store.key(keys.meta), "registered", "1"))
    }

    // MARK: Refusals

    /// 404: the organisation has no such deployment.
    static let missing = Problem(
        .notFound, "Your organisation has no deployment with this id; GET /v1/deployments lists those that it has.")

    /// 409: more would have to be skipped at once than can be.
    private static let full = Problem(
        .conflict,
        "There are \(QueueScript.scheduledBound) scheduled deployments of this taxonomy already; deploy or skip some first."
    )

    /// 422: a name stands for more than one service has places.
    private static let tooManyTaxonomies = Problem.invalid([
        Problem.Field(
            field: "name",
            message: "has deployments of \(taxonomyBound) taxonomies already; take another name for another service")
    ])

    private static let broken = Problem(.internalServerError, "The store holds what is no deployment; report its id.")

    /// 429: the organisation has made as many deployments today as it may.
    private static func spent(at now: Timestamp) -> Problem {
        let wait = 86_400 - now.seconds % 86_400
        return Problem(
            .tooManyRequests,
            "Your organisation has made as many deployments today as this server allows; wait until midnight UTC.",
            headers: [.retryAfter: String(wait)])
    }
}
