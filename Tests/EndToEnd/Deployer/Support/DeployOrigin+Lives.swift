import Foundation
import TestSupport
import Testing

/// What tests need that end processes in the middle of a deployment.
extension DeployOrigin {
    /// `swap` with limits that no pause of a test exceeds, and a health check of one probe.
    static func patientSwap(_ docker: FakeDocker) throws -> String {
        try swap(
            docker, health: #""limit_s":20,"interval_s":1,"successes":1,"start_period_s":0"#,
            limits: #""pull_s":100,"command_s":100"#)
    }

    /// Publishes versions, by their digits.
    func publish(_ digits: ClosedRange<Int>) throws {
        for runner in runners {
            for digit in digits { try runner.docker.publish(Self.image, tag: Self.sha(digit)) }
        }
    }

    /// Deploys a version that has to succeed.
    func succeed(_ digit: Int) throws {
        let answer = try deploy(Self.sha(digit))
        guard answer.status == 200 else { throw TestSupportError("\(answer.status): \(answer.text)") }
    }

    /// Deploys a version with a caller who waits.
    func deployAside(_ digit: Int, _ more: String = "") -> Background<HTTPAnswer> {
        Background { try self.deploy(Self.sha(digit), more) }
    }

    /// The newest deployment.
    func newest() throws -> JSON {
        guard let newest = try origin.get("/deploy?limit=1").json.deployments?[0] else {
            throw TestSupportError("There is no deployment.")
        }
        return newest
    }

    /// Waits until the newest deployment is over, as its record and its caller are told of it alike.
    ///
    /// - Returns: what is told of it.
    func end(for caller: Background<HTTPAnswer>, within seconds: Double = 60) throws -> JSON {
        // Whichever worker is asked has the store again in its own time, where that was away.
        guard let id = value({ try? newest().id?.text }) else {
            throw TestSupportError("The newest deployment has no id.")
        }
        let record = try end(of: id, within: seconds)
        let answer = try caller.value()
        #expect(try answer.json.id?.text == id)
        #expect(try answer.json.status == record.status)
        #expect(answer.status == Self.answers[record.status?.text ?? ""], "\(answer.text)")
        return record
    }

    private static let answers = ["succeeded": 200, "rolled_back": 502, "rollback_failed": 500, "failed": 502]

    /// Checks that nothing is under way, and nobody has a right to anything.
    func expectFree(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for text in ["{deployer}:lease", "{deployer}:jobs", "{deployer}:active"] {
            #expect(try eventually(within: 60) { try keys(text).isEmpty }, "\(text)", sourceLocation: sourceLocation)
        }
    }

    /// Checks that the next deployment works, and leaves nothing behind.
    func expectWorks(_ digit: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try succeed(digit)
        #expect(try docker.running("app") == [Self.sha(digit)], sourceLocation: sourceLocation)
        #expect(try docker.containers.count == 1, sourceLocation: sourceLocation)
        #expect(try docker.unknownCommands == [], sourceLocation: sourceLocation)
        try expectFree(sourceLocation: sourceLocation)
    }
}

extension FakeDocker {
    /// The last command that it was given.
    func last() throws -> DockerCommand {
        guard let last = try commands.last else { throw TestSupportError("docker was not given any command.") }
        return last
    }

    /// Has the next command wait, whatever it is.
    func pauseNext() throws -> DockerPause { try pause(command: last().number + 1) }

    /// Whether the process of a command is there.
    func isRunning(_ command: DockerCommand) -> Bool {
        let line = FileManager.default.contents(atPath: "/proc/\(command.process)/cmdline") ?? Data()
        return String(decoding: line, as: UTF8.self).contains(file("bin/docker"))
    }
}
