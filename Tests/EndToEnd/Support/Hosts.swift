import Glibc
import TestSupport

/// Runs a test with two pools on one store, each with a name and behind a Caddy of its own.
func withHosts<Result: Sendable>(
    environment: [String: String] = [:], _ body: @Sendable (Site, Site) async throws -> Result
) async throws -> Result {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let store = try TestStore()
        let north = try Site("north", store: store, environment: environment)
        defer { north.stop() }
        let south = try Site("south", store: store, environment: environment)
        defer { south.stop() }
        return try await body(north, south)
    }
}

/// One of several hosts.
final class Site: Sendable {
    let store: TestStore
    let pool: PoolProcess
    let caddy: CaddyServer
    let http: HTTPClient

    init(
        _ name: String, store: TestStore, workers: Int = 2, environment: [String: String] = [:], binary: String? = nil
    ) throws {
        self.store = store
        let settings = ["CHIMNEY_HOST": name].merging(store.environment) { $1 }.merging(environment) { $1 }
        pool = try PoolProcess(workers: workers, environment: settings, binary: binary)
        caddy = try CaddyServer(socket: pool.socket)
        http = HTTPClient(.port(caddy.port))
    }

    /// The processes of all hosts of a role, as this one's pool shows them.
    func processes(_ role: String = "worker") throws -> [JSON] {
        try http.get("/api/pool/status").json["\(role)s"]?.list ?? []
    }

    /// Its workers, streamers and agents.
    var children: Set<pid_t> { Set(pool.workers + pool.streamers + pool.agents) }

    func stop() {
        // The pool first: it ends its streams, and Caddy waits for theirs.
        pool.stop()
        caddy.stop()
    }
}
