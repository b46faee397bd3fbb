import Crypto
import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Logging

/// Counts failed authentications of a client, and has it stop. Who is right gets in all the same, however often somebody at the
/// same address was wrong: what keeps a secret from being guessed is its length.
public struct FailureLimit: Sendable {
    /// So many are refused with 401 within `window` milliseconds; what follows with 429.
    static let allowed = 10
    static let window = 60_000

    private static let script = Script(
        """
        local count = redis.call('INCR', KEYS[1])
        if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
        return {string.format('%d', count), string.format('%d', redis.call('PTTL', KEYS[1]))}
        """, returning: .array)

    private let clients: ClientAddress

    /// Counts by the address of the client.
    public init(clients: ClientAddress) {
        self.clients = clients
    }

    /// The answer to a failed authentication: 401, or 429 if there were too many of them.
    ///
    /// - Parameter remedy: what to do about it, in one sentence.
    func refusal(of request: Request, context: Context, remedy: String) -> Problem {
        do {
            let reply = try context.store.evaluate(
                Self.script, keys: [key(of: request, in: context.store)], arguments: [Array(String(Self.window).utf8)]
            ).array
            if let count = reply.first?.integer, count > Self.allowed {
                return Self.tooMany(seconds: max(1, ((reply.last?.integer ?? 0) + 999) / 1000))
            }
        } catch {
            context.logger.warning("failed authentications are not counted", metadata: ["reason": "\(error)"])
        }
        return Problem(.unauthorized, remedy, headers: [.wwwAuthenticate: "Bearer"])
    }

    /// Whether so many requests of a client have failed that one more is refused with 429. Once in a while one is let
    /// through all the same: others may share its address.
    func isReached(by request: Request, in store: Store) -> Bool {
        let key = key(of: request, in: store)
        guard let count = try? store.run(Command("GET", key)).integer, count >= Self.allowed else { return false }
        let pass = try? store.run(Command("SET", "\(key):pass", "1", "NX", "PX", String(Self.passPause)))
        return pass != .status("OK")
    }

    /// Milliseconds between two requests that are let through.
    private static let passPause = 5000

    private func key(of request: Request, in store: Store) -> String {
        let digest = Hex.string(Array(SHA256.hash(data: clients.networkOf(request))).prefix(16))
        return store.key("seen:authentication:\(digest)")
    }

    private static func tooMany(seconds: Int64) -> Problem {
        Problem(
            .tooManyRequests,
            "Too many requests with wrong credentials came from this address; wait \(seconds) s, or send the right ones.",
            headers: [.retryAfter: String(seconds)])
    }
}
