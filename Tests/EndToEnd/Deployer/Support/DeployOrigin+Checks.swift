import TestSupport
import Testing

extension DeployOrigin {
    /// Publishes the first versions, `sha(1)` and so on, at the dockers of all hosts.
    func publish(_ count: Int) throws {
        for runner in runners {
            for digit in 1...count { try runner.docker.publish(Self.image, tag: Self.sha(digit)) }
        }
    }

    /// Has a version run before a test begins, and be the good one.
    func succeed(_ sha: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let answer = try deploy(sha)
        try #require(answer.status == 200, "\(answer.text)", sourceLocation: sourceLocation)
    }

    /// Goes back to the version before. No two calls are the same, so that none is a replay.
    func rollBack() throws -> HTTPAnswer {
        try call("/deploy/rollback", Self.body("").replacing(#""image_sha":"","#, with: ""))
    }

    /// Checks that nothing is under way and nothing is left over: no lease, nothing in a list, nothing taken.
    func expectAtRest(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var left: [String] = []
        let isAtRest = try eventually(within: 60) {
            left = try ["{deployer}:lease", "{deployer}:jobs", "{deployer}:active"].flatMap(keys)
            return left.isEmpty
        }
        #expect(isAtRest, "\(left) \(runner.log.suffix(1000))", sourceLocation: sourceLocation)
        for runner in runners {
            #expect(try runner.docker.unknownCommands == [], sourceLocation: sourceLocation)
        }
    }

    /// Checks that a deployment is told of in the same way wherever it is asked for, and that nothing is left over.
    ///
    /// - Parameters:
    ///   - answer: what the caller was answered.
    ///   - phases: those of its events, in their order.
    func expectRecord(
        of answer: HTTPAnswer, phases: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectAtRest(sourceLocation: sourceLocation)
        let told = try answer.json
        let id = try #require(told.id?.text, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(try state(id) == told, sourceLocation: sourceLocation)
        let listed = try origin.get("/deploy?service=app&limit=1").json.deployments?[0]
        #expect(listed?.id == told.id && listed?.status == told.status, sourceLocation: sourceLocation)
        #expect(listed?.names.contains("logs") == false, sourceLocation: sourceLocation)
        #expect(told.finished_at?.text != nil, sourceLocation: sourceLocation)
        #expect((told.host == .null) == (told.status == "succeeded"), sourceLocation: sourceLocation)
        let lines = told.logs?.list.compactMap(\.text) ?? []
        #expect(!lines.isEmpty && told.log_lines?.integer == lines.count, sourceLocation: sourceLocation)
        let form = #/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] \[[A-Z]+\] .+/#
        #expect(lines.allSatisfy { $0.wholeMatch(of: form) != nil }, "\(lines)", sourceLocation: sourceLocation)

        var events: [JSON] = []
        let isOver = try eventually(within: 60) {
            events =
                try origin.get("/api/events/recent?type=deployment&limit=500").json.events?.list
                .compactMap(\.data).filter { $0.id?.text == id } ?? []
            return events.contains { $0.state == told.status }
        }
        #expect(isOver, "\(events)", sourceLocation: sourceLocation)
        // That of the worker which took the call may be anywhere among those of the runner.
        var rest = phases[...]
        for phase in events.compactMap(\.phase?.text) where phase == rest.first { rest = rest.dropFirst() }
        #expect(rest.isEmpty, "\(events.compactMap(\.phase?.text))", sourceLocation: sourceLocation)
        let seen = Set(events.compactMap(\.phase?.text))
        #expect(seen.subtracting(["waiting"]) == Set(phases), sourceLocation: sourceLocation)
    }
}

extension DeployOrigin {
    /// Checks that nothing was run and nothing was stored, but that the runners are there.
    func expectNothingStored(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let stored = try keys("{deployer}:").filter { !$0.hasSuffix("{deployer}:runners") }
        #expect(stored == [], sourceLocation: sourceLocation)
        for runner in runners { #expect(try runner.docker.commands == [], sourceLocation: sourceLocation) }
        #expect(try origin.get("/deploy").json.deployments == [], sourceLocation: sourceLocation)
    }
}
