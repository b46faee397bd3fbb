import TestSupport
import Testing

/// Uses the queue of an organisation that nobody else uses, where whoever is on this host is believed.
struct QueueClient: Sendable {
    /// What a pool needs for it.
    static let settings = ["AUTH_ENABLED": "false"]
    static let path = "/v1/deployments"
    static let statuses = ["scheduled", "in_progress", "deployed", "skipped", "failed", "rolled_back"]

    let http: HTTPClient
    let organisation: String

    init(_ http: HTTPClient, _ organisation: String = "org-\(UInt32.random(in: 0...(.max)))") {
        self.http = http
        self.organisation = organisation
    }

    // MARK: Requests

    func request(
        _ method: String, _ target: String = path, _ body: String? = nil, _ fields: [(String, String)] = []
    ) throws -> HTTPAnswer {
        var all = [("X-Organisation", organisation)] + fields
        if body != nil { all.append(("Content-Type", "application/json")) }
        return try http.request(method, target, all, body: body.map { Array($0.utf8) })
    }

    func list(_ query: String = "limit=1000") throws -> HTTPAnswer { try request("GET", Self.path + "?" + query) }

    func post(_ body: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try request("POST", Self.path, body, fields)
    }

    func patch(_ id: String, _ body: String) throws -> HTTPAnswer {
        try request("PATCH", "\(Self.path)/\(id)", body)
    }

    func claim(_ filter: String = "{}", _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try request("POST", Self.path + "/claim", filter, fields)
    }

    func rollBack(_ query: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try request("POST", Self.path + "/rollback?" + query, nil, fields)
    }

    func rollBack(id: String, _ query: String = "") throws -> HTTPAnswer {
        try request("POST", "\(Self.path)/\(id)/rollback" + (query.isEmpty ? "" : "?" + query))
    }

    // MARK: What has to work for a test to go on

    /// The deployments that a list has.
    func deployments(_ query: String = "limit=1000") throws -> [JSON] {
        let answer = try list(query)
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.json.list
    }

    /// The ids of the deployments that a list has.
    func ids(_ query: String = "limit=1000") throws -> [String] { try deployments(query).compactMap(\.id?.text) }

    func deployment(_ id: String) throws -> JSON {
        let answer = try request("GET", "\(Self.path)/\(id)")
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.json
    }

    func history(_ id: String) throws -> [JSON] {
        let answer = try request("GET", "\(Self.path)/\(id)/history")
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.json.history?.list ?? []
    }

    /// The status of a deployment.
    func status(_ id: String) throws -> String? { try deployment(id).status?.text }

    /// Makes a deployment with these texts.
    func create(_ texts: [String: String] = [:]) throws -> JSON {
        let answer = try post(Self.body(texts.mapValues { JSON.quoted($0) }))
        try #require(answer.status == 201, "\(answer.text)")
        return try answer.json
    }

    /// Makes one with these texts and brings it into a status.
    ///
    /// - Returns: its id.
    func create(_ texts: [String: String] = [:], _ status: String) throws -> String {
        let id = try #require(try create(texts).id?.text)
        if status == "rolled_back" { try move(id, "deployed") }
        if status != "scheduled" { try move(id, status) }
        return id
    }

    func move(_ id: String, _ status: String) throws {
        let answer = try patch(id, #"{"status":"\#(status)"}"#)
        try #require(answer.status == 200, "\(answer.text)")
    }

    /// The body of a creation: what is required, and these members as JSON texts; without those that are nil.
    static func body(_ members: [String: String?] = [:]) -> String {
        let required: [String: String?] = [
            "name": "\"web\"", "version": "\"1.0.0\"", "provider": "\"aws\"", "type": "\"k8s\"",
        ]
        let all = required.merging(members) { $1 }.compactMapValues { $0 }
        return "{" + all.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    // MARK: Answers

    /// The names of all fields of a deployment.
    static let fields: Set = [
        "id", "created_at", "updated_at", "organisation", "name", "version", "commit_sha", "pipeline_extra_params",
        "provider", "cloud_account_id", "region", "environment", "cell", "type", "status", "auto", "trigger",
        "description", "notes", "build_uri", "deployment_uri", "resource", "source_deployment_id",
        "rollback_from_deployment_id", "created_by_repo", "created_by_workflow", "created_by_actor",
    ]

    /// Where a list goes on: the target that its header `Link` names as the next.
    static func next(_ answer: HTTPAnswer) -> String? {
        answer["Link"]?.wholeMatch(of: #/<(/v1/deployments\?[^>]*)>; rel="next"/#).map { String($0.output.1) }
    }
}

extension Origin {
    /// A client of an organisation that nobody else uses.
    var queue: QueueClient { QueueClient(http) }
}
