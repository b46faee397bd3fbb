import Foundation

/// Everything that an origin consists of: Caddy, a pool of workers, a store. It ends with its owner.
public final class Origin: @unchecked Sendable {
    /// The token that the origin takes at `POST /api/deploy/events`, unless its environment says otherwise.
    public static let deployToken = "correct-horse-battery-staple"

    /// The store.
    public let store: TestStore
    /// The pool.
    public let pool: PoolProcess
    /// The front end.
    public let caddy: CaddyServer
    /// Makes requests of the front end.
    public let http: HTTPClient

    /// Starts an origin and waits until it answers.
    ///
    /// - Parameters:
    ///   - environment: settings of the pool. `DEPLOY_TOKEN` is `deployToken` unless it is named here; an empty value is
    ///     as good as none. With `CHIMNEY_FAULTS` the front end knows `/debug/*`.
    ///   - server: the store's server; nil for any.
    ///   - arguments: further options of `chimney pool`.
    ///   - variables: settings of Caddy.
    /// - Throws: `TestSupportError` if a part does not come up.
    public init(
        workers: Int = 4, environment: [String: String] = [:], server: StoreServer? = nil, arguments: [String] = [],
        caddy variables: [String: String] = [:]
    ) throws {
        store = try server.map { try TestStore($0) } ?? TestStore()
        let settings = ["DEPLOY_TOKEN": Self.deployToken].merging(store.environment) { $1 }
        pool = try PoolProcess(
            workers: workers, environment: settings.merging(environment) { $1 }, arguments: arguments)
        caddy = try CaddyServer(
            socket: pool.socket, paths: environment["CHIMNEY_FAULTS"] == nil ? "" : "/debug/*", environment: variables)
        http = HTTPClient(.port(caddy.port))
    }

    /// Makes a GET request.
    public func get(_ target: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try http.get(target, fields)
    }

    /// Posts a deploy event with the right token.
    public func post(_ event: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try http.post("/api/deploy/events", event, token: Self.deployToken, fields)
    }

    /// Ends the front end and the pool, and takes what the store holds of them away.
    public func stop() {
        // The pool first: it ends its streams, and Caddy waits for theirs.
        pool.stop()
        caddy.stop()
        store.clear()
        store.server?.stop()
    }
}

/// Runs a test with an origin, which ends with it. What blocks inside holds up no other test.
public func withOrigin<Result: Sendable>(
    workers: Int = 4, environment: [String: String] = [:], server: StoreServer? = nil, arguments: [String] = [],
    caddy: [String: String] = [:], _ body: @Sendable (Origin) async throws -> Result
) async throws -> Result {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let origin = try Origin(
            workers: workers, environment: environment, server: server, arguments: arguments, caddy: caddy)
        defer { origin.stop() }
        return try await body(origin)
    }
}
