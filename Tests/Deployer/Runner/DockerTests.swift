import Foundation
import TestSupport
import Testing

@testable import Deployer

/// What a deployment asks of docker, each by a real process.
@Suite struct DockerTests {
    private let fake: FakeDocker
    private let image = "ghcr.io/acme/app"
    private let docker: Docker
    private let app: Compose

    init() throws {
        fake = try FakeDocker()
        docker = try .test(fake)
        app = Compose(
            file: try fake.composeFile(image: image, services: ["app": nil, "worker": nil]), project: nil,
            service: "app")
    }

    @Test func anImageIsPulledByItsTagAndKnownByItsDigest() throws {
        let digest = try fake.publish(image, tag: "one")
        #expect(try docker.digest(of: "\(image):one", name: image) == nil)
        try docker.pull("\(image):one")
        #expect(try docker.digest(of: "\(image):one", name: image) == digest)
        #expect(try docker.digest(of: "\(image)@\(digest)", name: image) == digest)
        #expect(try docker.digest(of: "\(image):one", name: "ghcr.io/acme/ap") == nil)
        #expect(try fake.images == ["one"])
        try docker.pull("\(image)@\(digest)")
        #expect(try fake.images == ["one"])
    }

    @Test func theDigestIsThatOfTheNameThatIsMeant() throws {
        let id = try fake.load(digests: ["mirror/app@sha256:\(digits("1"))", "nginx@sha256:\(digits("2"))"])
        #expect(try docker.digest(of: id, name: "mirror/app") == "sha256:\(digits("1"))")
        #expect(try docker.digest(of: id, name: "docker.io/mirror/app") == "sha256:\(digits("1"))")
        #expect(try docker.digest(of: id, name: "docker.io/library/nginx") == "sha256:\(digits("2"))")
        #expect(try docker.digest(of: id, name: "app") == nil)
        #expect(try docker.digest(of: try fake.load(digests: []), name: "mirror/app") == nil)
    }

    private func digits(_ digit: Character) -> String { String(repeating: digit, count: 64) }

    @Test func aPullThatIsRefusedSaysWhatTheRegistrySaid() throws {
        try fake.publish(image, tag: "one")
        try fake.behave(.pullRefused("denied: \u{1B}[31mno access"), version: "one")
        let failure = #expect(throws: CommandFailure.self) { try docker.pull("\(image):one") }
        #expect(failure?.kind == .exited(1))
        #expect(failure?.isTimeout == false)
        #expect(
            failure?.description
                == "docker pull: exit status 1: Error response from daemon: denied: \u{FFFD}[31mno access")
        let missing = #expect(throws: CommandFailure.self) { try docker.pull("\(image):two") }
        #expect(missing?.description.hasSuffix("not found: manifest unknown") == true)
    }

    @Test func aPullThatHangsIsATimeout() throws {
        try fake.publish(image, tag: "one")
        try fake.behave(.pullHangs)
        let docker = try Docker.test(fake, limits: Limits(pull: 1, command: 20, script: 20))
        let failure = #expect(throws: CommandFailure.self) { try docker.pull("\(image):one") }
        #expect(failure?.kind == .timedOut(seconds: 1))
        #expect(failure?.isTimeout == true)
        #expect(try fake.commands.last?.status == nil, "it was killed")
        #expect(try fake.images.isEmpty)
    }

    @Test func aServiceIsReplacedByAPinnedImage() throws {
        let first = try fake.run(app.file, service: "app", tag: published("one"))
        let digest = try fake.publish(image, tag: "two")
        try docker.pull("\(image):two")
        #expect(try docker.containers(of: app) == [first])
        try docker.stop(app)
        #expect(try docker.state(of: first)?.status == .exited)
        try docker.start(app, image: "\(image)@\(digest)")
        let second = try docker.containers(of: app)
        #expect(second.count == 1 && second != [first])
        let state = try #require(try docker.state(of: second[0]))
        #expect(state.status == .running && state.health == .healthy)
        #expect(try docker.digest(of: state.image, name: image) == digest)
        #expect(try docker.state(of: first) == nil)
        #expect(try fake.running("app") == ["two"])
        // And back, by the id of the image that ran.
        try docker.start(app, image: try fake.load(tag: "one"))
        #expect(try fake.running("app") == ["one"])
        #expect(try fake.unknownCommands == [])
        var status = stat()
        #expect(stat(fake.file("image.json"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func onlyTheServiceThatIsMeantIsTouched() throws {
        try fake.run(app.file, service: "worker", tag: published("one"))
        try fake.run(app.file, service: "app", tag: "one")
        try fake.run(app.file, project: "other", service: "app", tag: "one")
        try docker.stop(app)
        try docker.removeStopped(app)
        #expect(try docker.containers(of: app) == [])
        #expect(try fake.running("worker") == ["one"])
        let other = Compose(file: app.file, project: "other", service: "app")
        #expect(try docker.containers(of: other).count == 1)
        try docker.removeStopped(other)
        #expect(try fake.running("app") == ["one"], "what runs stays")
        try docker.stop(app)
        try docker.removeStopped(app)
    }

    @Test func whatIsNotThereIsNoError() throws {
        #expect(try docker.containers(of: app) == [])
        #expect(try docker.state(of: "0123456789ab") == nil)
        #expect(try docker.digest(of: "\(image):none", name: image) == nil)
    }

    @Test func aServiceThatTheFileDoesNotNameIsAnError() {
        let none = Compose(file: app.file, project: nil, service: "none")
        let failure = #expect(throws: CommandFailure.self) { try docker.containers(of: none) }
        #expect(failure?.description == "docker compose ps: exit status 1: no such service: none")
    }

    @Test func aStartThatFailsSaysWhy() throws {
        try fake.load(tag: published("one"))
        try fake.behave(.startFails("port is already allocated"), version: "one")
        let failure = #expect(throws: CommandFailure.self) { try docker.start(app, image: "\(image):one") }
        #expect(failure?.description.hasSuffix("port is already allocated") == true)
        let container = try #require(try docker.containers(of: app).first)
        let state = try #require(try docker.state(of: container))
        #expect(state.status == .created)
        #expect(state.lastWords == "port is already allocated")
        let pruned = #expect(throws: CommandFailure.self) { try docker.start(app, image: "\(image):none") }
        #expect(pruned?.description.contains("No such image") == true)
    }

    @Test func aStopThatHangsEndsAtItsLimit() throws {
        try fake.run(app.file, service: "app", tag: published("one"))
        try fake.behave(.stopHangs, version: "one")
        let docker = try Docker.test(fake, limits: Limits(pull: 20, command: 1, script: 20))
        let failure = #expect(throws: CommandFailure.self) { try docker.stop(app) }
        #expect(failure?.kind == .timedOut(seconds: 1))
        #expect(try fake.running("app") == ["one"])
    }

    @Test func theLastLinesOfALogAreThoseOfBothStreams() throws {
        let lines = (1...70).map { $0 % 10 == 0 ? "ERROR \($0)" : "line \($0)\u{7}" }
        try fake.log(lines, version: "one")
        let container = try fake.run(app.file, service: "app", tag: published("one"))
        let log = try docker.log(of: container)
        #expect(log.count == 50)
        #expect(Set(log) == Set(lines.suffix(50).map { $0.replacing("\u{7}", with: "\u{FFFD}") }))
        #expect(throws: CommandFailure.self) { try docker.log(of: "none") }
    }

    @Test func thatDockerIsMissingIsSaid() throws {
        let commands = Commands(marker: fake.file("state")) {}
        let docker = Docker(
            commands: commands, limits: Limits(pull: 5, command: 5, script: 5), directory: fake.file("."), tag: "one",
            onLine: { _ in }, environment: ["PATH": "/nonexistent"])
        let failure = #expect(throws: CommandFailure.self) { try docker.pull("\(image):one") }
        #expect(failure?.kind == .cannotRun("it is not in PATH, or may not be run"))
    }

    private func published(_ tag: String) throws -> String {
        try fake.publish(image, tag: tag)
        return tag
    }
}

extension Docker {
    /// A docker that is a fake one.
    static func test(
        _ fake: FakeDocker, limits: Limits = Limits(pull: 20, command: 20, script: 20), tag: String = "commit"
    ) throws -> Docker {
        Docker(
            commands: Commands(marker: fake.file("state")) {}, limits: limits, directory: fake.file("."), tag: tag,
            onLine: { _ in }, environment: ["PATH": fake.path])
    }
}
