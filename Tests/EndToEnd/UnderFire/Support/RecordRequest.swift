import TestSupport

/// A request that a front end could pass on, and what has to be answered.
struct RecordRequest: Sendable {
    /// Who listens on a socket.
    enum Listener: String, Sendable, CaseIterable {
        case worker, streamer
    }

    let method: String
    let path: String
    var query = ""
    /// What the pool trusts: addresses of this host have the queue, others fail to authenticate each for itself.
    var address = "127.0.0.1"
    /// Variables besides those that every request has.
    var variables: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// The length that is announced for the body; nil for its own.
    var announced: Int?
    /// What a worker may answer.
    let byWorker: Set<Int>
    /// What the streamer may answer; nil for the same.
    var byStreamer: Set<Int>?
    /// Whether the answer has no end if the streamer gives it.
    var isStream = false

    /// The status that an answer may have.
    func statuses(of listener: Listener) -> Set<Int> { listener == .worker ? byWorker : byStreamer ?? byWorker }

    /// All variables of the request with this `X-Request-ID`.
    func allVariables(id: String) -> [(name: String, value: String)] {
        let target = query.isEmpty ? path : "\(path)?\(query)"
        return [
            ("REQUEST_METHOD", method), ("SCRIPT_NAME", ""), ("PATH_INFO", path), ("QUERY_STRING", query),
            ("REQUEST_URI", target), ("REMOTE_ADDR", address), ("REMOTE_PORT", "40000"),
            ("SERVER_PROTOCOL", "HTTP/1.1"), ("GATEWAY_INTERFACE", "CGI/1.1"), ("HTTP_HOST", "localhost"),
            ("CONTENT_LENGTH", String(announced ?? body.count)), ("HTTP_X_REQUEST_ID", id),
        ] + variables
    }

    private static let json = ("CONTENT_TYPE", "application/json")
    private static let deployer = ("HTTP_AUTHORIZATION", "Bearer \(Origin.deployToken)")
    private static let holds = ("CHIMNEY_HOLDS", "1")

    private static func get(
        _ path: String, _ query: String = "", _ statuses: Set<Int> = [200], method: String = "GET"
    ) -> RecordRequest {
        RecordRequest(method: method, path: path, query: query, byWorker: statuses)
    }

    private static func post(
        _ path: String, _ body: String, _ variables: [(String, String)] = [], _ statuses: Set<Int>,
        streamer: Set<Int>? = [421]
    ) -> RecordRequest {
        RecordRequest(
            method: "POST", path: path, variables: [json] + variables, body: Array(body.utf8), byWorker: statuses,
            byStreamer: streamer)
    }

    /// Of the queue of somebody who has no deployments.
    private static func queue(
        _ method: String, _ path: String, _ body: String, _ statuses: Set<Int>
    ) -> RecordRequest {
        RecordRequest(
            method: method, path: path, variables: [json, ("HTTP_X_ORGANISATION", "nobody")], body: Array(body.utf8),
            byWorker: statuses, byStreamer: body.isEmpty ? statuses : [421])
    }

    /// Something signed that changes nothing, neither as it is nor in any other way.
    private static let ping: RecordRequest = {
        let delivery = FakeGitHub.Delivery(event: "ping", body: Array(#"{"zen":"Keep it logically awesome."}"#.utf8))
        return RecordRequest(
            method: "POST", path: "/api/webhooks/github",
            variables: [
                json, ("HTTP_X_GITHUB_EVENT", "ping"), ("HTTP_X_GITHUB_DELIVERY", delivery.id),
                ("HTTP_X_HUB_SIGNATURE_256", delivery.signature(GitHubSecrets.webhook)),
            ], body: delivery.body, byWorker: [200], byStreamer: [421])
    }()

    /// With a wrong token, or without a signature, from an address of its own.
    private static func stranger(_ method: String, _ path: String, _ number: Int) -> RecordRequest {
        RecordRequest(
            method: method, path: path, address: "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)",
            variables: [json, ("HTTP_AUTHORIZATION", "Bearer wrong"), ("HTTP_X_GITHUB_EVENT", "ping")],
            body: method == "GET" ? [] : Array("{}".utf8), byWorker: [401, 429])
    }

    private static let reads: [RecordRequest] = [
        get("/health"), get("/healthz"), get("/ready"), get("/api/version"), get("/api/events/recent", "limit=3"),
        get("/api/deploy/status", "", [200, 204]), get("/api/deploy/events", "limit=2"), get("/api/origins/health"),
        get("/api/logs", "limit=2&level=error"), get("/api/cache/stats", "limit=2"), get("/api/pool/status"),
        queue("GET", "/v1/deployments", "", [200]), queue("GET", "/v1/deployments/none", "", [404]),
        queue("PATCH", "/v1/deployments/none", #"{"status":"x"}"#, [422]),
        queue("POST", "/v1/deployments", #"{"name":1,"provider":"x"}"#, [422]),
        queue("POST", "/v1/deployments/claim", #"{"name":"nobody"}"#, [204]), get("/api/version", method: "HEAD"),
        get("/api/version", "", [204], method: "OPTIONS"),
        get("/api/version", "", [405], method: "DELETE"), get("/api/nothing/%2e", "", [404]),
        get("/api/deploy/events", "limit=%zz", [400]), get("/hold/0123456789abcdef", "", [404]),
        get("/deploy/none", "", [404]),
    ]

    /// Answers of many records, or of a page for each.
    private static let longReads = [get("/api/openapi.json"), get("/metrics"), get("/api/metrics")]

    /// A fetch of GitHub's: a worker lets the streamer wait where the front end can have it do so, and waits itself
    /// otherwise, as the streamer always does; not too many at once.
    private static func gitHub(_ path: String, holds isHeld: Bool) -> RecordRequest {
        RecordRequest(
            method: "GET", path: path, query: "state=open", variables: isHeld ? [holds] : [],
            byWorker: [200, 202, 503], byStreamer: [200, 503])
    }

    private static func stream(_ path: String) -> RecordRequest {
        RecordRequest(method: "GET", path: path, byWorker: [200], isStream: true)
    }

    /// One of all that the routes are asked for.
    static func random(number: Int, using random: inout SplitMix) -> RecordRequest {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<50: return reads.randomElement(using: &random) ?? get("/health")
        case 50..<52: return longReads.randomElement(using: &random) ?? get("/metrics")
        case 52..<58: return gitHub("/api/github/pulls", holds: Bool.random(using: &random))
        case 58..<61: return get("/api/github/../%2e", "", [400, 404])
        case 61..<66: return stream(Bool.random(using: &random) ? "/api/events" : "/api/logs/stream")
        case 66..<76: return ping
        case 76..<80: return post("/api/deploy/events", #"{"sha":"nonsense"}"#, [deployer], [422])
        case 80..<83: return post("/api/deploy/events", "[", [deployer], [400])
        case 83..<86: return stranger("GET", "/api/log-level", number)
        case 86..<90: return stranger("POST", "/api/deploy/events", number)
        case 90..<93: return stranger("POST", "/api/webhooks/github", number)
        case 93..<95:
            var cut = post("/api/deploy/events", #"{"sha":"#, [deployer], [400])
            cut.announced = cut.body.count + Int.random(in: 1...100_000, using: &random)
            return cut
        default:
            // Now and then one that is too long.
            let limit = Int.random(in: 0..<40, using: &random) == 0 ? 2_000_000 : 200_000
            let body = "{\(String(repeating: " ", count: Int.random(in: 0...limit, using: &random)))}"
            let isTooLong = body.utf8.count > 1 << 20
            return post(
                "/api/deploy/events", body, [deployer], [isTooLong ? 413 : 422], streamer: [isTooLong ? 413 : 421])
        }
    }
}
