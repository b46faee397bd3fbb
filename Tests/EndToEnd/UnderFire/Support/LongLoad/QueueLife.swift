import Foundation
import TestSupport

/// What becomes of the deployments of one service, round after round: each kind of write that the queue knows, one after the
/// other. Nobody else moves them.
final class QueueLife {
    private static let path = "/v1/deployments"
    private static let one = "/v1/deployments/{id}"

    private let client: LoadClient
    private let name: String
    private var step = 0
    private var round = 0
    private var key = Acknowledged.Key(key: "", body: "")
    /// The deployments of this round, in the order in which they were made.
    private var ids: [String] = []

    init(_ client: LoadClient) {
        self.client = client
        name = "service-\(client.number)"
    }

    /// Makes the next request.
    func next() throws {
        switch step {
        case 0: try create("0")
        case 1: try createAgain()
        case 2: try create("1")
        case 3: try claim(ids[0])
        case 4: try change(ids[0], #"{"notes":"looks good","deployment_uri":"https://example.com/\#(round)"}"#)
        case 5: try move(ids[0], "deployed")
        case 6: try change(ids[0], #"{"status":"scheduled"}"#, is: 409)
        case 7: try client.ask(.get("\(Self.path)/\(ids[0])", of: Self.one))
        case 8: try create("2")
        case 9: try skip(ids[1], deploying: ids[2])
        case 10: try client.ask(.get("\(Self.path)/\(ids[1])/history", of: "\(Self.one)/history"))
        case 11:
            try rollBack("\(Self.path)/rollback?name=\(name)&provider=aws", of: "\(Self.path)/rollback", "scheduled")
        case 12: try claim(ids[3])
        case 13: try move(ids[3], "failed")
        case 14:
            try rollBack("\(Self.path)/\(ids[3])/rollback", of: "\(Self.one)/rollback", "in_progress")
            acknowledge(ids[3], "rolled_back")
        case 15: try move(ids[4], "deployed")
        default:
            try client.ask(.get("\(Self.path)?name=\(name)&limit=20", of: Self.path))
            (step, ids) = (-1, [])
            round += 1
        }
        step += 1
    }

    private func create(_ version: String) throws {
        let body = #"{"name":"\#(name)","version":"\#(round).\#(version).0","provider":"aws","type":"k8s"}"#
        key = Acknowledged.Key(key: UUID().uuidString, body: body)
        let id = try make(.post(Self.path, body, [("Idempotency-Key", key.key)], is: [201]), "scheduled")
        client.counts.queue("deployments_created_total", #"provider="aws",trigger="auto""#)
        client.counts.keep(.idempotencyKeys)
        client.acknowledged.created(key, id)
    }

    private func createAgain() throws {
        let answer = try client.ask(.post(Self.path, key.body, [("Idempotency-Key", key.key)], is: [201]))
        let id = try answer.json.identifier
        if id != ids[0] { client.acknowledged.fail("\(id) was made by the same key as \(ids[0])") }
    }

    private func claim(_ id: String) throws {
        let body = #"{"name":"\#(name)"}"#
        let answer = try client.ask(.post("\(Self.path)/claim", body, [("Idempotency-Key", UUID().uuidString)]))
        let claimed = try answer.json.identifier
        client.counts.keep(.idempotencyKeys)
        if claimed != id { client.acknowledged.fail("\(claimed) was claimed instead of \(id)") }
        acknowledge(id, "in_progress")
    }

    private func change(_ id: String, _ body: String, is status: Int = 200) throws {
        try client.ask(.post("\(Self.path)/\(id)", of: Self.one, body, is: [status]).by("PATCH"))
    }

    private func move(_ id: String, _ status: String) throws {
        try change(id, #"{"status":"\#(status)"}"#)
        acknowledge(id, status)
    }

    private func skip(_ older: String, deploying id: String) throws {
        try move(id, "deployed")
        client.acknowledged.status(older, "skipped")
        client.counts.queue("deployments_skipped_total")
    }

    private func rollBack(_ target: String, of route: String, _ status: String) throws {
        _ = try make(.post(target, of: route, "", [("Idempotency-Key", UUID().uuidString)], is: [201]), status)
        client.counts.queue("deployments_created_total", #"provider="aws",trigger="rollback""#)
        client.counts.queue("rollbacks_total", #"provider="aws""#)
        client.counts.keep(.idempotencyKeys)
    }

    private func make(_ request: LoadRequest, _ status: String) throws -> String {
        let id = try client.ask(request).json.identifier
        ids.append(id)
        client.acknowledged.status(id, status)
        return id
    }

    private func acknowledge(_ id: String, _ status: String) {
        client.acknowledged.status(id, status)
        client.counts.queue("deployments_updated_total", #"status="\#(status)""#)
    }
}
