import TestSupport

/// What clients ask for that change nothing, and how often: most are dashboards and monitors that poll.
struct LoadMix: Sendable {
    /// A request, and how often it is made among the others.
    typealias Share = (weight: Int, request: LoadRequest)

    private let shares: [Share]
    private let total: Int

    init(_ shares: [Share]) {
        self.shares = shares
        total = shares.reduce(0) { $0 + $1.weight }
    }

    /// One of them.
    func pick(_ random: inout SplitMix) -> LoadRequest {
        var left = Int.random(in: 0..<total, using: &random)
        for share in shares {
            if left < share.weight { return share.request }
            left -= share.weight
        }
        return shares[0].request
    }

    /// Reads, of every route that has any.
    static let polls = LoadMix([
        // The overview of a dashboard, every few seconds.
        (160, .get("/api/deploy/status", is: [200, 204])),
        (20, .get("/api/deploy/status?service=app", is: [200, 204])),
        (40, .get("/api/deploy/events")), (100, .get("/api/pipeline/summary")), (60, .get("/healthz")),
        (30, .get("/api/origins/health")), (30, .get("/api/pool/status")), (20, .get("/api/version")),
        (10, .get("/api/cache/stats?limit=50")), (20, .get("/api/events/recent?limit=50")),
        (5, .get("/api/events/recent?type=deploy")), (10, .get("/api/logs?limit=100")),
        (5, .get("/api/logs?level=warning&limit=20")), (5, .get("/api/logs/caddy?limit=50")),
        // What it shows of GitHub.
        (60, .github("/pulls?state=open").conditional), (20, .github("/pulls?state=open")),
        (20, .github("/pulls?state=closed&per_page=10").conditional), (60, .github("/issues?state=open").conditional),
        (60, .github("/actions/runs?per_page=10").conditional), (10, .github("/actions/runs?per_page=3&page=2")),
        (5, .github("/releases")), (5, .github("/commits?per_page=5")), (5, .github("/pulls/99999", is: [404])),
        (5, .get("/api/github/org/repos")), (3, .get("/api/github").conditional),
        // The queue and the deployments.
        (40, .get("/v1/deployments?limit=20")), (20, .get("/v1/deployments?status=scheduled&limit=20")),
        (10, .get("/v1/deployments?name=service-1&limit=10")), (5, .get("/v1/deployments?limit=100")),
        (20, .get("/deploy?limit=5")), (5, .get("/deploy?service=app&limit=20")),
        // Monitors.
        (30, .get("/health")), (30, .get("/ready")), (20, .get("/metrics")), (5, .get("/api/metrics")),
        (10, .get("/health").by("HEAD")), (5, .get("/api/deploy/status").by("HEAD", is: [200, 204])),
        (10, .get("/v1/deployments").by("OPTIONS", is: [204])),
        (5, .get("/api/deploy/events").by("OPTIONS", is: [204])),
        (3, .get("/api/openapi.json")), (3, .get("/api/openapi.json").conditional),
        (3, .get("/api/log-level").with([LongLoadOrigin.admin])),
    ])

    /// Requests that are refused, each for another reason.
    static let mistakes = LoadMix([
        (5, .get("/api/nothing", of: "unmatched", is: [404])), (2, .get("/v1/deployments/none", of: queue, is: [404])),
        (2, .get("/deploy/none", of: "/deploy/{id}", is: [404])), (2, .get("/deploy/none/log", of: runLog, is: [404])),
        (2, .get("/api/deploy/events").by("DELETE", is: [405])), (2, .get("/api/deploy/events?limit=0", is: [400])),
        (2, .get("/api/logs?level=loud", is: [400])), (2, .github("/pulls//1", is: [400])),
        (2, .get("/api/logs/stream", is: [400]).with([("Last-Event-ID", "x")])),
        (1, .get("/api/version", is: [431]).with([("X-Large", String(repeating: "x", count: 33 << 10))])),
        (2, post("{", is: 400)), (2, post("{}", is: 422)), (2, post("[]", is: 400)),
        (2, form), (1, post(String(repeating: " ", count: (1 << 20) + 1), is: 413)),
        (1, post("2\r\n{}\r\n0\r\n\r\n", is: 411, [("Transfer-Encoding", "chunked")])),
        (2, .post("/v1/deployments", #"{"name":"","version":7}"#, is: [422])),
        (2, .post("/v1/deployments/claim", "{", is: [400])),
        (2, .post("/api/cache/invalidate", #"{"all":true}"#, [LongLoadOrigin.manager], is: [403])),
        (2, .post("/api/log-level", #"{"level":"loud"}"#, [LongLoadOrigin.admin], is: [422])),
        (2, call(#"{"service":"none","image_sha":"abc"}"#)),
        // Strangers, who are refused in another way after ten attempts.
        (2, .post("/api/deploy/events", "{}", [("X-Forwarded-For", stranger)], is: [401, 429])),
        (2, .post("/deploy", "{}", [("X-Forwarded-For", stranger)], is: [401, 429])),
        (2, .post("/api/webhooks/github", "{}", [("X-Forwarded-For", stranger)], is: [401, 429])),
    ])

    /// Stands for an address that is another one each time.
    static let stranger = "stranger"

    private static let queue = "/v1/deployments/{id}"
    private static let runLog = "/deploy/{id}/log"

    private static func post(_ body: String, is status: Int, _ fields: [(String, String)] = []) -> LoadRequest {
        .post("/api/deploy/events", body, [LongLoadOrigin.deployer] + fields, is: [status])
    }

    /// As a form of the web does.
    private static var form: LoadRequest {
        LoadRequest(
            method: "POST", target: "/api/deploy/events", route: "/api/deploy/events",
            fields: [LongLoadOrigin.deployer, ("Content-Type", "text/plain")], body: Array("{}".utf8), statuses: [415])
    }

    private static func call(_ body: String) -> LoadRequest {
        .post("/deploy", body, [("X-Hub-Signature-256", DeployOrigin.signature(body))], is: [422])
    }
}
