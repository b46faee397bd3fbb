import TestSupport
import Testing

/// Runs a test with an origin whose queue asks a GitHub of its own who calls. Whatever a client claims to be in
/// `X-Forwarded-For` is believed, so that failures can be told apart.
///
/// - Parameter environment: settings of the pool, besides those that authentication needs, or instead of them.
func withCallers<Result: Sendable>(
    workers: Int = 4, environment: [String: String] = [:],
    _ body: @Sendable (Origin, Callers) async throws -> Result
) async throws -> Result {
    let callers = try Callers()
    defer { callers.github.stop() }
    let settings = [
        "GITHUB_OIDC_ISSUER": callers.github.issuer, "GITHUB_API_URL": callers.github.url(),
        "TRUSTED_PROXIES": "127.0.0.1",
    ]
    return try await withOrigin(workers: workers, environment: settings.merging(environment) { $1 }) { origin in
        // Who is asked, and says nothing, must not keep the pool from ending.
        defer { callers.github.release() }
        return try await body(origin, callers)
    }
}

/// Those who call a queue, and who knows them.
struct Callers: Sendable {
    /// The path that they call.
    static let path = "/v1/deployments"
    /// The personal access token of octocat, a member of Acme.
    static let token = "ghp_markPersonalAccessToken0000000000000"

    /// GitHub, its OIDC provider included.
    let github: FakeGitHub
    /// The provider's key.
    let signer: TokenSigner

    init() throws {
        github = try FakeGitHub()
        signer = try TokenSigner.shared.get()
        github.setKeys([try signer.publicKey])
        github.setMember(.init("octocat", of: ["Acme"]), token: Self.token)
    }

    /// The token of a workflow.
    func workflow(_ changes: [String: JSON?] = [:], header: [String: JSON?] = [:]) throws -> String {
        try signer.token(TokenSigner.claims(of: github.issuer, changes), header: header)
    }

    /// How often the provider's keys were fetched.
    var keyFetches: Int { github.count(FakeGitHub.keySet) }
}

extension Origin {
    /// Lists deployments with a token.
    ///
    /// - Parameters:
    ///   - organisation: whom the caller wants to act for; nil for whom the token says.
    ///   - address: from where.
    func queue(
        _ token: String?, organisation: String? = nil, from address: String = "203.0.113.1"
    ) throws -> HTTPAnswer {
        var fields = [("X-Forwarded-For", address)]
        if let token { fields.append(("Authorization", "Bearer \(token)")) }
        if let organisation { fields.append(("X-Organisation", organisation)) }
        return try get(Callers.path, fields)
    }

    /// Schedules a deployment with a token.
    func schedule(_ name: String, _ token: String?, organisation: String? = nil) throws -> HTTPAnswer {
        let fields = organisation.map { [("X-Organisation", $0)] } ?? []
        let body = #"{"name":"\#(name)","version":"1.0.0","provider":"gcp","type":"k8s"}"#
        return try http.post(Callers.path, body, token: token, fields)
    }
}
