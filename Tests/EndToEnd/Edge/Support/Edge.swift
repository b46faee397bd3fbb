import Foundation
import TestSupport

/// Two origins on one store, behind an edge with `Caddyfile.edge`.
final class Edge: Sendable {
    static let adminToken = "admin-horse-battery"

    let store: TestStore
    let north: EdgeOrigin
    let south: EdgeOrigin
    let front: FrontEndProcess

    /// Starts all of it.
    ///
    /// - Parameters:
    ///   - settings: those of both pools.
    ///   - caddy: the program of all three Caddys.
    ///   - network: where the origins can be cut off; nil for ports of this machine.
    init(
        _ store: TestStore, settings: [String: String] = [:], by caddy: CaddyEdition = .debian, network: Network? = nil
    ) throws {
        self.store = store
        let common = store.environment.merging([
            "DEPLOY_TOKEN": Origin.deployToken, "ADMIN_TOKEN": Self.adminToken, "CHIMNEY_FAULTS": "true",
            "TRUSTED_PROXIES": "127.0.0.1", "AUTH_ENABLED": "false",
        ]) { $1 }.merging(settings) { $1 }
        func origin(_ name: String, _ space: NetworkSpace?, _ middle: String?) throws -> EdgeOrigin {
            let reached = middle.map { ["DRAGONFLY_URL": "redis://\($0):6379/0", "TRUSTED_PROXIES": $0] } ?? [:]
            return try EdgeOrigin(name, settings: common.merging(reached) { $1 }, by: caddy, in: space)
        }
        north = try origin("north", network?.north, network?.middleOfNorth)
        south = try origin("south", network?.south, network?.middleOfSouth)
        var variables = ["CHIMNEY_ORIGINS": "\(north.dialled) \(south.dialled)"]
        let address: Address
        if let network {
            address = .unix(network.files.file("edge.sock"))
            variables["CHIMNEY_SITE"] = "http://:80"
            variables["CHIMNEY_BIND"] = "unix/\(address)"
        } else {
            let port = try Address.freePort()
            address = .port(port)
            variables["CHIMNEY_SITE"] = "http://:\(port)"
            variables["CHIMNEY_BIND"] = "127.0.0.1"
        }
        front = try FrontEndProcess(
            "Caddyfile.edge", at: address, environment: variables, by: caddy, in: network?.middle)
    }

    /// Makes requests of the edge.
    var http: HTTPClient { front.http }

    /// Posts a deploy event with the right token.
    func post(_ event: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try http.post("/api/deploy/events", event, token: Origin.deployToken, fields)
    }

    /// Waits until the edge hands on requests to an origin.
    func reaches(_ origin: EdgeOrigin, within seconds: Double = 40) -> Bool {
        let mark = "reach-\(Event.freshSHA())"
        return eventually(within: seconds, every: 100) {
            _ = try? http.get("/api/version", [("X-Request-ID", mark)])
            return origin.pool.log.contains(mark)
        }
    }

    /// What is told of the deploys, but for their age.
    static func status(_ http: HTTPClient) throws -> String {
        try http.get("/api/deploy/status").text.replacing(/"age_s":\d+/, with: "\"age_s\":0")
    }

    func stop() {
        north.stop()
        south.stop()
        front.stop()
        store.clear()
    }
}

/// Runs a test with two origins behind an edge, which end with it.
func withEdge<Result: Sendable>(
    settings: [String: String] = [:], server: StoreServer? = nil, by caddy: CaddyEdition = .debian,
    _ body: @Sendable (Edge) async throws -> Result
) async throws -> Result {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let store = try server.map { try TestStore($0) } ?? TestStore()
        let edge = try Edge(store, settings: settings, by: caddy)
        defer { edge.stop() }
        return try await body(edge)
    }
}
