import TestSupport
import Testing

extension EndToEnd {
    /// What the program says of settings that are wrong: status 78, and each of them by name with what to do.
    @Suite struct SettingsTests {
        private func start(
            _ environment: [String: String], _ arguments: [String] = ["--workers", "1"]
        ) throws -> FinishedProcess {
            let directory = try TemporaryDirectory()
            let all = ["pool", "--listen", directory.file("s")] + arguments
            return try FinishedProcess(Binary.path, all, environment: environment)
        }

        static let wrong: [(String, String)] = [
            ("DRAGONFLY_URL", "http://localhost:6379"), ("DRAGONFLY_URL", "localhost:6379"),
            ("DRAGONFLY_URL", "redis://localhost:99999/0"), ("DRAGONFLY_URL", "redis://localhost/x"),
            ("DRAGONFLY_URL", "unix://relative"), ("DRAGONFLY_URL", "redis://:6379"), ("LOG_LEVEL", "loud"),
            ("LOG_LEVEL", "INFO"), ("TRUSTED_PROXIES", "10.0.0.0/33"), ("TRUSTED_PROXIES", "127.0.0.1,proxy.example"),
            ("GITHUB_REPO", "wgmesh"), ("GITHUB_REPO", "https://github.com/acme/wgmesh"),
            ("DEPLOY_TOKEN_FILE", "/nonexistent/token"), ("LOGS_TOKEN_FILE", "/nonexistent/token"),
            ("ORIGINS", "a.example"), ("ORIGINS", "https://a.example,https://A.example/"),
            ("CHIMNEY_ORIGIN", "https://a.example"), ("PROBE_INTERVAL", "0"),
            ("GITHUB_OIDC_ISSUER", "http://issuer.example"), ("GITHUB_OIDC_AUDIENCE", "a b"),
            ("ALLOWED_ORGANISATIONS", "acme,a/b"), ("DEV_ORGANISATION", "a b"), ("AUTH_ENABLED", "perhaps"),
            ("QUEUE_POLICY_FILE", "/nonexistent/policy.json"), ("QUEUE_POLICY_FILE", "/dev/null"),
        ]

        @Test(arguments: wrong) func aWrongSettingIsNamed(_ name: String, _ value: String) throws {
            for arguments in [["--workers", "1"], ["--check"]] {
                let result = try start([name: value], arguments)
                #expect(result.end == .exited(78))
                let lines = result.errors.split(separator: "\n")
                #expect(lines.count == 1)
                #expect(lines.first?.hasPrefix("chimney: \(name): ") == true, "\(result.errors)")
                #expect(lines.first?.count ?? 0 > name.count + 30, "no word of what to do")
            }
        }

        @Test func allWrongSettingsAreNamedAtOnce() throws {
            let files = try TemporaryDirectory()
            let result = try start([
                "DRAGONFLY_URL": "x", "LOG_LEVEL": "x", "TRUSTED_PROXIES": "x", "DEPLOY_TOKEN": "a",
                "DEPLOY_TOKEN_FILE": files.write("token", "b"), "LOGS_TOKEN_FILE": "/nonexistent", "GITHUB_REPO": "x",
            ])
            #expect(result.end == .exited(78))
            let names = [
                "DRAGONFLY_URL", "LOG_LEVEL", "TRUSTED_PROXIES", "DEPLOY_TOKEN_FILE", "LOGS_TOKEN_FILE", "GITHUB_REPO",
            ]
            for name in names { #expect(result.errors.contains("chimney: \(name): "), "\(name)") }
            #expect(result.errors.split(separator: "\n").count == names.count)
        }

        @Test func aSecretAndItsFileAreNotTakenTogether() throws {
            let files = try TemporaryDirectory()
            let result = try start([
                "DEPLOY_TOKEN": "mark-secret", "DEPLOY_TOKEN_FILE": files.write("token", "mark-secret"),
            ])
            #expect(result.end == .exited(78))
            #expect(result.errors.contains("DEPLOY_TOKEN_FILE: is set together with DEPLOY_TOKEN"))
            #expect(!result.errors.contains("mark-secret"))
        }

        @Test func theCheckLeavesTheStoreAlone() throws {
            let store = try StoreServer()
            let result = try start(["DRAGONFLY_URL": store.url], ["--check"])
            #expect(result.end == .exited(0))
            let commands = try store.run("INFO", "commandstats").string ?? ""
            #expect(!commands.contains("cmdstat_hget"), "\(commands)")
        }

        @Test func aWrongAddressDoesNotShowItsPassword() throws {
            let result = try start(["DRAGONFLY_URL": "redis://user:mark-secret@localhost:port/0"])
            #expect(result.end == .exited(78))
            #expect(!result.errors.contains("mark-secret"))
        }

        @Test func aWrongOriginIsNamedByItsPlace() throws {
            let result = try start([
                "ORIGINS": "https://a.example,https://user:mark-secret@b.example",
                "CHIMNEY_ORIGIN": "https://b.example",
            ])
            #expect(result.end == .exited(78))
            #expect(result.errors.contains("chimney: ORIGINS: entry 2 "))
            #expect(result.errors.contains("chimney: CHIMNEY_ORIGIN: "))
            #expect(!result.errors.contains("mark-secret"))
        }

        @Test func rightSettingsPassTheCheckWithoutAStore() throws {
            let result = try start(
                [
                    "DRAGONFLY_URL": "redis://user:p%40ss@[::1]:1/3", "LOG_LEVEL": "debug", "DEPLOY_TOKEN": "a",
                    "TRUSTED_PROXIES": "127.0.0.1, fd00::/8", "GITHUB_REPO": "acme/wgmesh",
                    "ORIGINS": "https://a.example, http://[::1]:8080/x/,", "CHIMNEY_ORIGIN": "https://A.example/",
                    "PROBE_INTERVAL": "3600",
                ], ["--check"])
            #expect(result.end == .exited(0))
            #expect(result.errors.isEmpty)
            #expect(try start([:], ["--check"]).end == .exited(0))
        }

        @Test func emptySettingsAreAsGoodAsNone() throws {
            let empty = [
                "DRAGONFLY_URL", "LOG_LEVEL", "TRUSTED_PROXIES", "DEPLOY_TOKEN", "DEPLOY_TOKEN_FILE", "GITHUB_REPO",
                "CHIMNEY_PREFIX", "PROJECT_VERSION",
            ]
            let result = try start(Dictionary(uniqueKeysWithValues: empty.map { ($0, "") }), ["--check"])
            #expect(result.end == .exited(0), "\(result.errors)")
        }
    }
}
