import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `chimney doctor` on an installation that is as it should be, and on ones that are not: each with one fault, which it
    /// names with its remedy, and nothing else.
    @Suite(.serialized, ExaminedOriginTrait()) struct DoctorTests {
        private var origin: ExaminedOrigin { get throws { try #require(ExaminedOriginTrait.origin) } }

        @Test("On a good installation it says nothing but how much it has looked at")
        func good() throws {
            let process = try origin.examine()
            #expect(process.end == .exited(0))
            #expect(process.errors.isEmpty)
            #expect(process.output.split(separator: "\n").count == 1, "\(process.output)")
            #expect(
                process.output.contains(#/^\d\d checks, nothing to mend, \d+ of them skipped\n$/#), "\(process.output)")
        }

        @Test("When asked to, it says what is well, and what was skipped and why")
        func verbose() throws {
            let output = try origin.examine([:], ["--verbose"]).output
            for line in [
                "good     store     server and version: Redis ", "good     sockets   the streamer answers: ",
                "good     caddy     order of routes and redirects: ", "good     github    token: ",
                "good     origins   answer probes: 1 ", "skipped  otlp      collector: nothing is exported",
            ] { #expect(output.contains(line), "\(line) is not in \(output)") }
        }

        @Test("For programs there is all of it in JSON")
        func json() throws {
            let process = try origin.examine([:], ["--json"])
            #expect(process.end == .exited(0))
            let report = try JSON(parsing: process.output.utf8)
            #expect(report.status == "good")
            #expect(report.findings == [])
            let checks = report.checks?.list ?? []
            #expect(checks.count > 35)
            #expect(checks.allSatisfy { ["good", "skipped"].contains($0.result?.text) })
            #expect(checks.allSatisfy { $0.seen != nil || $0.reason != nil })
        }

        @Test("A fault stands before a warning, each with its area, its meaning and its remedy")
        func text() throws {
            let output = try origin.examine(["LOG_LEVEL": "loud", "ALLOWED_ORGANISATIONS": ""]).output
            let parts = output.components(separatedBy: "\n\n")
            #expect(parts.count == 3)
            #expect(parts.first?.hasPrefix("fault    settings  LOG_LEVEL is no log level\n") == true, "\(output)")
            #expect(parts.first?.contains("\n                   → LOG_LEVEL: set one of trace") == true, "\(output)")
            #expect(parts.dropFirst().first?.hasPrefix("warning  settings  ALLOWED_ORGANISATIONS is not set\n") == true)
            #expect(parts.last?.contains("checks, 1 fault, 1 warning, ") == true)
            #expect(!output.contains("\u{1B}"), "colours outside of a terminal")
        }

        @Test("Wrong usage is status 64")
        func usage() throws {
            for arguments in [["--socket", ""], ["--env-file", "/nonexistent/file"], ["--nonsense"]] {
                let process = try FinishedProcess(Binary.path, ["doctor"] + arguments, within: 20)
                #expect(process.end == .exited(64), "\(arguments)")
                #expect(process.errors.contains(arguments[0]), "\(process.errors)")
            }
        }

        // MARK: Settings

        @Test("A wrong value") func wrongValue() throws {
            expectOnly(
                try origin.findings(["PROBE_INTERVAL": "0"]), "settings", found: "PROBE_INTERVAL is not a whole number",
                remedy: "PROBE_INTERVAL")
        }

        @Test("A misspelled name") func misspelled() throws {
            expectOnly(
                try origin.findings(["PROBE_INTERVALL": "5"]), "settings", "warning", found: "PROBE_INTERVALL is set",
                remedy: "PROBE_INTERVAL in its place")
            expectOnly(
                try origin.findings([:], environment: ["CHIMNEY_COLOUR": "red"]), "settings", "warning",
                found: "CHIMNEY_COLOUR", remedy: "README.md")
        }

        @Test("A file of settings that is laid over another one, as an instance has it") func overlaid() throws {
            let own = try origin.files.write("chimney@blue.env", "LOG_LEVEL=loud\nALLOWED_ORGANISATIONS=acme\n")
            expectOnly(
                try origin.findings(["LOG_LEVEL": "info", "ALLOWED_ORGANISATIONS": ""], ["--env-file", own]),
                "settings", found: "LOG_LEVEL is no log level", remedy: "chimney.env and \(own)")
        }

        @Test("A queue that is open to all of GitHub") func openQueue() throws {
            expectOnly(
                try origin.findings(["ALLOWED_ORGANISATIONS": ""]), "settings", "warning",
                found: "ALLOWED_ORGANISATIONS is not set", remedy: "ALLOWED_ORGANISATIONS=")
        }

        @Test("A log that everybody may read") func openLog() throws {
            expectOnly(
                try origin.findings(["LOGS_TOKEN": ""]), "settings", "warning", found: "LOGS_TOKEN is not set",
                remedy: "/etc/chimney/secrets/logs_token")
        }

        @Test("A secret that can be guessed, by its name and not by what it is") func shortSecret() throws {
            let found = try origin.findings(["DEPLOY_TOKEN": "ci=mark-deploy-token,laptop=0123456789abcde"])
            expectOnly(
                found, "settings", "warning", found: "DEPLOY_TOKEN has a secret of less than 16 characters (laptop)",
                remedy: "/dev/urandom")
        }

        @Test("A queue that asks for no token") func noAuthentication() throws {
            expectOnly(
                try origin.findings(["AUTH_ENABLED": "false"]), "settings", found: "AUTH_ENABLED is false",
                remedy: "take AUTH_ENABLED out")
        }

        @Test("Secrets that everybody can read") func openSecrets() throws {
            expectOnly(
                try origin.findings(mode: 0o644), "settings",
                found: "chimney.env (the settings) can be read by everybody",
                remedy: "chmod 600")
            let token = try origin.files.write("token", "mark-deploy-token")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: token)
            expectOnly(
                try origin.findings(["DEPLOY_TOKEN": "", "DEPLOY_TOKEN_FILE": token]), "settings",
                found: "\(token) (DEPLOY_TOKEN_FILE)", remedy: "chmod 600 \(token)")
        }

        @Test("A secret that is misspelled, and one that everybody can read, in the directory of secrets")
        func directoryOfSecrets() throws {
            let directory = try TemporaryDirectory()
            let token = try directory.write("deploy_token", "mark-deploy-token")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: token)
            let arguments = ["--secrets", directory.path]
            #expect(try origin.findings(["DEPLOY_TOKEN": ""], arguments) == [])
            let other = try directory.write("logs_tokn", "mark-deploy-token")
            expectOnly(
                try origin.findings(["DEPLOY_TOKEN": ""], arguments), "settings", "warning",
                found: "\(other) is no secret", remedy: "name it logs_token")
            try FileManager.default.removeItem(atPath: other)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: token)
            expectOnly(
                try origin.findings(["DEPLOY_TOKEN": ""], arguments), "settings", found: token, remedy: "chmod 600")
            // Nobody else can get at it.
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory.path)
            #expect(try origin.findings(["DEPLOY_TOKEN": ""], arguments) == [])
        }

        @Test("No name that README or units have is called unknown")
        func knownNames() throws {
            var names: Set<String> = []
            for file in [
                "README.md", "systemd/chimney.service", "systemd/chimney-runner.service", "caddy/Caddyfile.origin",
            ] {
                let text = try String(contentsOfFile: Package.path(file), encoding: .utf8)
                for match in text.matches(of: #/\bCHIMNEY_[A-Z_]*[A-Z]\b/#) { names.insert(String(match.output)) }
            }
            #expect(names.count > 15)
            let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "x") })
            let findings = try origin.findings(
                [:], ["--stream-socket", origin.pool.streamSocket], environment: environment)
            for finding in findings {
                #expect(finding.found?.text?.contains("nothing is called so") == false, "\(finding.encoded)")
            }
        }

        // MARK: Sockets, files, services

        @Test("A socket that is not there, and one behind which is something else") func sockets() throws {
            let nowhere = try origin.findings(
                ["CHIMNEY_STREAM_SOCKET": origin.files.file("none.sock")], ["--caddyfile", "/nonexistent"])
            #expect(nowhere.contains { $0.found?.text?.contains("there is no socket") == true }, "\(nowhere)")
            #expect(nowhere.contains { $0.remedy?.text?.contains("chimney.socket") == true })
            // The store waits for more, and so does whoever asked.
            guard case .unix(let path) = try origin.store.address else { return }
            let other = try origin.findings([:], ["--socket", path, "--stream-socket", origin.pool.streamSocket])
            #expect(
                other.contains { $0.found?.text?.contains("workers at \(path) do not answer in time") == true },
                "\(other)")
            #expect(other.contains { $0.found?.text?.contains("neither of chimney's sockets") == true }, "\(other)")
        }

        @Test("A socket that the front end may not use") func permissions() throws {
            let directory = (try origin.pool.socket as NSString).deletingLastPathComponent
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
            let denied = try origin.findings([:], ["--front-end-user", "nobody"])
            #expect(denied.count == 2, "\(denied)")
            for finding in denied {
                #expect(finding.area == "sockets")
                #expect(finding.found?.text?.contains("nobody may not write to \(directory)/pool") == true)
                #expect(finding.remedy?.text?.contains("SocketGroup=") == true)
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
            let closed = try origin.findings([:], ["--front-end-user", "nobody"])
            #expect(closed.allSatisfy { $0.found?.text?.contains("nobody may not enter \(directory)") == true })
            #expect(closed.count == 2)
        }

        @Test("A journal without a directory") func journal() throws {
            expectOnly(
                try origin.findings(["CHIMNEY_JOURNAL_DIR": "/nonexistent/journal"]), "files",
                found: "/nonexistent/journal (CHIMNEY_JOURNAL_DIR) is not there", remedy: "install -d")
        }

        @Test("A journal that workers cannot write to, though its directory is as it should be") func unwritable()
            throws
        {
            let files = try TemporaryDirectory()
            // Where the next file of it would begin.
            try FileManager.default.createDirectory(
                atPath: files.file("journal/unfinished"), withIntermediateDirectories: true)
            let pool = try PoolProcess(
                workers: 1,
                environment: [
                    "DRAGONFLY_URL": try origin.store.url, "CHIMNEY_PREFIX": "unwritable:",
                    "CHIMNEY_CACHE_DIR": files.file("cache"), "CHIMNEY_JOURNAL_DIR": files.file("journal"),
                ])
            defer { pool.stop() }
            let findings = try origin.findings(
                ["CHIMNEY_JOURNAL_DIR": files.file("journal")], ["--socket", pool.socket])
            expectOnly(
                findings.filter { $0.area == "files" && $0.severity == "fault" }, "files",
                found: "cannot write to the journal in \(files.file("journal"))", remedy: "journalctl -u 'chimney*'")
        }

        @Test("A service whose script is missing") func services() throws {
            let file = try origin.files.write(
                "services.json",
                """
                {"services":{"web":{"strategy":"script","script":"/nonexistent/deploy","hosts":["here"],\
                "image":"ghcr.io/acme/web"}}}
                """)
            expectOnly(
                try origin.findings([
                    "DEPLOY_SERVICES_FILE": file, "CHIMNEY_HOST": "here", "WEBHOOK_SECRET": "mark-deploy-token",
                ]), "services", found: "names /nonexistent/deploy", remedy: "chimney runner --check")
        }

        // MARK: GitHub, origins, collector

        @Test("A token that GitHub does not accept") func githubToken() throws {
            expectOnly(
                try origin.findings(["GITHUB_TOKEN": "mark-store-password", "GITHUB_REPO": ""]), "github",
                found: "does not accept GITHUB_TOKEN", remedy: "make a new token")
        }

        @Test("A repository that is not there") func githubRepository() throws {
            expectOnly(
                try origin.findings(["GITHUB_REPO": "acme/none"]), "github", found: "no repository acme/none",
                remedy: "correct GITHUB_REPO")
        }

        @Test("An origin that redirects its probes") func redirectedOrigin() throws {
            let server = try ScriptedHTTPServer { _ in
                HTTPServerAnswer(308, [("Location", "https://deploys.example.org/healthz?secret")], text: "")
            }
            expectOnly(
                try origin.findings(["ORIGINS": "http://127.0.0.1:\(server.port)"]), "origins",
                found: "redirect (308) to https://deploys.example.org/healthz", remedy: "where the redirect leads to")
        }

        @Test("A collector that is not there, and one that refuses") func collectors() throws {
            let port = try Address.freePort()
            expectOnly(
                try origin.findings(
                    [
                        "OTEL_SDK_DISABLED": "", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)",
                    ], environment: ["OTEL_SDK_DISABLED": ""]), "otlp", "warning", found: "no collector",
                remedy: "OTEL_SDK_DISABLED=true")
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(401, text: "") }
            expectOnly(
                try origin.findings(
                    [
                        "OTEL_SDK_DISABLED": "", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(server.port)",
                        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=mark-store-password",
                    ], environment: ["OTEL_SDK_DISABLED": ""]), "otlp", found: "refuses logs: status 401",
                remedy: "OTEL_EXPORTER_OTLP_HEADERS")
        }
    }
}
