import Crypto
import Essentials
import FastCGI
import HTTPTypes

/// Who may use a route: whoever has signed the body with one of several secrets, in `X-Hub-Signature-256`, as GitHub
/// signs its webhooks (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
public struct Signature: Sendable {
    private struct Known: Sendable {
        let name: String
        let key: SymmetricKey
    }

    private let known: [Known]

    /// Lets in whoever signs with one of these secrets, and nobody if there is none.
    public init(_ secrets: [NamedSecret]) {
        known = secrets.map { Known(name: $0.name, key: SymmetricKey(data: Array($0.value.utf8))) }
    }

    /// The code that a request shows, `sha256=` and 64 hexadecimal digits; nil if it shows none.
    static func code(of request: Request) -> [UInt8]? {
        guard let header = request[.hubSignature], header.hasPrefix("sha256=") else { return nil }
        return Hex.bytes(String(header.dropFirst("sha256=".count)), count: SHA256.byteCount)
    }

    /// The name of the secret by which a code is that of the body; nil if it is by none that is known.
    ///
    /// All secrets are tried, each in constant time: the time that it takes tells nothing of one.
    func authenticate(_ code: [UInt8], body: [UInt8]) -> String? {
        var name: String?
        for secret in known
        where HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: secret.key) {
            name = secret.name
        }
        return name
    }
}
