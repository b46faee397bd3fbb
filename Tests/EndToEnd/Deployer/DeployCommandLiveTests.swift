import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `chimney deploy` with all that it works with.
    @Suite struct DeployCommandLiveTests {
        private static let logsToken = "a-token-to-read-logs-with"

        /// Health that is known as soon as docker tells of it.
        @Sendable private static func services(_ docker: FakeDocker) throws -> String {
            try DeployOrigin.swap(
                docker, health: #""limit_s":20,"interval_s":1,"start_period_s":0,"successes":1"#)
        }

        /// A running `chimney deploy`, and what it leaves for the page of its job.
        private struct Client {
            let process: ChildProcess
            private let files: TemporaryDirectory

            init(_ origin: DeployOrigin, _ arguments: [String], environment: [String: String] = [:]) throws {
                files = try TemporaryDirectory()
                let own = [
                    "CHIMNEY_URL": "http://127.0.0.1:\(origin.origin.caddy.port)",
                    "WEBHOOK_SECRET": DeployOrigin.secret, "GITHUB_STEP_SUMMARY": files.file("summary"),
                ]
                process = try ChildProcess(
                    Binary.path, ["deploy", "--service", "app"] + arguments,
                    environment: own.merging(environment) { $1 })
            }

            var output: String { process.output }
            var lines: [String] { output.split(separator: "\n").map(String.init) }
            var summary: String { (try? String(contentsOfFile: files.file("summary"), encoding: .utf8)) ?? "" }
            /// The deployment, as it was told.
            var id: String? { output.firstMatch(of: /Deployment (\w+)/).map { String($0.1) } }

            /// Waits until it ends.
            func end() -> ChildProcess.End? { process.wait(within: 60) }
        }

        /// Checks that a client has told the log of its deployment line by line, each once, and nothing is left out.
        private func expectLog(
            of client: Client, _ origin: DeployOrigin, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let id = try #require(client.id, "\(client.output)", sourceLocation: sourceLocation)
            let log =
                try origin.origin.get("/deploy/\(id)", [("Authorization", "Bearer \(Self.logsToken)")])
                .json.logs?.list.compactMap(\.text) ?? []
            #expect(!log.isEmpty, sourceLocation: sourceLocation)
            let told = client.lines.filter { $0.hasPrefix("[2") }
            #expect(told == log, sourceLocation: sourceLocation)
            for line in log { #expect(client.summary.contains(line), sourceLocation: sourceLocation) }
        }

        @Test("What succeeds is told line by line, ends with 0, and has a summary; the secret is nowhere")
        func success() async throws {
            try await withDeployOrigin(environment: ["LOGS_TOKEN": Self.logsToken], services: Self.services) {
                origin throws in
                let sha = DeployOrigin.sha(1)
                try origin.docker.publish(DeployOrigin.image, tag: sha)
                let token = ["LOGS_TOKEN": Self.logsToken]
                let client = try Client(origin, ["--sha", sha, "--reason", "release 4"], environment: token)
                #expect(client.end() == .exited(0), "\(client.output)\(client.process.errors)")
                try expectLog(of: client, origin)
                #expect(client.lines.last?.hasPrefix("app succeeded after") == true)
                #expect(client.process.errors.isEmpty)
                #expect(client.summary.hasPrefix("## ✅ app succeeded after"))
                for part in [sha, "release 4", "host-1", client.id ?? "?"] {
                    #expect(client.summary.contains(part), "\(part)")
                }
                #expect(try origin.docker.running("app") == [sha])

                let stored = try origin.origin.store.content().map(\.value).joined()
                let commands = try origin.docker.commands.flatMap { $0.arguments + Array($0.variables.values) }
                let told = [client.output, client.process.errors, client.summary]
                let logs = [origin.runner.log, origin.origin.pool.log, stored] + commands
                for secret in [DeployOrigin.secret, Self.logsToken] {
                    #expect(!(told + logs).contains { $0.contains(secret) })
                }
            }
        }

        @Test("Without the token for logs the deployment is begun, and the status says why it cannot be followed")
        func forbidden() async throws {
            try await withDeployOrigin(environment: ["LOGS_TOKEN": Self.logsToken], services: Self.services) {
                origin throws in
                let sha = DeployOrigin.sha(1)
                try origin.docker.publish(DeployOrigin.image, tag: sha)
                let client = try Client(origin, ["--sha", sha])
                #expect(client.end() == .exited(77), "\(client.output)")
                #expect(client.output.contains("set LOGS_TOKEN"))
                #expect(try eventually(within: 30) { try origin.docker.running("app") == [sha] })

                let stranger = try Client(origin, ["--sha", sha], environment: ["WEBHOOK_SECRET": "another-secret"])
                #expect(stranger.end() == .exited(77), "\(stranger.output)")
                #expect(stranger.output.contains("does not let this caller deploy"))
            }
        }

        @Test("What is unhealthy ends with 1 or 2, and says what the container said and what to do; then it goes back")
        func failures() async throws {
            try await withDeployOrigin(services: Self.services) { origin throws in
                let docker = origin.docker
                for digit in 1...4 { try docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(digit)) }
                try docker.behave(.unhealthy, version: DeployOrigin.sha(1))
                try docker.log(["begins", "ERROR no database"], version: DeployOrigin.sha(1))

                let first = try Client(origin, ["--sha", DeployOrigin.sha(1)])
                #expect(first.end() == .exited(1), "\(first.output)")
                try expectLog(of: first, origin)
                for part in ["app failed after", "in phase health", "ERROR no database", "next step: Mend the image"] {
                    #expect(first.output.contains(part), "\(part): \(first.output)")
                }
                for part in ["## ❌ app", "ERROR no database", "Mend the image", "ended at: ` host-1 `"] {
                    #expect(first.summary.contains(part), "\(part): \(first.summary)")
                }

                for digit in [2, 3] {
                    let good = try Client(origin, ["--sha", DeployOrigin.sha(digit)])
                    #expect(good.end() == .exited(0), "\(good.output)")
                }
                let second = try Client(origin, ["--sha", DeployOrigin.sha(1)])
                #expect(second.end() == .exited(1), "\(second.output)")
                #expect(second.output.contains("app was rolled back after"))
                #expect(second.output.contains("ERROR no database"))
                #expect(try docker.running("app") == [DeployOrigin.sha(3)])

                let back = try Client(origin, ["--rollback"])
                #expect(back.end() == .exited(0), "\(back.output)")
                try expectLog(of: back, origin)
                #expect(back.summary.contains(DeployOrigin.sha(2)))
                #expect(try docker.running("app") == [DeployOrigin.sha(2)])

                try docker.behave(.unhealthy)
                let ruined = try Client(origin, ["--sha", DeployOrigin.sha(4)])
                #expect(ruined.end() == .exited(2), "\(ruined.output)")
                for part in ["so did its rollback", "last health: ", "next step: On host-1", "docker compose"] {
                    #expect(ruined.output.contains(part), "\(part): \(ruined.output)")
                }
            }
        }

        @Test("One that waits for its turn says so, and one that does not wait ends with 75")
        func waiting() async throws {
            try await withDeployOrigin(services: Self.services) { origin throws in
                for digit in 1...2 { try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(digit)) }
                let pause = try origin.docker.pause(matching: "pull")
                let first = try origin.begin(DeployOrigin.sha(1))
                #expect(pause.waitUntilReached())
                let rejected = try Client(origin, ["--sha", DeployOrigin.sha(2)])
                #expect(rejected.end() == .exited(75), "\(rejected.output)")
                #expect(rejected.output.contains(first))
                let client = try Client(origin, ["--sha", DeployOrigin.sha(2), "--mode", "wait"])
                #expect(eventually(within: 60) { client.output.contains("It waits for its turn.") })
                pause.resume()
                #expect(client.end() == .exited(0), "\(client.output)")
                try expectLog(of: client, origin)
                #expect(try origin.state(first).status == "succeeded")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(2)])
            }
        }

        @Test("A server that is reloaded, and one that is away for a while, does not end what it is followed through")
        func restart() async throws {
            try await withDeployOrigin(services: Self.services) { origin throws in
                let sha = DeployOrigin.sha(1)
                try origin.docker.publish(DeployOrigin.image, tag: sha)
                let pauses = try ["pull", "up --detach"].map { try origin.docker.pause(matching: $0) }
                let client = try Client(origin, ["--sha", sha])
                #expect(pauses[0].waitUntilReached())
                let pool = origin.origin.pool
                pool.process.signal(SIGHUP)
                #expect(pool.logs("reloaded: ", within: 60))
                #expect(eventually(within: 60) { client.output.contains("pulling \(DeployOrigin.image)") })
                pauses[0].resume()

                #expect(pauses[1].waitUntilReached())
                #expect(pool.stop() == .exited(0))
                #expect(eventually(within: 30) { client.output.contains("Trying again until it does.") })
                pauses[1].resume()
                let successor = try PoolProcess(workers: 4, environment: origin.environment, socket: pool.socket)
                defer { successor.stop() }
                #expect(client.end() == .exited(0), "\(client.output)")
                #expect(client.output.contains("The server answers again."))
                try expectLog(of: client, origin)
                #expect(try origin.docker.running("app") == [sha])
            }
        }
    }
}
