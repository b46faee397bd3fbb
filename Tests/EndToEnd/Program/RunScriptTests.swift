import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `caddy/run`, as somebody meets it who wants to have a look.
    @Suite struct RunScriptTests {
        @Test("The demo has something to show everywhere, and leaves nothing behind when it is told to stop")
        func demo() throws {
            let demo = try RunScript(environment: ["ADMIN_TOKEN": "chosen-by-hand"])
            defer { demo.cleanUp() }
            let isUp = eventually(within: 200, every: 100) {
                !demo.process.isRunning || demo.process.output.contains("Stop:    Ctrl-C")
            }
            try #require(isUp && demo.process.isRunning, "\(demo.process.output)\(demo.process.errors)")
            let client = HTTPClient(.port(demo.port), timeout: 30)
            #expect(try client.get("/").text.contains("<title>chimney</title>"))
            try expectDeploysAndQueue(client)
            try expectGitHub(client)
            try expectTokens(demo, client)
            try expectOrigins(client)
            try expectDeployment(client)

            // In the middle of a deployment, most likely.
            let parts = demo.parts()
            #expect(parts.count > 8 && Set(parts.values).isSuperset(of: ["caddy", "chimney", "fake-github"]))
            let directory = try #require(demo.directory)
            #expect(FileManager.default.fileExists(atPath: directory))
            demo.process.signal(SIGTERM)
            #expect(demo.process.wait(within: 120) == .exited(0), "\(demo.process.errors)")
            #expect(demo.process.errors == "")
            // A script that deploys ends with the next line that it writes, to nobody.
            let hasEnded = eventually(within: 60, every: 100) { demo.parts().isEmpty }
            #expect(hasEnded, "left: \(demo.parts().values)")
            #expect(!FileManager.default.fileExists(atPath: directory))
            #expect((try? Socket(.port(demo.port))) == nil)
        }

        private func expectDeploysAndQueue(_ client: HTTPClient) throws {
            let status = try client.get("/api/deploy/status").json
            #expect(status.last_deploy?.sha?.text?.count == 40)
            #expect(status.recent_deploys?.list.count == 10)
            let events = try #require(try client.get("/api/deploy/events").json.events)
            for outcome in ["success", "failure"] {
                #expect(events.list.contains { $0.outcome?.text == outcome }, "none is a \(outcome)")
            }

            let queue = try client.get("/v1/deployments").json.list
            for status in ["deployed", "failed"] {
                #expect(queue.contains { $0.status?.text == status }, "none is \(status)")
            }
            #expect(queue.contains { $0.trigger == "rollback" })
        }

        /// The fake GitHub, read through chimney, and telling it of what happens.
        private func expectGitHub(_ client: HTTPClient) throws {
            let runs = try client.get("/api/github/actions/runs").json
            #expect(runs.workflow_runs?.list.isEmpty == false)
            let releases = try client.get("/api/github/releases").json
            #expect(releases[0]?.tag_name?.text?.hasPrefix("v1.") == true)
            let summary = try client.get("/api/pipeline/summary").json
            #expect(summary.open_prs?.integer ?? 0 > 0 && summary.open_issues?.integer ?? 0 > 0)
            #expect(summary.recent_workflow_runs?.list.isEmpty == false)
            let hasRepositories = try eventually(within: 60, every: 250) {
                try client.get("/api/github/org/repos").json.repos?.list.count ?? 0 > 1
            }
            #expect(hasRepositories)
            #expect(try client.get("/api/cache/stats").json.entries?.list.isEmpty == false)
            let isTold = try eventually(within: 120, every: 250) {
                let events = try client.get("/api/events/recent?type=cache.invalidated").json.events
                return events?.list.isEmpty == false
            }
            #expect(isTold, "no webhook came from the fake GitHub")
        }

        /// Those that were made up are shown and let one in; one that was chosen does so without being shown.
        private func expectTokens(_ demo: RunScript, _ client: HTTPClient) throws {
            let invalidator = try #require(demo.shown("cache")?.prefix { $0 != " " })
            #expect(invalidator.count == 32)
            let deployer = try #require(demo.shown("-H 'Authorization: Bearer")?.prefix { $0 != "'" })
            #expect(deployer.count == 32)
            #expect(demo.shown("log level") == "<your ADMIN_TOKEN>   (ADMIN_TOKEN)")
            #expect(!demo.process.output.contains("chosen-by-hand"))

            let dropped = try client.post("/api/cache/invalidate", #"{"prefix":"/pulls"}"#, token: String(invalidator))
            #expect(dropped.status == 200)
            // Let in, and told that this is no deploy.
            #expect(try client.post("/api/deploy/events", "{}", token: String(deployer)).status == 422)
            #expect(try client.post("/api/log-level", #"{"level":"info"}"#, token: "chosen-by-hand").status == 200)
        }

        /// One of them is away now and then, but not always.
        private func expectOrigins(_ client: HTTPClient) throws {
            var seen: Set<String> = []
            let wereUp = try eventually(within: 180, every: 250) {
                let origins = try client.get("/api/origins/health").json.origins?.list ?? []
                for origin in origins where origin.up == .bool(true) { seen.insert(origin.origin?.text ?? "") }
                return origins.count == 3 && seen.count == 3
            }
            #expect(wereUp, "only these of three have been up: \(seen)")
        }

        /// The runner deploys by a script, whose words one can read.
        private func expectDeployment(_ client: HTTPClient) throws {
            let deployment = try value(within: 180, every: 250) {
                try client.get("/deploy").json.deployments?.list.first { $0.log_lines?.integer ?? 0 > 0 }
            }
            let found = try #require(deployment)
            #expect(
                ["site", "docs"].contains(found.service) && found.host == "origin-1" && found.sha?.text?.count == 40)
        }

        private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> FinishedProcess {
            try FinishedProcess(
                RunScript.path, arguments, environment: RunScript.programs.merging(environment) { $1 }, within: 120)
        }

        @Test func helpNamesOptionsAndStatuses() throws {
            let help = try run(["--help"])
            #expect(help.end == .exited(0))
            for word in ["Usage: caddy/run", "--port N", "--demo", "DEPLOY_TOKEN", "Exit status"] {
                #expect(help.output.contains(word))
            }
        }

        @Test(arguments: [
            (["--port"], "--port needs a number"), (["--port", "http"], "--port: 'http' is not a port number"),
            (["--port", "0"], "--port: '0' is not a port number"), (["--port=65536"], "'65536' is not a port number"),
            (["--demo", "--port="], "--port: '' is not a port number"), (["--Demo"], "unknown option: --Demo"),
        ])
        func wrongUsageIsSaid(_ arguments: [String], _ message: String) throws {
            let outcome = try run(arguments)
            #expect(outcome.end == .exited(64))
            #expect(outcome.errors.hasPrefix("caddy/run: ") && outcome.errors.contains(message))
            #expect(outcome.errors.contains("Usage: caddy/run"))
            #expect(outcome.output == "")
        }

        @Test func noDemoIsPutIntoSomebodysStore() throws {
            let outcome = try run(["--demo"], environment: ["DRAGONFLY_URL": "redis://127.0.0.1:1/0"])
            #expect(outcome.end == .exited(64))
            #expect(outcome.errors.contains("DRAGONFLY_URL"))
        }

        @Test func aTakenPortIsSaid() throws {
            let other = try ScriptedHTTPServer { _ in HTTPServerAnswer(404) }
            defer { other.stop() }
            let outcome = try run(["--demo", "--port", String(other.port)])
            #expect(outcome.end == .exited(1))
            #expect(outcome.errors.contains("port \(other.port) is taken by another program."))
        }

        @Test(arguments: ["CHIMNEY_BINARY", "FAKE_GITHUB_BINARY"])
        func aProgramThatIsNotThereIsSaid(_ name: String) throws {
            let outcome = try run(
                ["--demo", "--port", String(Address.freePort())], environment: [name: "/nonexistent/program"])
            #expect(outcome.end == .exited(1))
            #expect(outcome.errors.contains("there is no program /nonexistent/program"))
        }

        @Test func aWrongSettingIsSaidBeforeAnythingStarts() throws {
            let outcome = try run(
                ["--demo", "--port", String(Address.freePort())], environment: ["PROBE_INTERVAL": "soon"])
            #expect(outcome.end == .exited(78))
            #expect(outcome.errors.contains("PROBE_INTERVAL"))
            #expect(!outcome.output.contains("Starting"))
        }
    }
}
