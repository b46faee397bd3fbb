import Dragonfly
import TestSupport
import Testing

@testable import Telemetry

/// The script by which all processes send what they have to tell.
@Suite struct FlushScriptTests {
    private let test: TestStore
    private let store: Store

    init() throws {
        test = try TestStore()
        store = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
    }

    private func send(
        batch: String = "", sender: String = "a", at microseconds: Int64 = 1_000_000, bound: Int = 1000,
        outbox: Int = 0, host: String = "north", counts: [(String, Int64)] = [], lines: [String] = [],
        events: [String] = [],
        spans: [String] = []
    ) throws -> String? {
        var content = FlushBatch()
        if let number = UInt64(batch) { content.sender = (sender, number) }
        content.counts = counts.map { (Array($0.0.utf8), $0.1) }
        content.lines = lines.map { Array($0.utf8) }
        content.events = events.map { Array($0.utf8) }
        content.spans = spans.map { Array($0.utf8) }
        content.exportHost = outbox == 0 ? nil : host
        let bounds = FlushBatch.Bounds(log: bound, events: bound, outbox: outbox)
        return try store.evaluate(
            flushScript, keys: content.keys.map(store.key), arguments: content.arguments(at: microseconds, bounds)
        ).string
    }

    private func list(_ key: String) throws -> [String] {
        try store.run(Command("LRANGE", store.key(key), "0", "-1")).array.compactMap(\.string)
    }

    private var log: [String] {
        get throws {
            try list(TelemetryKeys.log).reversed()
        }
    }

    private var counters: [String: Int64] {
        get throws {
            try store.run(Command("HGETALL", store.key(TelemetryKeys.counters))).dictionary.compactMapValues(\.integer)
        }
    }

    @Test("Lines get ids that begin with the sender's clock, and stand in the ring in their order")
    func ids() throws {
        #expect(try send(at: 1_771_668_780_000_000, lines: [#""n":1}"#, #""n":2}"#]) == "1")
        #expect(try log == [#"{"id":1771668780000000,"n":1}"#, #"{"id":1771668780000001,"n":2}"#])
    }

    @Test("Ids grow whatever the senders' clocks say")
    func clocksApart() throws {
        for (sender, clock) in [("a", 5000), ("b", 1000), ("a", 4000), ("c", 9000), ("b", 2)] {
            _ = try send(sender: sender, at: Int64(clock), lines: [#""s":"\#(sender)"}"#, #""s":"\#(sender)"}"#])
        }
        let ids = try log.compactMap { Self.id(of: $0) }
        #expect(ids.count == 10)
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 10)
        #expect(ids.first == 5000)
        #expect(ids[6] == 9000)
    }

    @Test("A batch that was sent before is counted once, for each sender on its own")
    func repeated() throws {
        let counts = [("x", 2), ("y", 1)] as [(String, Int64)]
        #expect(try send(batch: "1", counts: counts, lines: [#""n":1}"#]) == "1")
        #expect(try send(batch: "1", counts: counts, lines: [#""n":1}"#]) == "0")
        #expect(try send(batch: "1", sender: "b", counts: counts, lines: [#""n":2}"#]) == "1")
        #expect(try send(batch: "2", counts: counts, lines: [#""n":3}"#]) == "1")
        #expect(try send(batch: "1", counts: counts, lines: [#""n":1}"#]) == "0")
        #expect(try log.count == 3)
        #expect(try counters == ["x": 6, "y": 3])
    }

    @Test("A batch number is compared as a number", arguments: [("9", "10"), ("99", "100"), ("9999999", "10000000")])
    func batchNumbers(first: String, second: String) throws {
        #expect(try send(batch: first, counts: [("x", 1)]) == "1")
        #expect(try send(batch: second, counts: [("x", 1)]) == "1")
        #expect(try send(batch: first, counts: [("x", 1)]) == "0")
        #expect(try counters == ["x": 2])
    }

    @Test("A sender that sends once has no number")
    func unnumbered() throws {
        #expect(try send(sender: "", counts: [("x", 1)], lines: [#""n":1}"#]) == "1")
        #expect(try send(sender: "", counts: [("x", 1)], lines: [#""n":1}"#]) == "1")
        #expect(try counters == ["x": 2])
        #expect(try log.count == 2)
        #expect(try store.run(Command("EXISTS", store.key(TelemetryKeys.batch("")))).integer == 0)
    }

    @Test("The ring keeps the newest lines")
    func bound() throws {
        for number in 0..<7 { _ = try send(bound: 3, lines: [#""n":\#(number)}"#]) }
        #expect(try log.map { $0.split(separator: ",")[1] } == [#""n":4}"#, #""n":5}"#, #""n":6}"#])
        _ = try send(bound: 3, lines: (0..<500).map { #""m":\#($0)}"# })
        #expect(try log.count == 3)
        #expect(try log.last?.hasSuffix(#""m":499}"#) == true)
    }

    @Test("A backlog full of the shortest lines is not too much for one script")
    func manyLines() throws {
        let lines = (0..<3000).map { #""n":\#($0)}"# }
        #expect(try send(batch: "1", lines: lines) == "1")
        #expect(try log.count == 1000)
    }

    @Test("Counts without lines leave the ring and the ids alone")
    func countsAlone() throws {
        _ = try send(batch: "1", counts: [("x", 3)])
        #expect(try log.isEmpty)
        #expect(try counters == ["x": 3])
        #expect(try store.run(Command("EXISTS", store.key(TelemetryKeys.lastID))).integer == 0)
    }

    @Test("The number of a batch is forgotten after a day, so that dead senders leave nothing behind")
    func forgotten() throws {
        _ = try send(batch: "1", counts: [("x", 1)])
        let rest = try store.run(Command("PTTL", store.key(TelemetryKeys.batch("a")))).integer ?? 0
        #expect((1...86_400_000).contains(rest))
        for key in [TelemetryKeys.counters] {
            #expect(try store.run(Command("PTTL", store.key(key))).integer == -1)
        }
    }

    @Test("Lines and events have rings of their own, and ids that grow over both")
    func events() throws {
        _ = try send(at: 7000, lines: [#""n":1}"#, #""n":2}"#], events: [#""e":1}"#])
        _ = try send(at: 0, events: [#""e":2}"#])
        _ = try send(at: 0, lines: [#""n":3}"#])
        #expect(try log == [#"{"id":7000,"n":1}"#, #"{"id":7001,"n":2}"#, #"{"id":7004,"n":3}"#])
        #expect(try list(TelemetryKeys.events) == [#"{"id":7003,"e":2}"#, #"{"id":7002,"e":1}"#])
    }

    @Test("The outbox gets lines with their ids, and spans, newest first and with their host; events do not go there")
    func outbox() throws {
        _ = try send(at: 5, outbox: 100, lines: [#""n":1}"#, #""n":2}"#], events: [#""e":1}"#], spans: [#""s":1}"#])
        _ = try send(at: 5, outbox: 100, host: #"a"b"#, spans: [#""s":2}"#])
        #expect(
            try list(TelemetryKeys.outbox).reversed() == [
                #"{"host":"north","id":5,"n":1}"#, #"{"host":"north","id":6,"n":2}"#, #"{"host":"north","s":1}"#,
                #"{"host":"a\"b","s":2}"#,
            ])
        #expect(try log == [#"{"id":5,"n":1}"#, #"{"id":6,"n":2}"#])
    }

    @Test("Without export the outbox stays empty")
    func noOutbox() throws {
        _ = try send(lines: [#""n":1}"#], spans: [#""s":1}"#])
        #expect(try list(TelemetryKeys.outbox).isEmpty)
        #expect(try log.count == 1)
    }

    @Test("What the outbox has no room for is dropped from its old end, and counted")
    func outboxBound() throws {
        _ = try send(outbox: 3, lines: (0..<5).map { #""n":\#($0)}"# })
        #expect(try list(TelemetryKeys.outbox).reversed().map { $0.suffix(6) } == [#""n":2}"#, #""n":3}"#, #""n":4}"#])
        _ = try send(outbox: 3, spans: [#""s":1}"#])
        #expect(try list(TelemetryKeys.outbox).first == #"{"host":"north","s":1}"#)
        #expect(try counters == ["chimney_export_dropped_total": 3])
    }

    private static func id(of line: String) -> Int? {
        Int(line.dropFirst(#"{"id":"#.count).prefix { $0.isNumber })
    }
}
