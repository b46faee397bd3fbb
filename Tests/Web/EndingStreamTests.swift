import FastCGI
import TestSupport
import Testing

@testable import Web

/// Streams of rings that come to an end.
@Suite struct EndingStreamTests {
    private let fixture: StreamFixture

    init() throws { fixture = try StreamFixture() }

    @Test("Who comes after the end gets all of it and is let go", arguments: [nil, 1, 2])
    func late(after: Int?) throws {
        try fixture.put("log", 1...2)
        try fixture.end("log", 3)
        let client = try fixture.ask("/logs/log", after: after)
        let expected = ((after ?? 0) + 1...3).map(String.init) + ["end"]
        #expect(fixture.all(client) == expected)
    }

    @Test(
        "Who listens gets the lines as they come, and is let go with the last, however it filters", arguments: [0, 1])
    func listening(rank: Int) throws {
        try fixture.put("log", [1])
        let client = try fixture.ask("/logs/log?rank=\(rank)")
        // How far it has got, where a filter leaves everything out.
        let lines = rank == 0 ? ["1", "1"] : ["1"]
        #expect(fixture.turn { client.got == lines }, "\(client.got)")
        #expect(!client.isEnded)
        try fixture.put("log", [2])
        try fixture.end("log", 3)
        #expect(fixture.all(client) == lines + (rank == 0 ? ["2", "3", "end"] : ["3", "end"]))
    }

    @Test("Who has the last line and comes again gets nothing, and is let go at once")
    func again() throws {
        try fixture.put("log", 1...2)
        try fixture.end("log", 3)
        #expect(fixture.all(try fixture.ask("/logs/log", after: 3)) == [])
        #expect(fixture.all(try fixture.ask("/logs/log", after: 9)) == ["gap", "1", "2", "3", "end"])
    }

    @Test("What came after the end is left out")
    func afterwards() throws {
        try fixture.put("log", [1])
        try fixture.end("log", 2)
        try fixture.put("log", [3])
        #expect(fixture.all(try fixture.ask("/logs/log")) == ["1", "2", "end"])
    }

    @Test("A log that does not exist yet is waited for")
    func notYet() throws {
        let client = try fixture.ask("/logs/log")
        #expect(fixture.turn { fixture.streamer.mirrors["log"]?.isExpected == false })
        #expect(!client.isEnded)
        try fixture.put("log", [1])
        #expect(fixture.turn { client.got == ["1"] })
        try fixture.end("log", 2)
        #expect(fixture.all(client) == ["1", "2", "end"])
    }

    @Test("Each log is read for as long as somebody listens to it, and no longer")
    func mirrors() throws {
        try fixture.put("one", [1])
        try fixture.put("two", [1])
        let clients = try ["one", "one", "two"].map { try fixture.ask("/logs/\($0)") }
        #expect(fixture.turn { clients.allSatisfy { $0.got == ["1", "1"] } })
        #expect(Set(fixture.streamer.mirrors.keys) == ["one", "two"])
        try fixture.end("one", 2)
        #expect(fixture.all(clients[0]) == ["1", "1", "2", "end"])
        #expect(fixture.all(clients[1]) == ["1", "1", "2", "end"])
        #expect(fixture.turn { Set(fixture.streamer.mirrors.keys) == ["two"] })
        #expect(!clients[2].isEnded)
        clients[2].hangUp()
        clients[2].settle()
        #expect(fixture.turn { fixture.streamer.mirrors.isEmpty })
    }

    @Test("A ring says how many lines they get who begin", arguments: [(100, 201), (500, 1)])
    func beginning(fresh: Int, first: Int) throws {
        try fixture.put("log", 1...299)
        try fixture.end("log", 300)
        #expect(fixture.all(try fixture.ask("/logs/log?fresh=\(fresh)")) == (first...300).map(String.init) + ["end"])
    }

    @Test("A process that cannot wait ends with the last line as well")
    func alone() throws {
        func answer(_ after: Int?) -> [String] {
            var variables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/logs/log"]
            if let after { variables["HTTP_LAST_EVENT_ID"] = String(after) }
            let request = Request(environment: Environment(variables), body: RequestBody())
            return StreamFixture.summary(fixture.worker.respond(to: request).body)
        }
        try fixture.put("log", 1...2)
        #expect(answer(nil) == ["1", "2", "2"])
        try fixture.end("log", 3)
        #expect(answer(nil) == ["1", "2", "3", "end"])
        #expect(answer(2) == ["3", "end"])
        #expect(answer(3) == [])
    }
}
