import Foundation
import TestSupport

/// An origin with all that it can have: a runner that deploys, a GitHub, journals, origins that it watches over, and the log of
/// its Caddy.
final class LongLoadOrigin: @unchecked Sendable {
    static let deployer = ("Authorization", "Bearer \(Origin.deployToken)")
    static let manager = ("Authorization", "Bearer \(CachingSettings.invalidateToken)")
    static let admin = ("Authorization", "Bearer admin-token")
    /// What GitHub signs with.
    static let webhookSecret = "webhook-secret"
    /// MiB that the journal takes at most.
    static let journalSize = 16

    let github: FakeGitHub
    let deployer: DeployOrigin
    /// An origin that is watched over.
    let neighbour: ScriptedHTTPServer
    private let files: TemporaryDirectory

    var origin: Origin { deployer.origin }
    var pool: PoolProcess { deployer.origin.pool }
    var store: TestStore { deployer.origin.store }
    var journal: String { files.file("journal") }

    init() throws {
        files = try TemporaryDirectory()
        github = try FakeGitHub(token: CachingSettings.githubToken)
        neighbour = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: #"{"status":"ok"}"#) }
        // For as long as it takes.
        github.setQuota(remaining: 1_000_000, reset: 86_400)
        let environment = CachingSettings.environment(github).merging(Traffic.environment) { $1 }.merging([
            "INVALIDATE_ALL_ALLOWED": "false", "ADMIN_TOKEN": "admin-token",
            "GITHUB_WEBHOOK_SECRET": Self.webhookSecret,
            "TRUSTED_PROXIES": "127.0.0.1", "ORIGINS": neighbour.url(""), "PROBE_INTERVAL": "1",
            "CADDY_ACCESS_LOG": try files.write("access.log", ""), "CHIMNEY_JOURNAL_DIR": files.file("journal"),
            "CHIMNEY_JOURNAL_SIZE": "\(Self.journalSize)",
        ]) { $1 }
        deployer = try DeployOrigin(
            environment: environment, server: StoreServer(),
            // Each worker is there to its end, so that it can be compared with itself.
            arguments: ["--max-requests", "0"],
            caddy: ["CADDY_IMPORT": "chimney_access_log \(files.file("access.log"))"],
            services: { docker in
                try DeployOrigin.swap(
                    docker, health: #""limit_s":20,"interval_s":1,"successes":1,"start_period_s":0"#,
                    limits: #""pull_s":100,"command_s":100"#,
                    more: #","organisation":"\#(WritingClient.organisation)""#)
            })
        try deployer.publish(1...Deploying.versions)
    }

    /// Every process of the origin, by what it is for.
    var processes: [(role: String, pid: pid_t)] {
        [("supervisor", pool.pid), ("runner", deployer.runner.process.pid)]
            + ["worker", "streamer", "agent"].flatMap { role in pool.children(role).map { (role, $0) } }
    }

    func stop() {
        github.release()
        deployer.stop()
        github.stop()
        neighbour.stop()
    }
}

/// Runs a test with such an origin, which ends with it.
func withLongLoad(_ body: @Sendable (LongLoad) throws -> Void) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let parts = try LongLoadOrigin()
        defer { parts.stop() }
        try body(LongLoad(parts))
    }
}
