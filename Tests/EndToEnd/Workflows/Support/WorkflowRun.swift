import Foundation
import TestSupport

/// The steps of a job or of an action, as `Tests/Workflows/run.py` runs them in the place of GitHub.
struct WorkflowRun {
    private static let python = Package.path(".build-python/bin/python")
    private let process: ChildProcess

    /// Starts it.
    ///
    /// - Parameters:
    ///   - target: `FILE#JOB` of a workflow, or the directory of an action.
    ///   - settings: what it is told, by the names that `run.py` has for it.
    init(_ target: String, _ settings: [String: JSON]) throws {
        guard FileManager.default.isExecutableFile(atPath: Self.python) else {
            throw TestSupportError("\(Self.python) is not there: Tests/run makes it.")
        }
        let files = try TemporaryDirectory()
        let file = try files.write("settings.json", JSON.object(settings).encoded)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        process = try ChildProcess(
            Self.python, [Package.path("Tests/Workflows/run.py"), target], descriptors: [0: descriptor])
    }

    /// The action that tells chimney of deploys.
    ///
    /// - Parameter inputs: those besides an address and a token, which are an origin's.
    init(
        notifying url: String, token: String = Origin.deployToken, _ inputs: [String: String],
        event: JSON = .object([:])
    ) throws {
        let own = ["url": url, "token": token, "sha": Event.freshSHA()]
        let texts = own.merging(inputs) { $1 }.mapValues { JSON.string($0) }
        try self.init(".github/actions/notify-chimney", ["inputs": .object(texts), "event": event])
    }

    /// What the job's page shows so far.
    var log: String { process.errors }

    /// Waits until it ends.
    ///
    /// - Throws: `TestSupportError` if it does not, or is no run at all.
    func result(within seconds: Double = 60) throws -> Result {
        let end = process.wait(within: seconds)
        if end == nil { process.killNow() }
        guard end == .exited(0), let json = try? JSON(parsing: process.output.utf8) else {
            throw TestSupportError("\(String(describing: end)): \(process.output)\(process.errors.suffix(2000))")
        }
        return Result(json: json, shown: process.output + process.errors)
    }

    /// What has come of it.
    struct Result {
        fileprivate let json: JSON
        /// All that anybody can see of it.
        let shown: String

        /// Whether no step has failed.
        var isSuccess: Bool { json.status == "success" }
        /// What the job's page shows.
        var log: String { json.log?.text ?? "" }
        /// The job's summary.
        var summary: String { json.summary?.text ?? "" }
        /// All outputs of the action or of the job.
        var outputs: JSON { json.outputs ?? .object([:]) }
        /// An output of the action or of the job.
        func output(_ name: String) -> String? { json.outputs?[name]?.text }
        /// How a step has ended.
        func outcome(of step: String) -> String? { json.steps?[step]?.outcome?.text }
        /// An output of a step.
        func output(_ name: String, of step: String) -> String? { json.steps?[step]?.outputs?[name]?.text }
    }
}

extension Origin {
    /// Its address.
    var url: String { "http://127.0.0.1:\(caddy.port)" }

    /// The newest deploys that it has on record.
    var recorded: [JSON] {
        get throws { try get("/api/deploy/events").json.events?.list ?? [] }
    }
}
