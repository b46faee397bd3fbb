import Crypto
import Essentials
import FastCGI
import HTTPTypes

/// Who may use a route: whoever shows one of several secrets as a bearer token (RFC 6750).
public struct Bearer: Sendable {
    private struct Known: Sendable {
        let name: String
        let digest: SHA256Digest
    }

    private let known: [Known]

    /// Lets in whoever knows one of these secrets, and nobody if there is none.
    public init(_ secrets: [NamedSecret]) {
        known = secrets.map { Known(name: $0.name, digest: SHA256.hash(data: Array($0.value.utf8))) }
    }

    /// The name of the secret that the request shows; nil if it shows none that is known.
    ///
    /// Digests are compared, and all of them: the time that it takes tells nothing of a secret.
    func authenticate(_ request: Request) -> String? {
        guard let token = request.bearerToken else { return nil }
        let digest = SHA256.hash(data: Array(token.utf8))
        var name: String?
        for secret in known where secret.digest == digest { name = secret.name }
        return name
    }
}

extension Request {
    /// What the request shows after `Authorization: Bearer` (RFC 6750, section 2.1); nil if it shows nothing so.
    public var bearerToken: Substring? {
        guard let header = self[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }
}
