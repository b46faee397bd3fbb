import Crypto
import CryptoExtras
import Foundation

/// A key of GitHub's OIDC provider, or of somebody who would like to be it: signs tokens.
public struct TokenSigner: Sendable {
    /// A key for tests that need no other. Making one takes a while.
    public static let shared = Result { try TokenSigner("key-1") }

    /// The id of the key.
    public let id: String
    /// The key.
    public let key: _RSA.Signing.PrivateKey

    /// A new key.
    ///
    /// - Throws: `CryptoKitError` for a size that no key has.
    public init(_ id: String, bits: Int = 2048) throws {
        self.id = id
        key = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: bits))
    }

    /// Its public part as a key set has it.
    public var publicKey: JSON {
        get throws {
            let parts = try key.publicKey.getKeyPrimitives()
            return .object([
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": .string(id),
                "n": .string(Self.encode(parts.modulus)), "e": .string(Self.encode(parts.publicExponent)),
            ])
        }
    }

    /// The claims of a workflow's token that is valid now.
    ///
    /// - Parameter changes: other values; `nil` takes a claim away.
    public static func claims(of issuer: String, _ changes: [String: JSON?] = [:]) -> [String: JSON] {
        let now = Int(Date().timeIntervalSince1970)
        var claims: [String: JSON] = [
            "jti": "f4c3b7d5-3f3a-4f0b-9d8e-0d4a5b0c9f6e", "sub": "repo:acme/shop:ref:refs/heads/main",
            "aud": "deployment-queue-api", "iss": .string(issuer), "ref": "refs/heads/main", "ref_type": "branch",
            "sha": "0123456789abcdef0123456789abcdef01234567", "repository": "acme/shop", "repository_owner": "acme",
            "repository_owner_id": "65", "run_id": "1296269", "run_number": "10", "run_attempt": "2",
            "repository_visibility": "private", "repository_id": "74", "actor_id": "12", "actor": "octocat",
            "workflow": "deploy", "head_ref": "", "base_ref": "", "event_name": "push",
            "job_workflow_ref": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
            "runner_environment": "github-hosted", "environment": "production", "iat": .number(Double(now)),
            "nbf": .number(Double(now - 600)), "exp": .number(Double(now + 300)),
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    /// A token.
    ///
    /// - Parameter header: other members of the header; `nil` takes one away.
    public func token(_ claims: [String: JSON], header changes: [String: JSON?] = [:]) throws -> String {
        var header: [String: JSON] = ["typ": "JWT", "alg": "RS256", "kid": .string(id)]
        for (name, value) in changes { header[name] = value }
        return try token(header: Self.text(header), claims: Self.text(claims))
    }

    /// A token of these texts, whatever they are.
    public func token(header: String, claims: String) throws -> String {
        try sign("\(Self.encode(header.utf8)).\(Self.encode(claims.utf8))")
    }

    /// A token of parts that are encoded already.
    public func sign(
        _ parts: String, padding: _RSA.Signing.Padding = .insecurePKCS1v1_5
    ) throws -> String {
        let signature = try key.signature(for: SHA256.hash(data: Data(parts.utf8)), padding: padding)
        return "\(parts).\(Self.encode(signature.rawRepresentation))"
    }

    /// The parts that are signed.
    public static func parts(_ claims: [String: JSON], header: [String: JSON]) -> String {
        "\(encode(text(header).utf8)).\(encode(text(claims).utf8))"
    }

    /// Bytes as tokens have them (RFC 7515, section 2).
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func text(_ members: [String: JSON]) -> String {
        String(decoding: JSON.object(members).json, as: UTF8.self)
    }
}
