import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct IdempotencyTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    @Test("The same key answers with the first one's deployment, as it is by then")
    func repeated() throws {
        let first = try queue.create(key: "k")
        try queue.move(first, .inProgress)
        let again = try queue.create(key: "k")
        #expect(again.id == first.id)
        #expect(again.status == .inProgress)
        #expect(try queue.all().count == 1)
        try queue.expectWhole()
    }

    @Test("With another body it is refused, naming the header")
    func otherBody() throws {
        try queue.create(key: "k")
        #expect(try refusedFields { try queue.create(["version": "2"], key: "k") } == ["Idempotency-Key"])
        #expect(try refusal { try queue.create(["notes": "n"], key: "k") } == 422)
        #expect(try refusal { try queue.create(["deployment_uri": "u"], key: "k") } == 422)
        #expect(try refusal { try queue.create(["auto": false], key: "k") } == 422)
        #expect(try queue.all().count == 1)
        try queue.expectWhole()
    }

    @Test("With another request it is refused as well, whichever came first")
    func otherRoute() throws {
        let deployment = try queue.create(key: "k")
        #expect(try refusal { try queue.claim(key: "k") } == 422)
        #expect(try queue.status(deployment) == .scheduled)
        #expect(try queue.claim(key: "claim")?.id == deployment.id)
        #expect(try refusal { try queue.create(key: "claim") } == 422)
        #expect(try refusal { try queue.rollBack(.deployment(deployment), key: "claim") } == 422)
        try queue.expectWhole()
    }

    @Test("Another organisation's key is another key")
    func otherOrganisation() throws {
        let first = try queue.create(key: "k")
        let other = try TestQueue(organisation: "other", in: queue.test)
        let second = try other.create(["version": "2"], key: "k")
        #expect(first.id != second.id)
        #expect(try other.all().map(\.id) == [second.id])
        #expect(try queue.create(key: "k").id == first.id)
        try queue.expectWhole()
        try other.expectWhole()
    }

    @Test("A key is kept for a day, and a refused request uses none up")
    func life() throws {
        #expect(try refusal { try queue.create(key: "k", limit: 0) } == 429)
        try queue.create(key: "k")
        let keys = try queue.test.keys(beginning: "queue:{acme}:idempotency:")
        #expect(keys.count == 1)
        let key = try #require(keys.first)
        let left = try #require(try queue.test.run("PTTL", key).integer)
        #expect((86_300_000...86_400_000).contains(left))
        try queue.test.run("DEL", key)
        try queue.create(["version": "2"], key: "k")
        #expect(try queue.versions() == ["2", "1.0.0"])
    }

    @Test("Neither a key nor what it was used for can be read in the store")
    func secrecy() throws {
        try queue.create(key: "hunter2")
        let content = try queue.test.content().filter { $0.key.contains("idempotency") }
        #expect(content.count == 1)
        #expect(!content.contains { $0.value.contains("hunter2") })
    }

    @Test(
        "A key is printable ASCII of at most 255 characters",
        arguments: [
            (String(repeating: "k", count: 255), true), (String(repeating: "k", count: 256), false), (" ~", true),
            ("k\u{7F}", false), ("k\t", false), ("ü", false),
        ])
    func form(key: String, isOne: Bool) throws {
        #expect(try refusal { try TestQueue.idempotency(key, route: "create", "x") } == (isOne ? nil : 400))
    }

    @Test("None at all, or an empty one, makes every request a new one", arguments: [nil, ""])
    func none(key: String?) throws {
        try queue.create(key: key)
        try queue.create(key: key)
        #expect(try queue.all().count == 2)
        #expect(try queue.test.keys(beginning: "queue:{acme}:idempotency:").isEmpty)
    }

    @Test("Of many who send the same at once one makes a deployment, and all are told of it")
    func concurrent() throws {
        let queue = queue
        let ids = Collected<String>()
        try HTTPClient.concurrently(16) { _ in
            let own = try queue.connect()
            for number in 0..<20 { ids.add(try own.create(["version": .string("\(number)")], key: "k\(number)").id) }
        }
        #expect(ids.all.count == 320)
        #expect(Set(ids.all).count == 20)
        #expect(try queue.all().count == 20)
        try queue.expectWhole()
    }
}
