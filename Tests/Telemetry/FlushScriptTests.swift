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
        batch: String = "", sender: String = "a", at microseconds: Int = 1_000_000, bound: Int = 1000,
        counts: [(String, Int)] = [], lines: [String] = []
    ) throws -> String? {
        let keys = [TelemetryKeys.log, TelemetryKeys.counters, TelemetryKeys.lastID, TelemetryKeys.batch(sender)]
        let texts =
            [batch, String(microseconds), String(bound), String(counts.count)]
            + counts.flatMap { [$0.0, String($0.1)] } + lines
        return try store.evaluate(flushScript, keys: keys.map(store.key), arguments: texts.map { Array($0.utf8) })
            .string
    }

    private var log: [String] {
        get throws {
            try store.run(Command("LRANGE", store.key(TelemetryKeys.log), "0", "-1")).array.compactMap(\.string)
                .reversed()
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
            _ = try send(sender: sender, at: clock, lines: [#""s":"\#(sender)"}"#, #""s":"\#(sender)"}"#])
        }
        let ids = try log.compactMap { LogLine.id(of: $0) }
        #expect(ids.count == 10)
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 10)
        #expect(ids.first == 5000)
        #expect(ids[6] == 9000)
    }

    @Test("A batch that was sent before is counted once, for each sender on its own")
    func repeated() throws {
        let counts = [("x", 2), ("y", 1)]
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

    @Test("A journal full of the shortest lines is not too much for one script")
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
}

extension LogLine {
    fileprivate static func id(of line: String) -> Int? {
        Int(line.dropFirst(#"{"id":"#.count).prefix { $0.isNumber })
    }
}
