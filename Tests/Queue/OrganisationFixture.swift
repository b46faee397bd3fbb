import Dragonfly
import Essentials
import FastCGI
import TestSupport
import Testing
import Web

@testable import Queue

/// An organisation with deployments in a store.
struct OrganisationFixture {
    let store: Store
    let queue: QueueStore
    private let identity: Identity

    /// An organisation.
    init(_ organisation: String = "Acme", in test: TestStore) throws {
        store = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
        queue = QueueStore(store, organisation: organisation)
        identity = Identity(
            organisation: organisation, actor: "octocat", repository: "acme/web", workflow: "deploy.yml")
    }

    /// Makes a deployment; returns its id.
    @discardableResult
    func create(_ name: String = "web", version: String = "1.0.0", provider: Provider = .aws) throws -> String {
        let body = #"{"name":"\#(name)","version":"\#(version)","provider":"\#(provider.rawValue)","type":"k8s"}"#
        let posted = try FieldReader.read(PostedDeployment.self, from: Array(body.utf8))
        return try queue.create(posted, by: identity, limit: 100_000, idempotency: Self.once()).deployment.id
    }

    /// Moves a deployment.
    func change(_ id: String, to status: Status) throws {
        _ = try queue.change(id, PostedChange(status: status), by: identity)
    }

    /// Makes a deployment that is in progress; returns its id.
    func begin(_ name: String = "web") throws -> String {
        let id = try create(name)
        try change(id, to: .inProgress)
        return id
    }

    /// Replaces a deployment by an earlier one.
    func rollBack(_ id: String) throws {
        let deployment = try #require(try queue.deployment(id))
        _ = try queue.rollBack(
            .deployment(deployment), to: nil, by: identity, limit: 100_000, idempotency: Self.once())
    }

    /// A request that is no repetition.
    private static func once() throws -> Idempotency {
        Idempotency(
            try IdempotencyKey(Request(environment: Environment([:]), body: RequestBody())), of: "", content: "")
    }
}
