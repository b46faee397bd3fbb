import Foundation
import TestSupport
import Testing

extension LongLoad {
    /// Checks that what is bounded is no longer than its bound, and the journal no larger.
    func expectBounds(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let store = parts.store
        let bounds = [
            ("{telemetry}:log", 1000), ("{telemetry}:events", 500), ("{telemetry}:caddy", 1000), ("{deploys}", 50),
            ("health:\(parts.neighbour.url(""))", 1000),
        ]
        for (name, bound) in bounds {
            let length = Int(try store.run("LLEN", store.key(name)).integer ?? 0)
            #expect((1...bound).contains(length), "\(name)", sourceLocation: sourceLocation)
        }
        let identities = try store.run("ZCARD", store.key("{deploys}:seen")).integer ?? 0
        #expect(Int(identities) == min(10_000, deploys), sourceLocation: sourceLocation)
        let files = try FileManager.default.subpathsOfDirectory(atPath: parts.journal)
        let size = files.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(parts.journal)/\(file)")
            return sum + (attributes?[.size] as? Int ?? 0)
        }
        #expect((1...LongLoadOrigin.journalSize << 20).contains(size), sourceLocation: sourceLocation)
    }

    /// Checks that every write that was acknowledged is there.
    func expectAcknowledged(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let acknowledged = acknowledged
        let total = try client().ask(.get("/api/deploy/status")).json.total_deploys?.integer
        #expect(total == deploys, sourceLocation: sourceLocation)
        // The identities that the store keeps are of the newest by arrival, which are not quite the last that were told.
        let known = max(0, 10_000 - deployments.count - 100)
        try each(acknowledged.events.suffix(known)) { client, event in try LoadWork.expectKnown(event, client) }
        try each(Array(acknowledged.statuses)) { client, deployment in
            let told = try client.ask(.get("/v1/deployments/\(deployment.key)", of: "/v1/deployments/{id}"))
            guard !told.text.contains(#""status":"\#(deployment.value)""#) else { return }
            acknowledged.fail("\(deployment) is \(told.text)")
        }
        try each(acknowledged.keys) { client, made in
            let fields = [("Idempotency-Key", made.key.key)]
            let again = try client.ask(.post("/v1/deployments", made.key.body, fields, is: [201]))
            if try again.json.identifier != made.value { acknowledged.fail("\(made) is \(again.text)") }
        }
        try each(Array(deployments)) { client, run in
            let told = try client.ask(.get("/deploy/\(run.key)", of: "/deploy/{id}")).json
            if told.status?.text != run.value { acknowledged.fail("\(run) is \(told.encoded)") }
        }
        #expect(acknowledged.failures.prefix(5) == [], sourceLocation: sourceLocation)
        let broken = try QueueInvariants.broken(in: parts.store, organisation: WritingClient.organisation)
        #expect(broken.prefix(5) == [], sourceLocation: sourceLocation)
    }

    /// Checks that every route that chimney describes was asked for.
    func expectEveryRoute(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let document = try client().ask(.get("/api/openapi.json")).json
        let routes = document.paths?.names.map { $0.replacing("{path}", with: "{path...}") } ?? []
        #expect(Set(routes).subtracting(counts.routes) == [], sourceLocation: sourceLocation)
    }

    /// Checks that chimney has counted what its clients have, and GitHub what chimney has.
    func expectCounted(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let client = client()
        let asked = LoadRequest.get("/api/metrics")
        var differences: [String] = []
        // The last requests are counted a moment after they are answered, and this one after it has told of the others.
        let isSame = try eventually(every: 200) {
            let samples = Samples(try client.ask(asked).text)
            counts.answer(asked.route, 200, -1)
            defer { counts.answer(asked.route, 200) }
            differences = counts.differences(from: before, to: samples)
            let fetches = samples.values.filter { $0.key.hasPrefix("chimney_github_fetches_total{") }.values
            if Int(fetches.reduce(0, +)) != parts.github.count() { differences.append("\(fetches) fetches") }
            return differences.isEmpty
        }
        #expect(isSame, "\(differences)", sourceLocation: sourceLocation)
    }

    /// Checks that the logs have errors only where clients were told of them.
    func expectQuietLogs(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let lines = try Self.errors(of: parts.pool.process)
        let others = lines.filter { !$0.contains(#""msg":"request""#) }
        #expect(others.prefix(5) == [], sourceLocation: sourceLocation)
        #expect(lines.count == counts.answers(of: "5xx"), sourceLocation: sourceLocation)
        let runs = try Self.errors(of: parts.deployer.runner.process).map { try JSON(parsing: $0.utf8) }
        let rolledBack = deployments.filter { $0.value == "rolled_back" }.keys
        #expect(Set(runs.map { $0.deployment?.text }) == Set(rolledBack), sourceLocation: sourceLocation)
    }

    /// The lines of a log that tell of errors. It may be large, and nearly all of it is something else.
    private static func errors(of process: ChildProcess) throws -> [String] {
        let found = try FinishedProcess(
            "grep", ["-aE", #""level":"(error|critical)""#, process.errorPath], within: 300)
        return found.output.split(separator: "\n").map(String.init)
    }
}
