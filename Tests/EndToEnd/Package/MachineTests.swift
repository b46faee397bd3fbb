import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What an operator does with the package, on a machine with a systemd of its own.
    @Suite(.enabled(if: Machine.isPossible, "takes root, and namespaces")) struct MachineTests {
        /// A machine on which chimney is installed and runs, with Caddy in front of it and clients that never stop.
        private struct Site: Sendable {
            let machine: Machine
            let caddy: CaddyServer
            let http: HTTPClient

            init() throws {
                let root = try DebianRoot()
                let package = try root.take(DebianPackage.current.get())
                let machine = try Machine(root)
                self.machine = machine
                try machine.succeed("systemctl", "start", "redis-server.service")

                try machine.succeed("dpkg", "--install", package)
                #expect(try machine.property("ActiveState", of: "chimney.service") == "inactive")
                try machine.succeed("sh", "-c", "umask 077; echo secret > /etc/chimney/secrets/deploy_token")
                try machine.succeed("systemctl", "enable", "--now", "chimney.socket", "chimney.service")
                caddy = try CaddyServer(
                    socket: machine.path("/run/chimney/chimney.sock"),
                    streamSocket: machine.path("/run/chimney/chimney-streamer.sock"))
                http = HTTPClient(.port(caddy.port))
            }

            func runs(_ unit: String) throws -> Bool {
                try machine.property("ActiveState", of: unit) == "active"
            }

            func stop() {
                caddy.stop()
                machine.stop()
            }
        }

        @Test("The README leads from a bare machine to a working origin")
        func readme() async throws {
            let text = try String(contentsOfFile: Package.path("README.md"), encoding: .utf8)
            let section = try #require(text.range(of: "\n## In production\n"))
            let begin = try #require(text.range(of: "```sh\n", range: section.upperBound..<text.endIndex))
            let end = try #require(text.range(of: "```\n", range: begin.upperBound..<text.endIndex))
            let commands = text[begin.upperBound..<end.lowerBound].split(separator: "\n").map(String.init)
            #expect((1..<10).contains(commands.count))

            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let root = try DebianRoot()
                let package = try root.take(DebianPackage.current.get())
                let machine = try Machine(root)
                defer { machine.stop() }
                for command in commands {
                    // What apt would fetch besides is there: a machine without a network has to do with that.
                    let isInstallation = command.hasPrefix("apt-get update && apt-get install")
                    let tried = isInstallation ? "dpkg --install \(package)" : command
                    if isInstallation { #expect(command.contains(" ./chimney_*_amd64.deb caddy redis-server")) }
                    let run = try machine.run(["sh", "-c", tried])
                    #expect(run.end == .exited(0), "\(command): \(run.output)\(run.errors)")
                    if command.hasPrefix("curl") { #expect(run.output.contains("\"status\":"), "\(run.output)") }
                }
                // It works: CI posts a deploy, and the dashboard is there.
                let answer = try machine.succeed(
                    "sh", "-c",
                    """
                    curl -sS http://127.0.0.1/api/deploy/events -H 'Content-Type: application/json' \
                      -H "Authorization: Bearer $(cat /etc/chimney/secrets/deploy_token)" \
                      -d '{"sha":"3051037","outcome":"success","slot":"blue","duration_s":47}'
                    """)
                #expect(answer.contains("\"sha\":\"3051037\""), "\(answer)")
                #expect(try machine.succeed("curl", "-sS", "http://127.0.0.1/").contains("<html"))
                #expect(try machine.succeed("curl", "-sS", "http://127.0.0.1/healthz").contains("\"status\":\"ok\""))
            }
        }

        private func withSite(_ body: @Sendable (Site) throws -> Void) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let site = try Site()
                defer { site.stop() }
                try body(site)
            }
        }

        @Test("Installed, started, switched, upgraded under load, and purged: no request fails, and nothing is left")
        func operation() async throws {
            try await withSite { site throws in
                let (machine, unit) = (site.machine, "chimney.service")
                // Started means that it is ready; the secret of the directory is in force.
                #expect(try machine.property("StatusText", of: unit).contains("1 streamer, 1 agent"))
                #expect(try eventually(within: 20) { try site.http.get("/ready").status == 200 })
                let post = { try site.http.post("/api/deploy/events", Event().json, token: $0).status }
                #expect(try post("secret") == 200)
                #expect(try post("other") == 401)
                #expect(try machine.property("WatchdogUSec", of: unit) == "1min")

                let load = Load(site.http, "/api/version")
                #expect(load.pass(100))
                // A reload is over when the new workers accept; the process is the same.
                let process = try machine.property("MainPID", of: unit)
                try machine.succeed("systemctl", "reload", unit)
                #expect(try machine.property("StatusText", of: unit).hasSuffix("of generation 2"))
                // A program that does not start is installed, but not gone over to, and that is said.
                let files = try TemporaryDirectory()
                try Tool.run(
                    "cc", ["-o", files.file("broken"), files.write("broken.c", "int main(void) { return 1; }\n")])
                let refused = try machine.root.take(DebianPackage(version: "99.0", binary: files.file("broken")))
                let upgrade = try machine.run(["dpkg", "--install", refused])
                #expect(upgrade.end == .exited(0), "\(upgrade.errors)")
                #expect(upgrade.errors.contains("goes on with the program that it has"), "\(upgrade.errors)")
                #expect(try machine.property("StatusText", of: unit).contains("reload refused"))
                let newer = try machine.root.take(DebianPackage.newer.get())
                try machine.succeed("dpkg", "--install", newer)
                #expect(try machine.property("StatusText", of: unit).hasSuffix("of generation 3"))
                #expect(try machine.property("MainPID", of: unit) == process)
                #expect(load.pass(50))

                // From the one service to instances, from one to the other, and back to the program before.
                #expect(try machine.succeed("chimney-switch") == "blue runs\n")
                #expect(try !site.runs(unit))
                for (color, other) in [("green", "blue"), ("blue", "green"), ("green", "blue")] {
                    #expect(try machine.succeed("chimney-switch") == "\(color) runs\n")
                    #expect(try site.runs("chimney@\(color).service"))
                    #expect(try !site.runs("chimney@\(other).service"))
                    #expect(load.pass(50))
                }
                #expect(try machine.succeed("chimney-switch", "--back") == "blue runs\n")
                // What the host starts with is what runs.
                #expect(try machine.run(["systemctl", "is-enabled", "chimney@blue.service"]).output == "enabled\n")
                #expect(try machine.run(["systemctl", "is-enabled", unit]).output == "disabled\n")
                #expect(try machine.run(["systemctl", "is-enabled", "chimney.socket"]).output == "enabled\n")

                // What runs is restarted, and nothing started beside it.
                try machine.succeed("systemctl", "try-restart", unit, "chimney@*.service")
                #expect(try site.runs("chimney@blue.service"))
                #expect(try !site.runs(unit))
                // The doctor knows which it is, and reads its own settings.
                try machine.root.append("LOG_LEVEL=loud\n", to: "etc/chimney/chimney@blue.env")
                let doctor = try machine.run(["chimney", "doctor"]).output
                #expect(doctor.contains("LOG_LEVEL is no log level"), "\(doctor)")
                #expect(doctor.contains("then systemctl restart chimney@blue.service"), "\(doctor)")
                try machine.succeed("rm", "/etc/chimney/chimney@blue.env")

                // A program that does not come up changes nothing.
                let broken = try machine.run(["chimney-switch", "--binary", "/bin/false"])
                #expect(broken.end == .exited(1))
                #expect(broken.errors.contains("chimney@blue.service runs as before"))
                #expect(try !site.runs("chimney@green.service"))
                // An upgrade of the package goes to the other instance.
                try machine.succeed("dpkg", "--install", newer)
                #expect(try site.runs("chimney@green.service"))
                #expect(try !site.runs("chimney@blue.service"))

                // Requests start nothing besides the instance that runs.
                #expect(load.pass(100))
                #expect(try !site.runs(unit))
                let report = load.stop()
                #expect(report.failures == [])

                try machine.succeed("dpkg", "--purge", "chimney")
                #expect(try machine.succeed("systemctl", "list-units", "--all", "--no-legend", "chimney*").isEmpty)
                let left = try machine.succeed(
                    "find", "/", "-xdev", "(", "-path", "/var/lib/dpkg", "-o", "-path", "/var/tmp", "-o", "-path",
                    "/proc", ")", "-prune", "-o", "-name", "*chimney*", "-print")
                #expect(left.isEmpty)
                #expect(
                    try machine.succeed("find", "/run", "-xdev", "-name", "*chimney*", "-path", "/run/chimney*").isEmpty
                )
            }
        }

        @Test(
            "The runner starts with what the package has made, is ready when it says so, and has the one secret that it needs"
        )
        func runner() async throws {
            try await withSite { site throws in
                let (machine, unit) = (site.machine, "chimney-runner.service")
                // From a root shell, by the settings and as the user of the service.
                #expect(try machine.succeed("chimney", "restore").contains("entries in /var/lib/chimney/journal"))
                let journal = "/var/lib/chimney/journal"
                #expect(try machine.succeed("find", journal, "!", "-user", "chimney").isEmpty)
                #expect(try machine.succeed("find", journal, "-name", "turns") == "\(journal)/turns\n")
                let services = #"{"services":{"site":{"hosts":["here"],"strategy":"script","script":"/srv/deploy"}}}"#
                try machine.root.append(services, to: "etc/chimney/services.json")
                try machine.root.append("#!/bin/sh\n", to: "srv/deploy")
                try machine.succeed("chmod", "755", "/srv/deploy")
                try machine.root.append(
                    "CHIMNEY_HOST=here\nDEPLOY_SERVICES_FILE=/etc/chimney/services.json\n",
                    to: "etc/chimney/chimney.env")
                try machine.succeed("systemctl", "start", unit)
                #expect(try machine.property("StatusText", of: unit) == "carries out the deployments of here")
                #expect(try machine.succeed("ls", "/run/credentials/\(unit)") == "chimney_dragonfly_url\n")
                // The journal of the host is the runner's as well.
                let process = try machine.property("MainPID", of: unit)
                try machine.succeed(
                    "nsenter", "--target", process, "--mount", "setpriv", "--reuid", "chimney-runner", "--regid",
                    "chimney-runner", "--groups", "chimney", "test", "-w", "\(journal)/turns", "-a", "-w", journal)
                // What it makes there is the pool's: the next segment, where the newest one is full.
                let secret = "a-secret-of-more-than-16-bytes"
                try machine.succeed("sh", "-c", "umask 077; echo \(secret) > /etc/chimney/secrets/webhook_secret")
                try machine.succeed("systemctl", "restart", "chimney.service")
                #expect(try site.http.post("/api/deploy/events", Event().json, token: "secret").status == 200)
                try machine.succeed("sh", "-c", "truncate --size 20M \(journal)/*.journal")
                let deployed = try FinishedProcess(
                    Binary.path,
                    ["deploy", "--url", "http://127.0.0.1:\(site.caddy.port)", "--service", "site"]
                        + ["--sha", Event.freshSHA(), "--timeout", "60"],
                    environment: ["WEBHOOK_SECRET": secret], within: 90)
                #expect(deployed.end == .exited(0), "\(deployed.output)\(deployed.errors)")
                #expect(try !machine.succeed("find", journal, "-user", "chimney-runner").isEmpty)
                #expect(try machine.succeed("find", journal, "!", "-group", "chimney").isEmpty)
                #expect(try site.http.post("/api/deploy/events", Event().json, token: "secret").status == 200)
                try machine.succeed("systemctl", "restart", unit)
                #expect(try machine.property("ActiveState", of: unit) == "active")
                #expect(try machine.property("Result", of: unit) == "success")
                try machine.succeed("systemctl", "stop", unit)
                #expect(try machine.property("Result", of: unit) == "success")
            }
        }
    }
}
