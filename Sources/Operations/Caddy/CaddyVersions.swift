import Dragonfly
import FastCGI

/// Caddy's version: it tells it in requests (`SERVER_SOFTWARE`), and nowhere at its admin endpoint. Probes of
/// `/healthz` come all the time, so that is where it is looked at.
final class CaddyVersions {
    private static let longest = 64
    private var known: String?

    /// Leaves the version in the store, if the request comes from a Caddy and it is not the one that was seen last.
    func note(_ request: Request, of host: String, in store: Store) {
        let parts = (request.environment["SERVER_SOFTWARE"] ?? "").split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[0] == "Caddy" else { return }
        let version = String(parts[1].prefix(Self.longest))
        guard version != known, store.isDue,
            (try? store.run(Command("HSET", store.key(CaddyState.versions), host, version))) != nil
        else { return }
        known = version
    }
}
