import Foundation
import TestSupport

/// Runs schemathesis, which makes requests of an origin by its OpenAPI document, right ones and wrong ones, and looks at the
/// answers.
struct Schemathesis {
    /// What `links.py` says.
    struct Links: Decodable {
        let followed: [String]
        let unfollowed: [String]
        /// How many requests were made.
        let cases: Int
    }

    private static let directory = Package.path("Tests/EndToEnd/OpenAPI")

    private let origin: Origin
    // What it remembers of a run it leaves where it is started.
    private let files: TemporaryDirectory

    init(_ origin: Origin) throws {
        self.origin = origin
        files = try TemporaryDirectory()
    }

    /// Makes requests.
    ///
    /// - Parameters:
    ///   - configuration: the name of its configuration.
    ///   - changes: lines of the configuration, and what stands in their places.
    ///   - secret: what bodies are signed with; nil where they are not.
    func run(
        _ configuration: String = "schemathesis.toml", changing changes: [String: String] = [:],
        _ arguments: [String], secret: String? = Contract.secret
    ) throws -> FinishedProcess {
        var text = try String(contentsOfFile: "\(Self.directory)/\(configuration)", encoding: .utf8)
        for (line, other) in changes {
            guard text.contains("\n\(line)\n") else { throw TestSupportError("\(configuration) has no \(line).") }
            text = text.replacing("\n\(line)\n", with: "\n\(other)\n")
        }
        let path = try files.write(configuration, text)
        let environment = [
            "CHIMNEY_TEST_DIRECTORY": Self.directory, "PYTHONPATH": Self.directory, "PYTHONDONTWRITEBYTECODE": "1",
            "CHIMNEY_TEST_SECRET": secret ?? "",
        ]
        return try FinishedProcess(
            "env",
            [
                "-C", files.path, Package.path(".build-python/bin/schemathesis"), "--config-file", path, "run",
                "--no-color", "http://127.0.0.1:\(origin.caddy.port)/api/openapi.json",
            ] + arguments, environment: environment,
            within: EndToEnd.UnderFire.isLong ? 7200 : 900)
    }

    /// Makes requests by following links, as often as these seeds say, and tells which were followed.
    ///
    /// - Parameter check: is handed each run.
    func follow(seeds: ClosedRange<Int>, _ check: (FinishedProcess) -> Void) throws -> Links {
        let reports = try seeds.map { seed in
            let report = files.file("report-\(seed).ndjson")
            let run = try run(
                changing: [
                    "seed = 1": "seed = \(seed)", "deterministic = true": "deterministic = false",
                    "max-examples = 10": "max-examples = 50", "mode = \"all\"": "mode = \"positive\"",
                ],
                ["--phases", "stateful", "--report", "ndjson", "--report-ndjson-path", report])
            check(run)
            return report
        }
        let document = try files.write("openapi.json", origin.get("/api/openapi.json").text)
        let verdict = try FinishedProcess(Python.path, ["\(Self.directory)/links.py", document] + reports)
        guard verdict.end == .exited(0) else { throw TestSupportError("links.py: \(verdict.errors.suffix(2000))") }
        return try JSONDecoder().decode(Links.self, from: Data(verdict.output.utf8))
    }
}
