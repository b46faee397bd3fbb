import Foundation
import TestSupport
import Testing

/// Asks an origin for everything that it describes, and notes what it answers.
struct AnswerScenario {
    let origin: Origin
    let exchanges: Exchanges

    init(_ origin: Origin, _ exchanges: Exchanges) {
        self.origin = origin
        self.exchanges = exchanges
    }

    /// Asks, shows the secret, and expects a status.
    @discardableResult
    func ask(
        _ method: String, _ target: String, _ fields: [(String, String)] = [], body: String? = nil, is status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> HTTPAnswer {
        let all = [Contract.bearer] + (body == nil ? [] : [Contract.json]) + fields
        let answer = try exchanges.ask(origin, method, target, all, body: body)
        #expect(
            answer.status == status, "\(method) \(target.prefix(100)): \(answer.text.prefix(300))",
            sourceLocation: sourceLocation)
        return answer
    }

    func recordDeploys() throws {
        try ask("GET", "/api/deploy/status", is: 204)
        let event = Event()
        for expected in [nil, JSON.bool(true)] {
            let answer = try ask("POST", "/api/deploy/events", body: event.json, is: 200)
            #expect(try answer.json.duplicate == expected)
        }
        try ask("POST", "/api/deploy/events", body: #"{"sha":"ABCDEF0","outcome":"failure"}"#, is: 200)
        let service = #"{"sha":"abcdef1","outcome":"success","duration_s":0.5,"service":"api","origin_ips":["::1"]}"#
        try ask("POST", "/api/deploy/events", body: service, is: 200)
        for query in ["", "?service=api", "?service="] {
            try ask("GET", "/api/deploy/status" + query, is: 200)
            try ask("GET", "/api/deploy/events" + query, is: 200)
        }
        try ask("GET", "/api/deploy/status?service=none", is: 204)
        try ask("HEAD", "/api/deploy/status", is: 200)
        try ask("GET", "/api/deploy/events?limit=51", is: 400)
        for event in [
            "{}", #"{"sha":"abcdef2","outcome":"success"}"#,
            Event().with("deployed_at", "\"2999-01-01T00:00:00Z\"").json,
            Event().with("origin_ips", "[\"nowhere\"]").json, Event().with("pr_number", "-1").json,
        ] {
            try ask("POST", "/api/deploy/events", body: event, is: 422)
        }
    }

    func askGitHub(_ github: FakeGitHub) throws {
        let whole = ["/api/github", "/api/github/org/repos", "/api/pipeline/summary"]
        github.always(.serverError)
        for path in whole + ["/api/github/pulls"] { try ask("GET", path, is: 502) }
        github.answerAsUsual()
        try origin.forgetFailures()
        github.next(.primaryLimit(reset: 100), on: "/labels")
        try ask("GET", "/api/github/labels", is: 503)
        try origin.forgetFailures()
        for path in whole + ["/api/github/pulls?state=open&per_page=1", "/api/github/actions/runs"] {
            let answer = try ask("GET", path, is: 200)
            let tag = try #require(answer["ETag"])
            try ask("GET", path, [("If-None-Match", tag)], is: 304)
            try ask("HEAD", path, is: 200)
        }
        try ask("GET", "/api/github/nothing/here", is: 404)
        try ask("GET", "/api/github/a//b", is: 400)
        github.next(.error(410, "Gone"), on: "/issues/5")
        try ask("GET", "/api/github/issues/5", is: 410)
        let long = "?labels=" + String(repeating: "x", count: 1100)
        for path in ["/api/github", "/api/github/pulls"] { try ask("GET", path + long, is: 414) }
    }

    func invalidateAndDeliver(_ github: FakeGitHub) throws {
        try ask("GET", "/api/cache/stats", is: 200)
        try ask("GET", "/api/cache/stats?limit=0", is: 400)
        try ask("POST", "/api/cache/warm", is: 202)
        for body in [#"{"prefix":"/pulls","reason":"a test"}"#, #"{"path":"/","all":false}"#] {
            try ask("POST", "/api/cache/invalidate", body: body, is: 200)
        }
        try ask("POST", "/api/cache/invalidate", body: #"{"all":true}"#, is: 403)
        for body in ["{}", #"{"prefix":"pulls"}"#, #"{"prefix":"/","reason":7}"#] {
            try ask("POST", "/api/cache/invalidate", body: body, is: 422)
        }
        let push = try github.delivery(of: .push())
        let deliveries = [
            (try github.delivery(of: .ping), 200), (push, 202), (push, 200),
            (FakeGitHub.Delivery(event: "star", body: Array("{}".utf8)), 202),
        ]
        for (delivery, status) in deliveries {
            let body = String(decoding: delivery.body, as: UTF8.self)
            let fields = delivery.fields(secret: Contract.secret)
            let answer = try exchanges.ask(origin, "POST", "/api/webhooks/github", fields, body: body)
            #expect(answer.status == status, "\(delivery.event)")
        }
    }

    func lookAtTheProgram() throws {
        // Once the origins have been looked at, and the front end's log has been read.
        for path in ["/api/origins/health", "/api/logs/caddy"] {
            let isThere = try eventually {
                let json = try origin.get(path, [Contract.bearer]).json
                let origins = json.origins?.list ?? []
                return json.lines?.list.isEmpty == false
                    || !origins.isEmpty && origins.allSatisfy { ($0.checks?.integer ?? 0) > 0 }
            }
            #expect(isThere, "\(path)")
        }
        // The request before this one has told of itself by now.
        #expect(try eventually { try origin.get("/api/events/recent").json.events?.list.isEmpty == false })
        let tag = try #require(try ask("GET", "/api/openapi.json", is: 200)["ETag"])
        try ask("GET", "/api/openapi.json", [("If-None-Match", tag)], is: 304)
        for path in [
            "/healthz", "/health", "/ready", "/api/version", "/api/metrics", "/metrics", "/api/pool/status",
            "/api/origins/health", "/api/logs", "/api/logs?level=info&limit=1000&since=1&request_id=none",
            "/api/logs/caddy?limit=1000", "/api/events/recent?limit=500", "/api/events/recent?type=deploy",
            "/api/log-level",
        ] {
            try ask("GET", path, is: 200)
            try ask("HEAD", path, is: 200)
        }
        for path in ["/api/logs?limit=0", "/api/logs?since=x", "/api/logs?level=loud", "/api/events/recent?limit=501"] {
            try ask("GET", path, is: 400)
        }
        try ask("POST", "/api/log-level", body: #"{"level":"debug"}"#, is: 200)
        try ask("POST", "/api/log-level", body: #"{"level":"loud"}"#, is: 422)
        for path in ["/api/logs/stream?level=info", "/api/events"] {
            let stream = try EventStream(origin.http.address, path, [Contract.bearer])
            defer { stream.close() }
            let head = try #require(stream.head())
            let event = try #require(stream.next())
            exchanges.note("GET", path, head.status, head.fields, event.data)
            try ask("GET", path, [("Last-Event-ID", "x")], is: 400)
        }
    }
}
