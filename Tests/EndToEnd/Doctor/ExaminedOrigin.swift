import Foundation
import TestSupport
import Testing

/// A complete installation in which nothing is wrong, to be broken in one place at a time, and looked at by `chimney doctor`.
final class ExaminedOrigin: @unchecked Sendable {
    /// What must never be printed.
    static let secrets = ["mark-deploy-token", "mark-github-token", "mark-logs-token", "mark-store-password"]

    let store: StoreServer
    let pool: PoolProcess
    let caddy: CaddyServer
    let github: FakeGitHub
    let files: TemporaryDirectory
    private let admin: UInt16
    private let cache: String

    init() throws {
        files = try TemporaryDirectory()
        store = try StoreServer(
            more: ["--appendonly", "yes", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"])
        github = try FakeGitHub(token: "mark-github-token")
        cache = "/dev/shm/chimney-test-\(UInt32.random(in: 0 ... .max))"
        pool = try PoolProcess(
            workers: 1, environment: ["DRAGONFLY_URL": store.url, "CHIMNEY_CACHE_DIR": cache],
            arguments: ["--max-held", "100"])
        admin = try Address.freePort()
        caddy = try CaddyServer(socket: pool.socket, environment: ["CADDY_ADMIN": "127.0.0.1:\(admin)"])
    }

    func stop() {
        pool.stop()
        caddy.stop()
        store.stop()
        try? FileManager.default.removeItem(atPath: cache)
    }

    /// The settings of the installation.
    var settings: [String: String] {
        [
            "DRAGONFLY_URL": store.url, "DEPLOY_TOKEN": "ci=mark-deploy-token", "ALLOWED_ORGANISATIONS": "acme",
            "LOGS_TOKEN": "mark-token-for-logs",
            "GITHUB_REPO": github.repository, "GITHUB_TOKEN": "mark-github-token", "GITHUB_API_URL": github.url(),
            "CADDY_ADMIN": "127.0.0.1:\(admin)", "CHIMNEY_CACHE_DIR": cache,
            "ORIGINS": "http://127.0.0.1:\(caddy.port)", "OTEL_SDK_DISABLED": "true",
        ]
    }

    /// Looks at it.
    ///
    /// - Parameters:
    ///   - changes: settings that are other than they should be; empty for not set.
    ///   - mode: the permissions of the file of settings.
    ///   - environment: variables that the doctor has besides.
    func examine(
        _ changes: [String: String] = [:], _ arguments: [String] = [], mode: Int = 0o600,
        environment: [String: String] = [:]
    ) throws -> FinishedProcess {
        let lines = settings.merging(changes) { $1 }.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)\n" }
        let file = try files.write("chimney.env", lines.sorted().joined())
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        var usual = ["--env-file", file, "--socket", pool.socket]
        // Other Caddys of this machine may be somebody else's.
        if !arguments.contains("--front-end-user") { usual += ["--front-end-user", NSUserName()] }
        let process = try FinishedProcess(
            Binary.path, ["doctor"] + usual + arguments, environment: environment, within: 60)
        for secret in Self.secrets {
            #expect(!process.output.contains(secret), "the output has a secret")
            #expect(!process.errors.contains(secret), "the errors have a secret")
        }
        return process
    }

    /// Looks at it, and returns what was found.
    func findings(
        _ changes: [String: String] = [:], _ arguments: [String] = [], mode: Int = 0o600,
        environment: [String: String] = [:]
    ) throws -> [JSON] {
        let process = try examine(changes, arguments + ["--json"], mode: mode, environment: environment)
        let report = try JSON(parsing: process.output.utf8)
        let findings = report.findings?.list ?? []
        let faults = findings.count { $0.severity == "fault" }
        #expect(process.end == .exited(faults > 0 ? 2 : findings.isEmpty ? 0 : 1), "\(process.output)")
        #expect(report.faults == .number(Double(faults)))
        #expect(process.errors.isEmpty, "\(process.errors)")
        return findings
    }

    /// A Caddyfile with a site of its own beside the package's snippets.
    func caddyfile(_ site: String) throws -> String {
        try files.write(
            "Caddyfile-\(UInt32.random(in: 0 ... .max))",
            """
            import \(Package.path("caddy/snippets/chimney.caddy"))
            http://deploys.example.org {
            \(site)
            }
            """)
    }

    /// The variables by which a Caddyfile leads to this pool.
    var caddyVariables: [String: String] {
        [
            "CHIMNEY_SOCKET": pool.socket, "CHIMNEY_STREAM_SOCKET": pool.streamSocket,
            "CHIMNEY_DASHBOARD": Package.path("caddy/dashboard"),
        ]
    }
}

/// Gives all tests of a suite one installation, which ends with the suite.
struct ExaminedOriginTrait: SuiteTrait, TestScoping {
    @TaskLocal static var origin: ExaminedOrigin?

    var isRecursive: Bool { false }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            let origin = try ExaminedOrigin()
            defer { origin.stop() }
            try await Self.$origin.withValue(origin) { try await function() }
        }
    }
}

/// Expects one finding and no other.
///
/// - Parameters:
///   - found: words of what is the case.
///   - remedy: words of how to mend it.
func expectOnly(
    _ findings: [JSON], _ area: String, _ severity: String = "fault", found: String, remedy: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard findings.count == 1, let finding = findings.first else {
        Issue.record("\(findings.count) findings: \(findings.map(\.encoded))", sourceLocation: sourceLocation)
        return
    }
    #expect(finding.area?.text == area, sourceLocation: sourceLocation)
    #expect(finding.severity?.text == severity, sourceLocation: sourceLocation)
    #expect(finding.found?.text?.contains(found) == true, "\(finding.encoded)", sourceLocation: sourceLocation)
    #expect(finding.remedy?.text?.contains(remedy) == true, "\(finding.encoded)", sourceLocation: sourceLocation)
    #expect((finding.meaning?.text ?? "").count > 10, sourceLocation: sourceLocation)
}
