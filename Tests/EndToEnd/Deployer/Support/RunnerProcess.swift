import Foundation
import TestSupport

/// A running `chimney runner`, with a docker of its own.
final class RunnerProcess: @unchecked Sendable {
    let host: String
    let docker: FakeDocker
    private(set) var process: ChildProcess
    private let environment: [String: String]

    /// Starts a runner and waits until it is ready.
    ///
    /// - Parameter environment: its settings besides those that follow from the rest.
    init(host: String, docker: FakeDocker, services: String, environment: [String: String]) throws {
        self.host = host
        self.docker = docker
        let directory = docker.file("runner")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let own = [
            "CHIMNEY_HOST": host, "DEPLOY_SERVICES_FILE": services, "CHIMNEY_RUNNER_DIR": directory,
            "PATH": docker.path,
        ]
        self.environment = environment.merging(own) { $1 }
        process = try ChildProcess(Binary.path, ["runner"], environment: self.environment)
        try waitUntilReady()
    }

    var log: String { process.errors }

    /// Waits until it takes deployments.
    func waitUntilReady(within seconds: Double = 30) throws {
        guard eventually(within: seconds, { process.errors.contains("the runner of \(host) is ready") }) else {
            throw TestSupportError("chimney runner does not come up: \(process.errors.suffix(1000))")
        }
    }

    /// Ends it at once, so that it can finish nothing.
    func killNow() { process.killNow() }

    /// Starts a successor. The one before may still be there.
    ///
    /// - Parameter isReady: whether to wait until it takes deployments.
    func startSuccessor(waitingUntilReady isReady: Bool = true) throws {
        process = try ChildProcess(Binary.path, ["runner"], environment: environment)
        if isReady { try waitUntilReady() }
    }

    /// Ends it as an operator does.
    @discardableResult
    func stop(within seconds: Double = 30) -> ChildProcess.End? { process.terminate(within: seconds) }
}
