import Foundation
import TestSupport
import Testing

/// Settings by which a pool caches what a GitHub of the test's has.
enum CachingSettings {
    /// The token that GitHub takes, and nobody else may see.
    static let githubToken = "gh-mark-token"
    /// The token for invalidations.
    static let invalidateToken = "invalidate-mark-token"

    static func environment(_ github: FakeGitHub) -> [String: String] {
        [
            "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "GITHUB_TOKEN": githubToken,
            "INVALIDATE_TOKEN": invalidateToken, "INVALIDATE_ALL_ALLOWED": "true",
        ]
    }
}

/// Runs a test with an origin that caches a GitHub.
func withCachingOrigin<Result: Sendable>(
    workers: Int = 4, environment: [String: String] = [:], server: StoreServer? = nil,
    _ body: @Sendable (Origin, FakeGitHub) async throws -> Result
) async throws -> Result {
    let github = try FakeGitHub(token: CachingSettings.githubToken)
    defer { github.stop() }
    let settings = CachingSettings.environment(github).merging(environment) { $1 }
    return try await withOrigin(workers: workers, environment: settings, server: server) { origin in
        // Before the pool ends, which lets clients that wait have their answer.
        defer { github.release() }
        return try await body(origin, github)
    }
}

/// Runs a test with two pools on one store that cache a GitHub, each behind a Caddy of its own.
func withCachingHosts<Result: Sendable>(
    workers: Int = 4, environment: [String: String] = [:], server: StoreServer? = nil,
    _ body: @Sendable (Site, Site, FakeGitHub) async throws -> Result
) async throws -> Result {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let github = try FakeGitHub(token: CachingSettings.githubToken)
        defer { github.stop() }
        let store = try server.map { try TestStore($0) } ?? TestStore()
        let settings = CachingSettings.environment(github).merging(environment) { $1 }
        let north = try Site("north", store: store, workers: workers, environment: settings)
        defer { north.stop() }
        let south = try Site("south", store: store, workers: workers, environment: settings)
        defer { south.stop() }
        defer { github.release() }
        return try await body(north, south, github)
    }
}

extension HTTPClient {
    /// Invalidates the entries whose keys begin so.
    func invalidate(_ prefix: String) throws -> HTTPAnswer {
        try post(
            "/api/cache/invalidate", "{\"prefix\":\(JSON.quoted(prefix))}", token: CachingSettings.invalidateToken)
    }

    /// The same client with more patience: for requests that wait for GitHub.
    var patient: HTTPClient {
        var copy = self
        copy.timeout = 60
        return copy
    }
}

extension PoolProcess {
    /// What its own streamer, agent and workers are, without the other hosts'.
    private func own(_ role: String) -> [JSON] {
        guard let answer = try? fastCGI.request("GET", "/api/pool/status"),
            let status = try? JSON(parsing: answer.body)
        else { return [] }
        return status["\(role)s"]?.list.filter { $0.host == status.host } ?? []
    }

    /// How many clients its streamer keeps.
    var heldClients: Int { own("streamer").reduce(0) { $0 + ($1.clients?.integer ?? 0) } }

    /// How many of its workers are at a request of the proxy: also one that has just handed its client over, and has not
    /// said yet that it is free.
    var workersAtGitHub: Int { own("worker").count { $0.route?.text?.hasPrefix("/api/github") == true } }
}

extension PoolProcess {
    /// What the files of its memory tier hold.
    var cachedFiles: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cacheDirectory)) ?? []
        return names.filter { $0.count == 64 }.compactMap { name in
            (try? Data(contentsOf: URL(fileURLWithPath: "\(cacheDirectory)/\(name)")))
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
