import Essentials
import FastCGI
import Logging
import Testing

@testable import Telemetry

@Suite struct RingEntryTests {
    @Test(
        "A line's id and level are read from its beginning",
        arguments: [
            (#"{"id":17,"time":"2026-02-21T10:13:00.000Z","level":"info","msg":"x"}"#, 17, .info),
            (#"{"id":1771668780000000,"time":"t","level":"critical"}"#, 1_771_668_780_000_000, .critical),
            (#"{"id":0,"time":"t","level":"trace","msg":"\"level\":\"error\""}"#, 0, .trace),
        ] as [(String, Int, Logger.Level)])
    func valid(text: String, id: Int, level: Logger.Level) throws {
        let line = try #require(RingEntry(Array(text.utf8)))
        #expect(line.id == id)
        #expect(line.level == level)
    }

    @Test("An event has a type in place of a level")
    func event() throws {
        let entry = try #require(
            RingEntry(
                Array(#"{"id":18,"time":"2026-02-21T10:13:00.000Z","type":"origin.up","data":{"level":"x"}}"#.utf8)))
        #expect(entry.id == 18)
        #expect(entry.level == nil)
        #expect(entry.type == "origin.up")
    }

    @Test(
        "What is no line of the ring is none",
        arguments: [
            "", "{", "{\"id\":", #"{"time":"t","level":"info"}"#, #"{"id":1}"#, #"{"id":1,"level":"loud"}"#,
            #"{"id":1,"time":"t","level":"info"#, #"{"id":1,"level":"info"}"#, #"{"id":1,"time":"t","level":"loud"}"#,
            #"{"id":1,"time":"t","msg":"x","level":"info"}"#, #"{"id":1,"time":"t"#, "garbage",
        ])
    func rubbish(text: String) {
        #expect(RingEntry(Array(text.utf8)) == nil)
    }

    @Test("Digits without an end do not trap")
    func endlessID() {
        _ = RingEntry(Array((#"{"id":"# + String(repeating: "9", count: 100) + #","time":"t","level":"info""#).utf8))
    }

    @Test("A line is an object without its opening brace; id, time and level come first")
    func writer() {
        var writer = LineWriter(time: Timestamp(milliseconds: 0), level: .warning, message: "a\"b")
        writer.member("n", 5)
        writer.member("absent", Int?.none)
        writer.member("ms", microseconds: 12_034)
        writer.member("list", ["x", "y"])
        writer.member("a\"b" as String, "c")
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #""time":"1970-01-01T00:00:00.000Z","level":"warning","msg":"a\"b","n":5,"absent":null,"ms":12.034,"#
                + #""list":["x","y"],"a\"b":"c"}"#)
    }

    @Test("Levels have the names of the API")
    func levels() {
        #expect(Logger.Level(name: "warning") == .warning)
        #expect(Logger.Level(name: "WARNING") == nil)
        #expect(Logger.Level(name: "") == nil)
        #expect(Logger.Level.names == "trace, debug, info, notice, warning, error, critical")
    }
}

@Suite struct RequestRecordTests {
    private func line(_ record: RequestRecord) -> String {
        var writer = LineWriter(time: record.time, level: record.level, message: "request")
        record.write(to: &writer, catalogue: Catalogue(routes: ["/a"]))
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("The line of a request has the contract's members in their order")
    func members() {
        var record = RequestRecord()
        record.path = "/a"
        record.route = 0
        record.status = 200
        record.bytes = 12
        record.requestID = "r"
        record.traceID = "t"
        record.spanID = "s"
        record.began = 1000
        record.ended = 2500
        #expect(
            line(record)
                == #""time":"1970-01-01T00:00:00.000Z","level":"info","msg":"request","method":"GET","route":"/a","path":"/a","#
                + #""status":200,"latency_ms":1.500,"cache_hit":null,"cache_tier":null,"bytes":12,"request_id":"r","#
                + #""trace_id":"t","span_id":"s"}"#)
    }

    @Test(
        "What the server is to blame for stands out",
        arguments: [(200, "info"), (499, "info"), (500, "error"), (503, "error")])
    func level(status: Int, expected: String) {
        var record = RequestRecord()
        record.status = status
        #expect(line(record).contains(#""level":"\#(expected)""#))
    }

    @Test("A long path is cut", arguments: [String(repeating: "a", count: 5000), String(repeating: "é", count: 5000)])
    func longPath(path: String) {
        var record = RequestRecord()
        record.path = "/" + path
        #expect(line(record).utf8.count < 1024)
    }

    @Test("A long path is cut by bytes, not by what is one character to a reader")
    func combiningPath() {
        var record = RequestRecord()
        record.path = "/a" + String(repeating: "\u{301}", count: 10_000)
        #expect(line(record).utf8.count < 1024)
    }

    @Test("Clocks and waits out of range do not trap")
    func ranges() {
        var record = RequestRecord()
        record.began = 10
        record.ended = 5
        record.status = -1
        record.waited = .max
        #expect(record.entry.microseconds == .max)
        #expect(record.entry.waited == UInt32.max - 1)
        #expect(record.entry.status == 0)
        _ = line(record)
    }
}
