import Foundation
import TestSupport

/// A client that records deploys, and moves deployments of a name that nobody else moves. It sends again what was not
/// taken, until it is.
struct WritingClient: Sendable {
    /// Whose deployments they are, of a queue that takes the word of this machine's callers (`AUTH_ENABLED=false`).
    static let organisation = "acme"

    let http: HTTPClient
    let name: String
    let acknowledged: Acknowledged
    /// Seconds for which a write is sent again and again.
    let endurance: Double

    /// Records a deploy, and takes two or three deployments through their lives.
    func round() throws {
        let sha = Event.freshSHA()
        let event = Event().with("sha", "\"\(sha)\"").json
        if try insist("POST", "/api/deploy/events", event, [("Authorization", "Bearer \(Origin.deployToken)")]) != nil {
            acknowledged.event(sha, event)
        }
        guard let first = try create("1.0.0"), let second = try create("1.1.0") else { return }
        guard let claimed = try insist("POST", "/v1/deployments/claim", #"{"name":"\#(name)"}"#, key: UUID().uuidString)
        else { return }
        guard claimed.identifier == first else { return acknowledged.fail("\(claimed.identifier) instead of \(first)") }
        acknowledged.status(first, "in_progress")
        if Bool.random() {
            guard try move(first, "failed"), try move(second, "deployed") else { return }
        } else {
            guard try move(first, "deployed"), let third = try create("1.2.0"), try move(third, "deployed") else {
                return
            }
            acknowledged.status(second, "skipped")
        }
    }

    private func create(_ version: String) throws -> String? {
        let body = #"{"name":"\#(name)","version":"\#(version)","provider":"aws","type":"k8s"}"#
        let key = UUID().uuidString
        guard let made = try insist("POST", "/v1/deployments", body, key: key) else { return nil }
        acknowledged.created(.init(key: key, body: body), made.identifier)
        acknowledged.status(made.identifier, "scheduled")
        return made.identifier
    }

    private func move(_ id: String, _ status: String) throws -> Bool {
        guard try insist("PATCH", "/v1/deployments/\(id)", #"{"status":"\#(status)"}"#) != nil else { return false }
        acknowledged.status(id, status)
        return true
    }

    /// Sends a write until it is taken. What is answered meanwhile has to be a problem that says to come back.
    private func insist(
        _ method: String, _ path: String, _ body: String, key: String? = nil, _ fields: [(String, String)] = []
    ) throws -> JSON? {
        var all = fields + [("Content-Type", "application/json"), ("X-Organisation", Self.organisation)]
        if let key { all.append(("Idempotency-Key", key)) }
        let answer: HTTPAnswer? = value(within: endurance) {
            guard let answer = try? http.request(method, path, all, body: Array(body.utf8)) else { return nil }
            if answer.status < 500 { return answer }
            note(refusal: answer, of: "\(method) \(path)")
            return nil
        }
        guard let answer, [200, 201].contains(answer.status) else {
            acknowledged.fail("\(method) \(path): \(answer.map { "\($0.status) \($0.text.prefix(200))" } ?? "nothing")")
            return nil
        }
        return try answer.json
    }

    private func note(refusal answer: HTTPAnswer, of request: String) {
        guard let fault = answer.faultOfProblem else { return acknowledged.refuse() }
        acknowledged.fail("\(request): \(fault)")
    }
}

extension HTTPAnswer {
    /// What is wrong with an answer that should be a problem of the server's own, about its request; nil if nothing is.
    var faultOfProblem: String? {
        let id = self["X-Request-ID"]
        guard self["Content-Type"] == "application/problem+json", let problem = try? json, id != nil,
            problem.request_id?.text == id, problem.status?.integer == status
        else { return "no problem of its request: \(status) \(fields) \(text.prefix(300))" }
        if status == 503, self["Retry-After"] == nil { return "503 without Retry-After: \(text.prefix(300))" }
        return nil
    }
}
