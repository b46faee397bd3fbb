import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What a deployment comes to, by what docker is like afterwards.
    @Suite struct DeploymentTests {
        private static let phases = ["pull", "start", "health", "cleanup", "done"]

        @Test("A first deployment starts the service, and the next one takes its place")
        func success() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(2)
                for digit in 1...2 {
                    let sha = DeployOrigin.sha(digit)
                    let before = try origin.docker.changes.count
                    let answer = try origin.deploy(sha)
                    #expect(answer.status == 200, "\(answer.text)")
                    let told = try answer.json
                    #expect(told.status == "succeeded" && told.phase == "done")
                    #expect(told.error == .null && told.last_health == .null && told.next_step == .null)
                    #expect(told.container_logs == [])
                    // The container before is gone, not only stopped.
                    #expect(try origin.docker.running("app") == [sha])
                    #expect(try origin.docker.containers.count == 1)
                    #expect(
                        try Array(origin.docker.changes.dropFirst(before)) == [
                            "pull \(DeployOrigin.image):\(sha)", "compose stop app", "compose up app",
                            "compose rm app",
                        ])
                    try origin.expectRecord(of: answer, phases: Self.phases)
                }
            }
        }

        @Test("The image is pinned by its digest, and compose files get the commit as IMAGE_TAG")
        func pinned() async throws {
            try await withDeployOrigin { origin throws in
                let sha = DeployOrigin.sha(1)
                let digest = try origin.docker.publish(DeployOrigin.image, tag: sha)
                #expect(try origin.deploy(sha).status == 200)
                let start = try #require(try origin.docker.commands.first { $0.summary == "compose up app" })
                #expect(start.variables["IMAGE_TAG"] == sha)
                for part in ["--no-deps", "--no-build", "--pull", "never"] { #expect(start.arguments.contains(part)) }
                let files = zip(start.arguments, start.arguments.dropFirst()).filter { $0.0 == "--file" }.map(\.1)
                #expect(files.count == 2)
                let pin = try JSON(parsing: Data(contentsOf: URL(fileURLWithPath: try #require(files.last))))
                #expect(pin.services?.app?.image?.text == "\(DeployOrigin.image)@\(digest)")
                try origin.expectAtRest()
            }
        }

        @Test("A service that needs a few probes is waited for")
        func slow() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(1)
                try origin.docker.behave(.healthyAfter(probes: 2))
                let answer = try origin.deploy(DeployOrigin.sha(1))
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try origin.docker.containers.first?.inspected ?? 0 >= 3)
                try origin.expectRecord(of: answer, phases: Self.phases)
            }
        }

        @Test("Who does not wait is told where to look, and who hangs up changes nothing")
        func asynchronous() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(2)
                let pause = try origin.docker.pause(matching: "up --detach")
                let body = DeployOrigin.body(DeployOrigin.sha(1))
                let answer = try origin.call("/deploy", body, [("Prefer", "respond-async, wait=5")])
                #expect(answer.status == 202, "\(answer.text)")
                let id = try #require(try answer.json.id?.text)
                #expect(answer["Location"] == "/deploy/\(id)")
                #expect(answer["Preference-Applied"] == "respond-async")
                #expect(pause.waitUntilReached())
                let meanwhile = try origin.state(id)
                #expect(meanwhile.status == "running" && meanwhile.host == "host-1")
                #expect(meanwhile.finished_at == .null)
                pause.resume()
                #expect(try origin.end(of: id).status == "succeeded")

                let other = try origin.docker.pause(matching: "pull")
                let caller = try HTTPClient(.port(origin.origin.caddy.port)).connect()
                let second = DeployOrigin.body(DeployOrigin.sha(2))
                try caller.send(
                    "POST", "/deploy",
                    [
                        ("Content-Type", "application/json"),
                        ("X-Hub-Signature-256", DeployOrigin.signature(second)),
                    ], body: Array(second.utf8))
                #expect(other.waitUntilReached())
                caller.close()
                other.resume()
                #expect(try eventually(within: 30) { try origin.docker.running("app") == [DeployOrigin.sha(2)] })
                try origin.expectAtRest()
                #expect(try origin.origin.get("/deploy?limit=1").json.deployments?[0]?.status == "succeeded")
            }
        }
    }
}
