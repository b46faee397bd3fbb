import Foundation
import TestSupport
import Testing

extension AnswerScenario {
    private static let path = "/v1/deployments"

    private func body(_ version: String, environment: String = "production") -> String {
        #"{"name":"api","version":"\#(version)","provider":"gcp","type":"k8s","environment":"\#(environment)"}"#
    }

    /// Schedules a deployment, and returns its id.
    private func create(_ version: String, _ environment: String = "production") throws -> String {
        let answer = try ask("POST", Self.path, body: body(version, environment: environment), is: 201)
        let id = try #require(try answer.json["id"]?.text)
        #expect(answer["Location"] == "\(Self.path)/\(id)")
        return id
    }

    private func change(_ id: String, _ status: String, is expected: Int = 200) throws {
        try ask("PATCH", "\(Self.path)/\(id)", body: #"{"status":"\#(status)"}"#, is: expected)
    }

    func useTheQueue() throws {
        let first = try create("1.0.0")
        try change(first, "deployed")
        let second = try create("1.1.0-rc.1")
        try ask("POST", "\(Self.path)/claim", body: #"{"name":"api","environment":""}"#, is: 422)
        try ask("POST", "\(Self.path)/claim", body: #"{"name":"api","cell":null,"provider":null}"#, is: 200)
        try ask("POST", "\(Self.path)/claim", body: #"{"name":"api"}"#, is: 204)
        try ask("POST", "\(Self.path)/claim", body: #"{"name":7,"provider":"moon"}"#, is: 422)
        let notes = #"{"notes":"looks\ngood","deployment_uri":"https://example.com/7"}"#
        try ask("PATCH", "\(Self.path)/\(second)", body: notes, is: 200)
        try change(second, "deployed")
        try change(second, "scheduled", is: 409)
        try change(second, "unknown", is: 422)
        try change("none", "failed", is: 404)
        try ask("PATCH", "\(Self.path)/\(second)", body: #"{"status":null}"#, is: 400)
        _ = try create("2.0.0", "staging")
        try ask("POST", Self.path, body: #"{"name":"api","version":"","auto":"yes","notes":[]}"#, is: 422)
        let key = ("Idempotency-Key", "once")
        for _ in 0..<2 { try ask("POST", Self.path, [key], body: body("3.0.0"), is: 201) }
        try ask("POST", Self.path, [key], body: body("3.0.1"), is: 422)

        try ask("POST", "\(Self.path)/rollback?name=api&provider=gcp", is: 422)
        try ask("POST", "\(Self.path)/rollback?name=api&provider=gcp&environment=production", is: 201)
        try ask("POST", "\(Self.path)/rollback?name=nothing&provider=gcp", is: 404)
        try ask("POST", "\(Self.path)/\(second)/rollback?target_version=9.9.9", is: 404)
        let query = "?target_version=1.0.0"
        try ask("POST", "\(Self.path)/\(second)/rollback\(query)", [("Idempotency-Key", "back")], is: 201)
        try ask("POST", "\(Self.path)/\(first)/rollback\(query)", [("Idempotency-Key", "back")], is: 422)
        try ask("POST", "\(Self.path)/\(second)/rollback", is: 409)

        for id in [first, second] {
            try ask("GET", "\(Self.path)/\(id)", is: 200)
            try ask("GET", "\(Self.path)/\(id)/history", is: 200)
        }
        for path in ["none", "none/history"] { try ask("GET", "\(Self.path)/\(path)", is: 404) }
        try ask("GET", Self.path, is: 200)
        let page = try ask("GET", "\(Self.path)?limit=2&name=api&status=", is: 200)
        #expect(page["Link"]?.contains("rel=\"next\"") == true)
        for query in ["limit=0", "status=unknown", "cursor=-", "provider=moon"] {
            try ask("GET", "\(Self.path)?\(query)", is: 400)
        }
        // It is for callers on this host only.
        for operation in try Contract.operations(of: origin) where operation.isOfQueue {
            let fields = [("X-Forwarded-For", "203.0.113.9")]
            try ask(operation.method, operation.path, fields, body: operation.takesBody ? "{}" : nil, is: 403)
        }
    }
}
