import Essentials
import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct QueueBoundTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    @Test("An organisation makes so many a day, rollbacks among them, and is told when the next day begins")
    func daily() throws {
        try queue.create(limit: 3)
        try queue.move(try queue.create(limit: 3), .deployed)
        let current = try queue.create(limit: 3)
        try queue.move(current, .deployed)
        let problem = #expect(throws: Problem.self) { try queue.create(limit: 3) }
        #expect(problem?.status.code == 429)
        let wait = try #require(problem?.headers[.retryAfter].flatMap { Int($0) })
        #expect((1...86_400).contains(wait))
        #expect(try refusal { try queue.rollBack(.deployment(current), limit: 3) } == 429)
        #expect(try queue.status(current) == .deployed)
        #expect(try queue.all().count == 3)
        #expect(try queue.rollBack(.deployment(current), limit: 4).isNew)
        try queue.expectWhole()
        // Another one has its own.
        try TestQueue(organisation: "other", in: queue.test).create(limit: 1)
    }

    @Test("The next day counts anew, and a clock that is behind begins no day")
    func change() throws {
        try queue.create(limit: 2)
        try queue.create(limit: 2)
        let today = Timestamp.microsecondsNow / 86_400_000_000
        func set(day: Int64) throws { try queue.test.run("HSET", queue.key("meta"), "day", String(day)) }
        try set(day: today - 1)
        try queue.create(limit: 2)
        #expect(try queue.test.run("HGET", queue.key("meta"), "created").string == "1")
        try queue.create(limit: 2)
        #expect(try refusal { try queue.create(limit: 2) } == 429)
        try set(day: today + 1)
        #expect(try refusal { try queue.create(limit: 2) } == 429)
        #expect(try queue.test.run("HGET", queue.key("meta"), "day").string == String(today + 1))
    }

    @Test("Many at once make no more than are allowed")
    func concurrent() throws {
        let queue = queue
        let codes = Collected<Int?>()
        try HTTPClient.concurrently(8) { _ in
            let own = try queue.connect()
            for _ in 0..<10 { codes.add(try refusal { try own.create(limit: 50) }) }
        }
        #expect(codes.all.filter { $0 == nil }.count == 50)
        #expect(codes.all.filter { $0 == 429 }.count == 30)
        try queue.expectWhole()
    }

    @Test("A taxonomy has a thousand scheduled ones, whichever way they become so")
    func scheduled() throws {
        let queue = queue
        let taxonomy = try TestQueue.posted().taxonomy
        try queue.deploy(version: "1")
        let current = try queue.deploy(version: "2")
        let claimed = try queue.create(as: .inProgress)
        try HTTPClient.concurrently(4) { _ in
            let own = try queue.connect()
            for _ in 0..<(QueueScript.scheduledBound / 4) { try own.create() }
        }
        #expect(try refusal { try queue.create() } == 409)
        #expect(try refusal { try queue.move(claimed, .scheduled) } == 409)
        #expect(try queue.status(claimed) == .inProgress)
        #expect(try refusal { try queue.rollBack(.current(taxonomy)) } == 409)
        #expect(try queue.test.run("HGET", queue.key("meta"), "created").integer == 1003)
        try queue.expectWhole()
        // What is not scheduled needs no room, and another taxonomy has its own.
        #expect(try queue.rollBack(.deployment(current)).deployment.status == .inProgress)
        try queue.create(["cell": "b"])
        _ = try queue.claim()
        try queue.move(claimed, .scheduled)
        #expect(try refusal { try queue.create() } == 409)
        try queue.expectWhole()
    }

    @Test("A name has a thousand taxonomies")
    func taxonomies() throws {
        let queue = queue
        try HTTPClient.concurrently(4) { index in
            let own = try queue.connect()
            for number in 0..<(QueueStore.taxonomyBound / 4) { try own.create(["cell": .string("\(index)-\(number)")]) }
        }
        #expect(try refusedFields { try queue.create(["cell": "x"]) } == ["name"])
        try queue.create(["cell": "0-0"])
        try queue.create(["name": "other", "cell": "x"])
        #expect(try queue.store.taxonomies(of: "api").count == 1000)
        #expect(try queue.store.taxonomies(of: "other").map { $0[.cell] } == ["x"])
        #expect(try queue.store.taxonomies(of: "none").isEmpty)
        try queue.expectWhole()
    }

    @Test("However long the notes are, a history stays below a bound in bytes, and begins with the creation")
    func historyBytes() throws {
        let deployment = try queue.create()
        for number in 0..<40 {
            let notes = "\(number)" + String(repeating: "\u{1}", count: PostedDeployment.limits.text - 2)
            try queue.change(deployment.id, ["notes": .string(notes)])
        }
        let bytes = try #require(try queue.store.history(deployment.id)).count
        #expect(bytes <= HistoryEntry.byteBound)
        let history = try queue.history(deployment)
        #expect(history.first?.change?.status?.to == "scheduled")
        #expect(history.last?.change?.notes?.to?.text?.hasPrefix("39") == true)
        try queue.expectWhole()
    }
}
