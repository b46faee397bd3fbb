import Essentials
import Telemetry
import TestSupport
import Testing

@testable import Queue

@Suite struct QueueReporterTests {
    private let queue: TestQueue
    private let events = Events()

    /// Collects what listeners would get.
    private final class Events {
        private(set) var all: [JSON] = []

        func add(_ type: EventType, _ data: (inout JSONWriter) -> Void) {
            #expect(type == .queue)
            all.append((try? JSON(parsing: JSONWriter.object(data))) ?? .null)
        }

        var moves: [String] { all.map { "\($0.version?.text ?? "") \($0.status?.text ?? "")" } }
    }

    init() throws { queue = try TestQueue() }

    private func reporter(hasEvents: Bool = true) throws -> QueueReporter {
        var settings = Settings(environment: hasEvents ? [:] : ["QUEUE_EVENTS": "false"])
        let reporter = QueueReporter(settings: &settings)
        #expect(settings.problems.isEmpty)
        return reporter
    }

    private func move(
        _ id: String, _ status: Status, notes: String? = nil, of organisation: String = "ACME",
        by reporter: QueueReporter? = nil
    ) throws -> QueueReporter.Moved {
        try (reporter ?? self.reporter()).move(
            id, of: organisation, to: status, notes: notes, by: "runner on host1", in: queue.store.store,
            emit: events.add)
    }

    @Test("A deployment is moved from its beginning to its end, and the history says by whom")
    func whole() throws {
        let deployment = try queue.create(version: "1.0.0")
        #expect(try move(deployment.id, .inProgress) == .moved)
        #expect(try move(deployment.id, .deployed, notes: "took 3 s") == .moved)
        #expect(try queue.status(deployment) == .deployed)
        #expect(try queue.store.deployment(deployment.id)?.parsed.notes == "took 3 s")
        let last = try #require(try queue.history(deployment).last)
        #expect(last.actor == "runner on host1")
        #expect(last.repository == .null)
        #expect(last.workflow == .null)
        #expect(last.change?.status?.to == "deployed")
        #expect(events.moves == ["1.0.0 in_progress", "1.0.0 deployed"])
        #expect(events.all.first?.organisation == "ACME")
        #expect(try queue.test.run("HGET", queue.key("counters"), "updated|deployed").integer == 1)
        try queue.expectWhole()
    }

    @Test("The same again changes nothing and is not told", arguments: [Status.inProgress, .deployed, .failed])
    func again(status: Status) throws {
        let deployment = try queue.create()
        #expect(try move(deployment.id, status, notes: "n") == .moved)
        let history = try queue.history(deployment).count
        #expect(try move(deployment.id, status, notes: "n") == .unchanged)
        #expect(try queue.history(deployment).count == history)
        #expect(events.all.count == 1)
        try queue.expectWhole()
    }

    @Test("What the contract does not allow is reported with the status that there is, and not done")
    func conflict() throws {
        let deployed = try queue.create(as: .deployed)
        #expect(try move(deployed.id, .inProgress, notes: "n") == .conflict(.deployed))
        #expect(try move(deployed.id, .failed) == .conflict(.deployed))
        let skipped = try queue.create(as: .skipped)
        #expect(try move(skipped.id, .deployed) == .conflict(.skipped))
        #expect(try queue.status(deployed) == .deployed)
        #expect(try queue.store.deployment(deployed.id)?.parsed.notes == .null)
        #expect(events.all.isEmpty)
        try queue.expectWhole()
    }

    @Test("Older ones are skipped with one that is deployed, and told of")
    func skipped() throws {
        let old = try queue.create(version: "1.0.0")
        let new = try queue.create(version: "2.0.0")
        #expect(try move(new.id, .deployed) == .moved)
        #expect(try queue.status(old) == .skipped)
        #expect(events.moves == ["2.0.0 deployed", "1.0.0 skipped"])
        try queue.expectWhole()
    }

    @Test("Another organisation's deployment is none of this one's", arguments: ["other", "", "acme}:records", "a b"])
    func missing(organisation: String) throws {
        let deployment = try queue.create()
        #expect(try move(deployment.id, .inProgress, of: organisation) == .missing)
        #expect(try move("nothing", .inProgress) == .missing)
        let reporter = try reporter()
        let store = queue.store.store
        #expect(try reporter.check(deployment.id, of: "acme", in: store))
        #expect(try !reporter.check(deployment.id, of: organisation, in: store))
        #expect(try !reporter.check("nothing", of: "acme", in: store))
        #expect(try queue.status(deployment) == .scheduled)
    }

    @Test("Notes are as long as those that are posted may be")
    func notes() throws {
        let deployment = try queue.create()
        #expect(try move(deployment.id, .failed, notes: String(repeating: "\u{1F468}", count: 5000)) == .moved)
        #expect(try queue.store.deployment(deployment.id)?.parsed.notes?.text?.unicodeScalars.count == 4000)
    }

    @Test("Without events it is moved all the same")
    func withoutEvents() throws {
        let deployment = try queue.create()
        #expect(try move(deployment.id, .inProgress, by: reporter(hasEvents: false)) == .moved)
        #expect(events.all.isEmpty)
        #expect(try queue.status(deployment) == .inProgress)
    }
}
