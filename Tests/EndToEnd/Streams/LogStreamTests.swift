import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `GET /api/logs/stream` and `GET /api/events`: what comes, and from where it goes on.
    @Suite(.origin(environment: ["CHIMNEY_FAULTS": "true"])) struct LogStreamTests {
        let origin: Origin

        init() throws { origin = try .current }

        private func mark() -> String { "mark-\(UInt32.random(in: 0...(.max)))" }

        private func ask(_ id: String, _ path: String = "/health") throws {
            _ = try origin.get(path, [("X-Request-ID", id)])
        }

        @Test("A new line comes with its id, and the stream has the header of a stream", arguments: ["GET", "HEAD"])
        func header(method: String) throws {
            for path in ["/api/logs/stream", "/api/events"] {
                let fields: [(name: String, value: String)]
                if method == "GET" {
                    let stream = try origin.stream(path)
                    let head = try #require(stream.head())
                    #expect(head.status == 200)
                    fields = head.fields
                } else {
                    let answer = try origin.http.request("HEAD", path)
                    #expect(answer.status == 200)
                    #expect(answer.body.isEmpty)
                    fields = answer.fields
                }
                func value(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
                #expect(value("content-type") == "text/event-stream")
                #expect(value("cache-control") == "no-store")
                #expect(value("x-accel-buffering") == "no")
                #expect(value("access-control-allow-origin") == "*")
                #expect(value("x-request-id")?.isEmpty == false)
                #expect(value("x-trace-id")?.count == 32)
                #expect(value("status") == nil)
            }
        }

        @Test("Lines come as they are written, with their ids")
        func lines() throws {
            let stream = try origin.stream("/api/logs/stream")
            _ = try #require(stream.head())
            let id = mark()
            try ask(id)
            let events = stream.events { $0.json.request_id?.text == id }
            let event = try #require(events.last)
            #expect(event.type == "message")
            #expect(event.json.request_id?.text == id)
            #expect(event.id == event.json["id"]?.integer.map(String.init))
            #expect(stream.retry == 2000)
            let line = try value { () throws in try origin.logLines("request_id=\(id)").first }
            #expect(line == event.json, "the line of the ring, unchanged")
        }

        @Test("A stream begins with the newest 100")
        func beginning() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents(1...130)
            let events = try origin.stream("/api/events").events { $0.number == 130 }
            #expect(events.map(\.number) == Array(31...130))
        }

        @Test("A level leaves out what is below it")
        func level() throws {
            let (first, second) = (mark(), mark())
            let stream = try origin.stream("/api/logs/stream?level=error")
            _ = try #require(stream.head())
            try ask(first)
            try ask(second, "/debug/fail")
            let events = stream.events { $0.json.request_id?.text == second && $0.json.msg == "request" }
            #expect(events.last?.json.request_id?.text == second)
            #expect(events.allSatisfy { $0.json.level == "error" || $0.json.level == "critical" })
            #expect(!events.contains { $0.json.request_id?.text == first })
        }

        @Test("A stream goes on after the id of the header, or else of the query", arguments: [true, false])
        func resumption(isHeader: Bool) throws {
            let marks = (0..<5).map { _ in mark() }
            for mark in marks {
                try ask(mark)
                #expect(try eventually { try !origin.logLines("request_id=\(mark)").isEmpty })
            }
            let ids = try marks.map { try #require(origin.logLines("request_id=\($0)").first?["id"]?.integer) }
            let stream =
                isHeader
                ? try origin.stream("/api/logs/stream?last_event_id=1", after: String(ids[1]))
                : try origin.stream("/api/logs/stream?last_event_id=\(ids[1])")
            let events = stream.events { $0.json.request_id?.text == marks[4] }
            let got = events.compactMap(\.json.request_id?.text).filter { marks.contains($0) }
            #expect(got == Array(marks[2...]))
            #expect(!events.contains { $0.type == "gap" })
        }

        @Test("An id that is none is refused", arguments: ["x", "-1", "1.5", "99999999999999999999"])
        func wrongID(id: String) throws {
            expectProblem(try origin.get("/api/logs/stream", [("Last-Event-ID", id)]), 400)
            expectProblem(try origin.get("/api/events?last_event_id=\(id)"), 400)
        }

        @Test func wrongLevelsAreRefused() throws {
            expectProblem(try origin.get("/api/logs/stream?level=loud"), 400)
        }

        @Test(arguments: ["/api/logs/stream", "/api/events"])
        func methodsAreThoseOfTheRoute(path: String) throws {
            expectProblem(try origin.http.request("POST", path, body: []), 405)
            let answer = try origin.http.request("OPTIONS", path)
            #expect(answer.status == 204)
            #expect(answer["Access-Control-Allow-Headers"]?.contains("Last-Event-ID") == true)
        }

        @Test("Events come by the name of their type, after the id that the client had")
        func events() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents(1...3)
            let stream = try origin.stream("/api/events", after: "1")
            #expect(stream.next()?.number == 2)
            let third = try #require(stream.next())
            #expect(third.number == 3)
            #expect(third.id == "3")
            try origin.putEvents([4], type: "github.down")
            let fourth = try #require(stream.next())
            #expect(fourth.type == "github.down")
            #expect(fourth.json.type == "github.down")
        }

        @Test("Where the ring does not hold what follows, a gap is told before what it does hold")
        func gaps() throws {
            try origin.store.run("DEL", origin.eventRing)
            // One more than the ring holds.
            try origin.putEvents(10...510)
            for after in [5, 511] {
                let stream = try origin.stream("/api/events", after: String(after))
                let events = stream.events { $0.number == 510 }
                #expect(events.map(\.number) == [nil] + (11...510).map { $0 })
                #expect(events.first?.type == "gap")
                #expect(events.first?.json.data?.after?.integer == after)
            }
            for (after, expected) in [("508", [509, 510]), ("509", [510])] {
                let stream = try origin.stream("/api/events", after: after)
                #expect(stream.events { $0.number == 510 }.map(\.number) == expected)
            }
        }

        @Test("An id from before the store was emptied is a gap, however few lines there have been since")
        func refilled() async throws {
            try await withOrigin { origin throws in
                try origin.store.run("DEL", origin.eventRing)
                try origin.putEvents(10...12)
                let stream = try origin.stream("/api/events", after: "5")
                let events = stream.events { $0.number == 12 }
                #expect(events.first?.type == "gap")
                #expect(events.dropFirst().map(\.number) == [10, 11, 12])
            }
        }

        @Test("After the store was emptied, who resumes is told of the gap, and who listens as well")
        func emptied() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents(1...3)
            let listening = try origin.stream("/api/events")
            #expect(listening.events { $0.number == 3 }.count == 3)
            try origin.store.run("DEL", origin.eventRing)
            let resuming = try origin.stream("/api/events", after: "3")
            #expect(resuming.next()?.type == "gap")
            #expect(listening.next()?.type == "gap")
            try origin.putEvents(100...101)
            for stream in [listening, resuming] {
                #expect(stream.events { $0.number == 101 }.map(\.number) == [100, 101])
            }
        }

        @Test("A ring that moves on by more than all of it is a gap for who listens")
        func overrun() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents([1])
            let stream = try origin.stream("/api/events")
            #expect(stream.next()?.number == 1)
            // In one step, so that nothing is read in between.
            try origin.store.run(
                "EVAL",
                """
                redis.call('DEL', KEYS[1])
                for id = 1000, 1499 do
                  redis.call('LPUSH', KEYS[1],
                    '{"id":' .. id .. ',"time":"t","type":"deploy","data":{"n":' .. id .. '}}')
                end
                return 1
                """, "1", origin.eventRing)
            let events = stream.events { $0.number == 1499 }
            #expect(events.first?.type == "gap")
            #expect(events.compactMap(\.number) == Array(1000...1499))
        }

        @Test("A ring that was put back to an earlier state is a gap, and nothing of it comes twice")
        func restored() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents(1...3)
            let stream = try origin.stream("/api/events")
            #expect(stream.events { $0.number == 3 }.count == 3)
            try origin.store.run("LPOP", origin.eventRing, "2")
            #expect(stream.next()?.type == "gap")
            try origin.putEvents([8])
            #expect(stream.next()?.number == 8)
            // Who comes with an id that was lost is told, and gets all there is.
            let late = try origin.stream("/api/events", after: "9")
            #expect(late.events { $0.number == 8 }.map { $0.number ?? 0 } == [0, 1, 8])
        }

        @Test("What is no line of a ring breaks no stream")
        func rubbish() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents([1])
            let stream = try origin.stream("/api/events")
            #expect(stream.next()?.number == 1)
            for _ in 0..<10 { try origin.store.run("LPUSH", origin.eventRing, "rubbish\n\nevent: deploy\n") }
            try origin.putEvents([2], type: "de\nploy")
            try origin.putEvents([3])
            let events = stream.events { $0.number == 3 }
            #expect(events.compactMap { $0.json["id"]?.integer } == [2, 3])
            #expect(events.first?.type == "message")
        }

        @Test("A heartbeat comes every 15 seconds, from where a filter has left nothing to resume")
        func heartbeat() throws {
            let stream = try origin.stream("/api/logs/stream?level=critical")
            let id = mark()
            try ask(id)
            #expect(try eventually { try !origin.logLines("request_id=\(id)").isEmpty })
            let beat = try #require(stream.next("heartbeat", within: 60))
            #expect(beat.json.type == "heartbeat")
            let line = try #require(origin.logLines("request_id=\(id)").first?["id"]?.integer)
            #expect(try #require(beat.id.flatMap { Int($0) }) >= line)
        }

        @Test("Who hangs up is not kept for long")
        func hangUp() throws {
            let streams = try (0..<5).map { _ in try origin.stream("/api/events") }
            for stream in streams { _ = try #require(stream.head()) }
            #expect(try eventually { try (origin.streamer.clients?.integer ?? 0) >= 5 })
            for stream in streams { stream.close() }
            #expect(try origin.keeps(0, within: 90))
        }
    }
}
