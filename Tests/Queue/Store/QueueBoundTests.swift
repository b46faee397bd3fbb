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
        // Rollbacks are counted for themselves: one that is needed is not refused because of what was made before.
        #expect(try refusal { try queue.rollBack(.deployment(current), limit: 0) } == 429)
        #expect(try queue.status(current) == .deployed)
        #expect(try queue.all().count == 3)
        #expect(try queue.rollBack(.deployment(current), limit: 1).isNew)
        #expect(try refusal { try queue.create(limit: 3) } == 429)
        try queue.expectWhole()
        // Another one has its own.
        try TestQueue(organisation: "other", in: queue.test).create(limit: 1)
    }

    @Test("The next day counts anew, and a clock that is behind begins no day")
    func change() throws {
        try queue.create(limit: 2)
        try queue.create(limit: 2)
        let today = Timestamp.now.seconds / 86_400
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

    @Test("A taxonomy has a bound of scheduled ones, whichever way they become so")
    func scheduled() throws {
        let queue = queue
        let taxonomy = try TestQueue.posted().taxonomy
        for version in ["1", "2"] { try queue.deploy(version: version) }
        let current = try queue.deploy(version: "3")
        let claimed = try queue.create(as: .inProgress)
        try HTTPClient.concurrently(4) { _ in
            let own = try queue.connect()
            for _ in 0..<(QueueScript.scheduledBound / 4) { try own.create() }
        }
        #expect(try refusal { try queue.create() } == 409)
        #expect(try refusal { try queue.move(claimed, .scheduled) } == 409)
        #expect(try queue.status(claimed) == .inProgress)
        #expect(
            try queue.test.run("HGET", queue.key("meta"), "created").integer == 4 + Int64(QueueScript.scheduledBound))
        try queue.expectWhole()
        // What is not scheduled needs no room, and another taxonomy has its own.
        #expect(try queue.rollBack(.deployment(current)).deployment.status == .inProgress)
        try queue.create(["cell": "b"])
        _ = try queue.claim()
        try queue.move(claimed, .scheduled)
        #expect(try refusal { try queue.create() } == 409)
        // Rollbacks have some room of their own, and no more than that.
        for _ in 0..<QueueScript.reserve { #expect(try queue.rollBack(.current(taxonomy)).isNew) }
        #expect(try refusal { try queue.rollBack(.current(taxonomy)) } == 409)
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
        func change(_ number: Int, length: Int) throws -> [JSON] {
            let notes = "\(number)" + String(repeating: "\u{1}", count: length)
            try queue.change(deployment.id, ["notes": .string(notes)])
            let history = try queue.history(deployment)
            #expect(history.first?.change?.status?.to == "scheduled")
            #expect(history.last?.change?.notes?.to?.text == notes)
            return history
        }
        for number in 0..<40 {
            let history = try change(number, length: 100)
            #expect(try #require(try queue.store.history(deployment.id)).count <= HistoryEntry.byteBound)
            #expect(history.count > min(number + 1, 8))
        }
        // One change alone is longer: it is all that is kept besides the creation.
        _ = try change(40, length: 3990)
        for number in 41..<43 { #expect(try change(number, length: 3990).count == 2) }
        try queue.expectWhole()
    }
}
