import Foundation
import TestSupport

/// Uses the queue of an origin for an organisation, as its clients do. The origin believes whom it serves
/// (`Tenant.environment`).
struct Tenant: Sendable {
    /// Settings of an origin for such clients.
    static let environment = ["AUTH_ENABLED": "false", "QUEUE_DAILY_LIMIT": "1000000"]
    /// The members of a valid body.
    static let usual: [String: JSON] = [
        "name": "api", "version": "1.0.0", "provider": "aws", "type": "k8s", "environment": "production",
        "cloud_account_id": "123456789012", "region": "eu-central-1", "cell": "a",
    ]

    let http: HTTPClient
    let organisation: String

    init(_ origin: Origin, _ organisation: String) {
        http = origin.http
        self.organisation = organisation
    }

    /// Makes a request below `/v1/deployments`.
    func request(
        _ method: String, _ path: String = "", _ body: [String: JSON]? = nil, key: String? = nil
    ) throws -> HTTPAnswer {
        var fields = [("X-Organisation", organisation)]
        if let key { fields.append(("Idempotency-Key", key)) }
        if body != nil { fields.append(("Content-Type", "application/json")) }
        let target = path.hasPrefix("/v1") ? path : "/v1/deployments" + path
        return try http.request(method, target, fields, body: body.map { Array(JSON.object($0).encoded.utf8) })
    }

    /// Makes a request again and again until somebody who lives has answered it, and the store in time.
    func insist(
        _ method: String, _ path: String = "", _ body: [String: JSON]? = nil, key: String? = nil
    ) throws -> HTTPAnswer {
        for _ in 0..<200 {
            if let answer = try? request(method, path, body, key: key), answer.status < 500 { return answer }
            usleep(10_000)
        }
        throw TestSupportError("\(method) \(path) is not answered.")
    }

    /// Makes a deployment of some members in place of the usual ones.
    func create(_ members: [String: JSON] = [:], key: String? = nil) throws -> JSON {
        let answer = try request("POST", "", Self.usual.merging(members) { $1 }, key: key)
        guard answer.status == 201 else { throw TestSupportError("\(answer.status) \(answer.text)") }
        return try answer.json
    }

    /// Changes the status of a deployment.
    @discardableResult
    func move(_ id: String, _ status: String) throws -> HTTPAnswer {
        try request("PATCH", "/\(id)", ["status": .string(status)])
    }

    /// Every row of a list, page after page.
    func all(_ query: String = "") throws -> [Row] {
        var rows: [Row] = []
        var next: String? = "?limit=1000&" + query
        while let path = next {
            let answer = try insist("GET", path)
            guard answer.status == 200 else { throw TestSupportError("\(answer.status) \(answer.text)") }
            rows += try answer.rows
            next = answer.next
        }
        return rows
    }
}

/// A deployment of a list, as far as tests look at thousands of them.
struct Row: Decodable, Sendable {
    let id, organisation, status, version: String
}

extension HTTPAnswer {
    /// The rows of a list.
    var rows: [Row] {
        get throws { try JSONDecoder().decode([Row].self, from: Data(body)) }
    }

    /// The target of `Link: rel="next"`.
    var next: String? {
        guard let link = self["Link"], link.hasSuffix(">; rel=\"next\""), link.hasPrefix("<") else { return nil }
        return link.dropFirst().prefix { $0 != ">" }.description
    }
}

extension JSON {
    /// The id of a deployment; empty for what is none.
    var identifier: String { self.id?.text ?? "" }
}
