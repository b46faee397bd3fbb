import Essentials
import Web

/// What a token of GitHub's OIDC provider says
/// (https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims).
struct TokenClaims {
    /// Seconds by which the clocks of the issuer and of the store, which hosts go by, may differ.
    static let leeway: Double = 60

    /// Characters of a workflow's name that are kept: it may be any text.
    private static let workflowLimit = 200

    private var issuer: String?
    private var audiences: [String] = []
    private var expiration: Double?
    private var notBefore: Double?
    private var issuedAt: Double?
    private var owner: String?
    private var actor: String?
    /// The repository that the job runs for, `owner/name`.
    private(set) var repository: String?
    /// The branch or tag that it runs for: `refs/heads/main`.
    private(set) var ref: String?
    /// The name of its workflow.
    private(set) var workflow: String?
    /// The environment that it deploys to.
    private(set) var environment: String?

    /// Reads the claims.
    ///
    /// - Throws: `Refusal` where one that matters is not what it has to be.
    init(_ bytes: [UInt8]) throws(JSONWebToken.Refusal) {
        var claims = Self()
        do throws(JSONReader.Fault) {
            try JSONReader.readClaims(bytes) { (reader, name) throws(JSONReader.Fault) in
                try claims.read(name, &reader)
            }
        } catch {
            throw JSONWebToken.Refusal("its claims are not those of a token")
        }
        self = claims
    }

    private init() {}

    private mutating func read(_ name: String, _ reader: inout JSONReader) throws(JSONReader.Fault) {
        switch name {
        case "iss": issuer = try reader.string()
        case "aud": audiences = try reader.strings()
        case "exp": expiration = try reader.number().double
        case "nbf": notBefore = try reader.number().double
        case "iat": issuedAt = try reader.number().double
        case "repository_owner": owner = try reader.string()
        case "repository": repository = try reader.string()
        case "actor": actor = try reader.string()
        case "workflow": workflow = try reader.optionalString()
        case "ref": ref = try reader.optionalString()
        case "environment": environment = try reader.optionalString()
        default: try reader.skip()
        }
    }

    /// Who calls, if the token is of this issuer, for this audience, and of this time.
    ///
    /// - Throws: `Refusal` if it is not, or does not say who.
    func identity(
        issuer: String, audience: String, now: Timestamp
    ) throws(JSONWebToken.Refusal) -> Identity {
        guard self.issuer == issuer else { throw JSONWebToken.Refusal("it is of another issuer") }
        guard audiences.contains(audience) else { throw JSONWebToken.Refusal("it is for another audience") }
        let seconds = Double(now.milliseconds) / 1000
        guard let expiration, expiration.isFinite, seconds < expiration + Self.leeway else {
            throw JSONWebToken.Refusal("it has expired")
        }
        guard notBefore ?? -.infinity <= seconds + Self.leeway, issuedAt ?? -.infinity <= seconds + Self.leeway else {
            throw JSONWebToken.Refusal("it is not valid yet")
        }
        guard let owner = owner.flatMap(Organisation.init), let repository, let actor, Self.isName(repository),
            Self.isName(actor)
        else { throw JSONWebToken.Refusal("it does not say who calls") }
        return Identity(
            organisation: owner.name, actor: actor, repository: repository,
            workflow: workflow.map { String($0.prefix(Self.workflowLimit)) })
    }

    /// Whether a text can stand in a line of the log and of a record: `octo-org/octo-repo`, `dependabot[bot]`.
    private static func isName(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
