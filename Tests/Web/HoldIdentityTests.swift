import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import TestSupport
import Testing

@testable import Web

@Suite struct HoldIdentityTests {
    @Test("Its id cannot be guessed, and tells its limit")
    func ids() throws {
        let limit = Timestamp(milliseconds: 1_771_668_780_123)
        let holds = (0..<100).map { _ in Hold(until: limit) }
        #expect(Set(holds.map(\.id)).count == 100)
        for hold in holds {
            #expect(Hold(id: hold.id) == hold)
            #expect(Hold(id: hold.id)?.limit == limit)
            #expect(hold.id.prefix { $0 != "-" }.count == 32)
        }
    }

    @Test(
        "What no hold is called is none",
        arguments: [
            "", "-", "x", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef-",
            "0123456789abcdef0123456789abcdef-xyz", "0123456789abcdef0123456789abcdef-1-2",
            "0123456789abcdef0123456789abcde-1", "0123456789abcdef0123456789abcdef-1234567890abc",
            "*123456789abcdef0123456789abcdef-1", "0123456789abcdef0123456789abcdef-+1",
        ])
    func rubbish(id: String) {
        #expect(Hold(id: id) == nil)
    }

    @Test("What is handed over lasts as long as it was to, whatever the limit says by then")
    func handedOver() throws {
        let wait = Wait(for: Hold(until: Timestamp.now.adding(milliseconds: 60_000)))
        #expect(Wait(wait.text) == wait)
        let left = wait.deadline - MonotonicClock.microseconds
        #expect((30_000_000...60_000_000).contains(left))
        // The clock was set ahead since: the limit seems to be long past.
        let past = Hold(until: Timestamp(milliseconds: 1))
        let handed = try #require(Wait("\(past.id)-\(String(wait.deadline, radix: 16))"))
        #expect(handed.hold == past)
        #expect(handed.deadline == wait.deadline)
        // Who knows no more than the hold.
        #expect(try #require(Wait(past.id)).deadline <= MonotonicClock.microseconds)
    }

    @Test(
        "What was not handed over is no wait",
        arguments: [
            "", "-", "x", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef-1-",
            "0123456789abcdef0123456789abcdef-1-+1", "0123456789abcdef0123456789abcdef-1-x",
            "0123456789abcdef0123456789abcdef-1-1-1", "0123456789abcdef0123456789abcdef--1-1",
            "0123456789abcdef0123456789abcdef-1-10000000000000000", "0123456789abcdef0123456789abcdef-1-\u{FF11}",
            "0123456789abcdef0123456789abcdef-1-1\u{301}", "-0123456789abcdef0123456789abcdef-1-1",
        ])
    func noWait(text: String) {
        #expect(Wait(text) == nil)
    }

    @Test("An outcome comes back as it was left; the first one counts")
    func outcome() throws {
        let server = try StoreServer()
        let store = Store(url: try #require(StoreURL(server.url)), timeout: 5000)
        let hold = Hold(until: .now)
        #expect(try hold.outcome(in: store) == nil)
        var response = Response(
            status: .created, fields: [.contentType: "application/json", .location: "/x"],
            body: [0, 1, 13, 10, 13, 10, 255])
        response.fields.append(HTTPField(name: HTTPField.Name("Link")!, value: "<a>; rel=\"next\""))
        try hold.finish(with: response, in: store)
        try hold.finish(with: .json([]), in: store)
        let found = try #require(try hold.outcome(in: store))
        #expect(found.status == .created)
        #expect(found.status.reasonPhrase == "Created")
        #expect(found.fields == response.fields)
        #expect(found.body == response.body)
        let left = try #require(store.run(Command("PTTL", [Array(hold.key(in: store).utf8)])).integer)
        #expect((60_000...300_000).contains(left))

        let brief = Hold(until: .now)
        try brief.finish(with: .json([]), in: store, keeping: 20_000)
        let rest = try #require(store.run(Command("PTTL", [Array(brief.key(in: store).utf8)])).integer)
        #expect((1...20_000).contains(rest))
    }

    @Test("An error as the outcome gets the request that it is an answer to")
    func problem() throws {
        let server = try StoreServer()
        let store = Store(url: try #require(StoreURL(server.url)), timeout: 5000)
        let hold = Hold(until: .now)
        try hold.finish(with: Problem.invalid([.init(field: "a", message: "b")]), in: store)
        let answer = try #require(try hold.outcome(in: store)).addressed(to: "r-1")
        let json = try JSON(parsing: answer.body)
        #expect(json.request_id == "r-1")
        #expect(json.status == 422)
        #expect(json.errors?[0]?.field == "a")
        #expect(JSON.isCompact(answer.body))
    }

    @Test(
        "What is no outcome is none",
        arguments: ["", "x", "\r\n\r\n", "Status: x\r\n\r\n", "Status: 99\r\n\r\n", "a\r\n\r\n"])
    func noOutcome(text: String) {
        #expect(Outcome.read(Array(text.utf8)) == nil)
    }
}
