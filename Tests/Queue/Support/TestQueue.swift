import Dragonfly
import Essentials
import FastCGI
import TestSupport
import Testing
import Web

@testable import Queue

/// An organisation's queue in a real store. One thread uses it; others have a connection of their own.
final class TestQueue: @unchecked Sendable {
    /// Who calls.
    static let caller = Identity(
        organisation: "Acme", actor: "octocat", repository: "Acme/site", workflow: ".github/workflows/deploy.yml")

    let test: TestStore
    let store: QueueStore
    let identity: Identity

    init(organisation: String = "Acme", in test: TestStore? = nil) throws {
        let test = try test ?? TestStore()
        self.test = test
        var identity = Self.caller
        identity.organisation = organisation
        self.identity = identity
        store = try Self.connect(test, organisation)
    }

    private static func connect(_ test: TestStore, _ organisation: String) throws -> QueueStore {
        let store = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
        return QueueStore(store, organisation: organisation)
    }

    /// The same queue by another connection.
    func connect() throws -> TestQueue { try TestQueue(organisation: identity.organisation, in: test) }

    /// The full name of one of its keys.
    func key(_ name: String) -> String { test.key("queue:{\(identity.organisation.lowercased())}:\(name)") }

    /// What does not hold of it.
    var broken: [String] {
        get throws { try QueueInvariants.broken(in: test, organisation: identity.organisation) }
    }

    /// Checks that all invariants hold.
    func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let broken = try broken
        #expect(broken.isEmpty, "\(broken.prefix(10))", sourceLocation: sourceLocation)
    }

    // MARK: Requests

    /// The members of a body that is valid.
    static let usual: [String: JSON] = [
        "name": "api", "version": "1.0.0", "provider": "aws", "type": "k8s", "environment": "production",
        "cloud_account_id": "123456789012", "region": "eu-central-1", "cell": "a",
    ]

    /// A body: the usual one with some members put in place of its own; `.null` is as good as absent.
    static func body(_ members: [String: JSON] = [:]) -> [UInt8] {
        object(usual.merging(members) { $1 })
    }

    static func object(_ members: [String: JSON]) -> [UInt8] { Array(JSON.object(members).encoded.utf8) }

    static func posted(_ members: [String: JSON] = [:]) throws -> PostedDeployment {
        try FieldReader.read(PostedDeployment.self, from: body(members))
    }

    /// What an `Idempotency-Key` makes of a request; nil for none.
    static func idempotency(_ key: String?, route: String, _ content: String) throws -> Idempotency {
        let variables = key.map { ["HTTP_IDEMPOTENCY_KEY": $0] } ?? [:]
        let request = Request(environment: Environment(variables), body: RequestBody())
        return Idempotency(try IdempotencyKey(request), of: route, content: content)
    }

    @discardableResult
    func create(
        _ members: [String: JSON] = [:], id: String = QueueStore.newID(), key: String? = nil, limit: Int = 1_000_000
    ) throws -> Deployment {
        let posted = try Self.posted(members)
        return try store.create(
            posted, id: id, by: identity, limit: limit,
            idempotency: Self.idempotency(key, route: "create", posted.content + posted.notes + posted.address)
        ).deployment
    }

    /// Makes one of a version.
    @discardableResult
    func create(version: String, _ members: [String: JSON] = [:]) throws -> Deployment {
        try create(members.merging(["version": .string(version)]) { $1 })
    }

    /// Makes one that is deployed at once.
    @discardableResult
    func deploy(version: String, _ members: [String: JSON] = [:]) throws -> Deployment {
        try move(try create(version: version, members), .deployed)
    }

    @discardableResult
    func change(_ id: String, _ members: [String: JSON]) throws -> QueueStore.Changed {
        try store.change(id, try FieldReader.read(PostedChange.self, from: Self.object(members)), by: identity)
    }

    @discardableResult
    func move(_ deployment: Deployment, _ status: Status) throws -> Deployment {
        try store.change(deployment.id, PostedChange(status: status), by: identity).deployment
    }

    /// Makes one and brings it to a status by allowed moves.
    @discardableResult
    func create(as status: Status, _ members: [String: JSON] = [:]) throws -> Deployment {
        let deployment = try create(members)
        switch status {
        case .scheduled: return deployment
        case .rolledBack: return try move(try move(deployment, .deployed), status)
        default: return try move(deployment, status)
        }
    }

    func claim(_ values: [Facet: String] = [:], key: String? = nil) throws -> Deployment? {
        let filter = ListFilter(values: values)
        return try store.claim(
            filter, by: identity, idempotency: Self.idempotency(key, route: "claim", filter.query))?.deployment
    }

    func rollBack(
        _ replaced: QueueStore.Replaced, to version: String? = nil, id: String = QueueStore.newID(),
        key: String? = nil, limit: Int = 1_000_000
    ) throws -> (deployment: Deployment, isNew: Bool, rolledBack: Deployment?) {
        try store.rollBack(
            replaced, id: id, to: version, by: identity, limit: limit,
            idempotency: Self.idempotency(key, route: "rollback", version ?? ""))
    }

    // MARK: What there is

    func status(_ deployment: Deployment) throws -> Status? { try store.deployment(deployment.id)?.status }

    /// The versions on all pages of a list.
    func versions(_ filter: ListFilter = ListFilter(), limit: Int = 1000) throws -> [String] {
        try all(filter, limit: limit).map { $0[.version] }
    }

    /// The deployments on all pages of a list.
    func all(_ filter: ListFilter = ListFilter(), limit: Int = 1000) throws -> [Deployment] {
        var found: [Deployment] = []
        var cursor: Int64?
        repeat {
            let page = try store.list(filter, after: cursor, limit: limit)
            found += page.deployments
            cursor = page.next
        } while cursor != nil
        return found
    }

    /// The changes of a deployment, as clients see them.
    func history(_ deployment: Deployment) throws -> [JSON] {
        let lines = try #require(try store.history(deployment.id))
        return try JSON(parsing: HistoryEntry.json(lines)).history?.list ?? []
    }
}

extension Deployment {
    /// It as clients see it, parsed.
    var parsed: JSON {
        get throws { try JSON(parsing: json) }
    }
}

/// The status of the problem that a body throws; nil if it throws none.
func refusal(_ body: () throws -> some Any) throws -> Int? {
    do {
        _ = try body()
        return nil
    } catch let problem as Problem {
        return problem.status.code
    }
}

/// The fields that the problem names which a body throws.
func refusedFields(_ body: () throws -> some Any) throws -> [String] {
    do {
        _ = try body()
        return []
    } catch let problem as Problem {
        return problem.errors.map(\.field)
    }
}
