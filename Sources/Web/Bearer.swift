import Crypto
import Dragonfly
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
        guard let header = request[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let digest = SHA256.hash(data: Array(parts[1].drop { $0 == " " }.utf8))
        var name: String?
        for secret in known where secret.digest == digest { name = secret.name }
        return name
    }
}

/// Counts failed authentications of a client, so that secrets cannot be guessed.
public struct FailureLimit: Sendable {
    /// So many are refused with 401 within `window` milliseconds; what follows with 429.
    static let allowed = 10
    static let window = 60_000

    private static let script = Script(
        """
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
        return {string.format('%d', count), string.format('%d', redis.call('PTTL', KEYS[1]))}
        """)

    private let clients: ClientAddress

    /// Counts by the address of the client.
    public init(clients: ClientAddress) {
        self.clients = clients
    }

    /// The answer to a failed authentication: 401, or 429 if there were too many of them.
    func refusal(of request: Request, context: Context) -> Problem {
        let address = clients.of(request)
        let digest = Hex.string(Array(SHA256.hash(data: Array(address.utf8))).prefix(16))
        let key = context.store.key("seen:authentication:\(digest)")
        // Without the store nobody counts, and nobody is let in either.
        if let reply = try? context.store.evaluate(
            Self.script, keys: [key], arguments: [Array(String(Self.window).utf8)]),
            let count = reply.array.first?.integer, count > Self.allowed
        {
            let rest = max(1, ((reply.array.last?.integer ?? 0) + 999) / 1000)
            return Problem(
                .tooManyRequests,
                "Too many requests with wrong credentials came from this address; wait \(rest) s, or send the right ones.",
                headers: [.retryAfter: String(rest)])
        }
        return Problem(
            .unauthorized, "Send a valid token in the header Authorization: Bearer <token>.",
            headers: [.wwwAuthenticate: "Bearer"])
    }
}
