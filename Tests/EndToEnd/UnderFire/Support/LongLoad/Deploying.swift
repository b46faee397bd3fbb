import Foundation
import TestSupport

/// Has one deployment after the other carried out, in each of the ways in which they are called for and in which they end.
final class Deploying: @unchecked Sendable {
    /// How many versions are published. The last one never becomes healthy.
    static let versions = 9

    private let client: LoadClient
    private let origin: DeployOrigin
    private var made = 0
    private let lock = NSLock()
    private var ended: [String: String] = [:]

    init(_ client: LoadClient, _ origin: DeployOrigin) {
        self.client = client
        self.origin = origin
    }

    /// What has become of each deployment, by its id.
    var outcomes: [String: String] { lock.withLock { ended } }

    /// Has the next one carried out, to its end.
    func next() throws {
        if made == 0 { try origin.docker.behave(.unhealthy, version: DeployOrigin.sha(Self.versions)) }
        defer { made += 1 }
        let sha = DeployOrigin.sha(made % (Self.versions - 1) + 1)
        switch made % 6 {
        case 0, 1: try end(of: call("/deploy", DeployOrigin.body(sha), is: 200).json, "succeeded")
        case 2: try deployOfQueue(sha)
        case 3: try follow(sha)
        case 4:
            try end(
                of: call("/deploy", DeployOrigin.body(DeployOrigin.sha(Self.versions)), is: 502).json, "rolled_back")
        default: try end(of: call("/deploy/rollback", Self.bodyOfRollback, is: 200).json, "succeeded")
        }
    }

    private static var bodyOfRollback: String { #"{"service":"app","reason":"\#(UUID().uuidString)"}"# }

    private func call(
        _ path: String, _ body: String, _ fields: [(String, String)] = [], is status: Int
    ) throws -> HTTPAnswer {
        let signature = ("X-Hub-Signature-256", DeployOrigin.signature(body))
        return try client.ask(.post(path, body, [signature] + fields, is: [status]))
    }

    /// One of the queue's, which is moved along.
    private func deployOfQueue(_ sha: String) throws {
        let posted = #"{"name":"app","version":"\#(made).0.0","provider":"aws","type":"k8s"}"#
        let id = try client.ask(.post("/v1/deployments", posted, is: [201])).json.identifier
        client.counts.queue("deployments_created_total", #"provider="aws",trigger="auto""#)
        client.acknowledged.status(id, "scheduled")
        let body = DeployOrigin.body(sha, #","deployment_id":"\#(id)""#)
        try end(of: call("/deploy", body, is: 200).json, "succeeded")
        for status in ["in_progress", "deployed"] {
            client.acknowledged.status(id, status)
            client.counts.queue("deployments_updated_total", #"status="\#(status)""#)
        }
    }

    /// One that is followed by its log.
    private func follow(_ sha: String) throws {
        let answer = try call("/deploy", DeployOrigin.body(sha), [("Prefer", "respond-async")], is: 202)
        let id = try answer.json.identifier
        let stream = try EventStream(origin.origin.http.address, "/deploy/\(id)/log")
        defer { stream.close() }
        client.counts.answer("/deploy/{id}/log", stream.head()?.status ?? 0)
        if stream.next("end", within: 120) == nil { client.acknowledged.fail("the log of \(id) does not end") }
        try end(of: client.ask(.get("/deploy/\(id)", of: "/deploy/{id}")).json, "succeeded")
    }

    private func end(of told: JSON, _ status: String) throws {
        if told.status?.text != status { client.acknowledged.fail("\(told.encoded) instead of \(status)") }
        lock.withLock { ended[told.identifier] = status }
        client.counts.keep(.runs)
        let outcome = status == "succeeded" ? "success" : "failure"
        client.counts.add(#"chimney_deploy_events_total{outcome="\#(outcome)"}"#)
    }
}
