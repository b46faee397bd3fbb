import Dragonfly
import Essentials
import FastCGI

/// Caddy's version: it tells it in requests (`SERVER_SOFTWARE`), and nowhere at its admin endpoint. Probes of
/// `/healthz` come all the time, so that is where it is looked at.
final class CaddyVersions {
    private static let longest = 64
    /// Microseconds after which a version is written again: the store may have been emptied in the meantime.
    private static let renewal: UInt64 = 60_000_000

    private var known: String?
    private var renewAt: UInt64 = 0

    /// Leaves the version in the store, if the request comes from a Caddy and it is not the one that was left there
    /// within the last minute.
    func note(_ request: Request, of host: String, in store: Store) {
        let parts = (request.environment["SERVER_SOFTWARE"] ?? "").split(separator: "/", maxSplits: 1)
        guard parts.count == 2, parts[0] == "Caddy" else { return }
        let version = String(parts[1].prefix(Self.longest))
        let now = MonotonicClock.microseconds
        guard version != known || now >= renewAt, store.isDue,
            (try? store.run(Command("HSET", store.key(CaddyState.versions), host, version))) != nil
        else { return }
        known = version
        renewAt = now + Self.renewal
    }
}
