import Foundation
import TestSupport
import Testing

@testable import Deployer

/// The docker that tests of the deployer stand on.
@Suite struct FakeDockerTests {
    private let fake: FakeDocker
    private let docker: Docker
    private let app: Compose
    private let port: UInt16

    init() throws {
        fake = try FakeDocker()
        docker = try .test(fake)
        port = try Address.freePort()
        app = Compose(
            file: try fake.composeFile(image: "acme/app", services: ["app": port]), project: nil, service: "app")
        try fake.publish("acme/app", tag: "one")
        try fake.publish("acme/app", tag: "two")
    }

    @Test func aContainerAnswersAsWhatItIsAndEndsGracefully() throws {
        try fake.run(app.file, service: "app", tag: "one")
        let client = HTTPClient(.port(port))
        #expect(try client.get("/").text == "one\n")
        #expect(try client.get("/health").status == 200)
        try fake.behave(.unhealthy, version: "one")
        #expect(try client.get("/health").status == 503)
        let slow = try client.connect()
        try slow.send("GET", "/slow", [])
        #expect(try client.get("/").text == "one\n", "it has the slow request by now")
        try docker.stop(app)
        #expect(try slow.receive(to: "GET").text == "one\n")
        #expect(throws: (any Error).self) { try client.get("/") }
        try docker.start(app, image: try fake.load(tag: "two"))
        #expect(try client.get("/").text == "two\n")
    }

    @Test func aContainerCarriesNothingOfTheRunner() throws {
        try docker.start(app, image: try fake.load(tag: "one"))
        let process = try #require(try fake.containers.first?.process)
        #expect(ProcessFiles.contents("/proc/\(process)/environ").isEmpty)
        #expect(try LeftBehind(marker: fake.file("state")).end(within: 5000) == 0)
        #expect(try HTTPClient(.port(port)).get("/").text == "one\n")
    }

    @Test func whatRunsEndsWithIt() throws {
        try fake.run(app.file, service: "app", tag: "one")
        fake.stop()
        #expect(eventually { (try? Socket(.port(port))) == nil })
        let container = try #require(try fake.containers.first)
        #expect(try docker.state(of: container.id)?.status == .exited)
    }

    @Test func aPortThatIsTakenFailsTheStart() throws {
        try fake.run(app.file, service: "app", tag: "one")
        let other = Compose(file: app.file, project: "other", service: "app")
        let failure = #expect(throws: CommandFailure.self) {
            try docker.start(other, image: try fake.load(tag: "two"))
        }
        #expect(failure?.description.hasSuffix("port is already allocated") == true)
    }

    @Test func aCommandWaitsWhereATestWantsItTo() throws {
        try fake.run(app.file, service: "app", tag: "one")
        let before = try fake.pause(matching: "compose")
        let reached = DispatchSemaphore(value: 0)
        Thread { [fake] in
            if before.waitUntilReached(), (try? fake.running("app")) == ["one"] { reached.signal() }
            before.resume()
        }.start()
        try docker.stop(app)
        #expect(reached.wait(timeout: .now() + 60) == .success)
        #expect(try fake.running("app") == [])
        let after = try fake.pause(.after, command: try #require(fake.commands.last).number + 1)
        let removed = DispatchSemaphore(value: 0)
        Thread { [fake] in
            if after.waitUntilReached(), (try? fake.containers.isEmpty) == true { removed.signal() }
            after.resume()
        }.start()
        try docker.removeStopped(app)
        #expect(removed.wait(timeout: .now() + 60) == .success)
    }

    @Test func everyCommandIsOnRecord() throws {
        try docker.pull("acme/app:one")
        try docker.start(app, image: "acme/app:one")
        _ = try docker.containers(of: app)
        try docker.stop(app)
        #expect(try fake.changes == ["pull acme/app:one", "compose up app", "compose stop app"])
        let commands = try fake.commands
        #expect(commands.map(\.status) == [0, 0, 0, 0])
        #expect(commands.map(\.number) == [1, 2, 3, 4])
        for command in commands {
            #expect(command.variables["IMAGE_TAG"] == "commit")
            #expect(command.variables["CHIMNEY_RUNNER"] == fake.file("state"))
        }
    }

    @Test func whatItDoesNotKnowIsLoud() throws {
        let program = fake.file("bin/docker")
        #expect(try FinishedProcess(program, ["compose", "down"]).end == .exited(64))
        #expect(try FinishedProcess(program, ["system", "prune", "--all"]).end == .exited(64))
        #expect(try fake.unknownCommands.map(\.summary) == ["compose down", "system prune"])
    }

    @Test func manyCommandsAtOnceLoseNothing() throws {
        let file = app.file
        let fake = fake
        try fake.load(tag: "one")
        try HTTPClient.concurrently(8) { index in
            let compose = ["compose", "--project-name", "p\(index)", "--project-directory", "/tmp", "--file", file]
            let other = try fake.composeFile("other\(index)", image: "acme/app", services: ["app": nil])
            let end = try FinishedProcess(
                fake.file("bin/docker"),
                compose.dropLast() + [other] + [
                    "up", "--detach", "--no-deps", "--no-build", "--pull", "never", "app",
                ], environment: ["IMAGE_TAG": "one"])
            guard end.end == .exited(0) else { throw TestSupportError(end.errors) }
        }
        #expect(try fake.running("app").count == 8)
        #expect(try Set(fake.containers.map(\.project)).count == 8)
        #expect(try fake.commands.map(\.number) == Array(1...8))
    }
}
