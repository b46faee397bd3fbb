import FastCGI
import Testing

@testable import Telemetry

@Suite struct BacklogTests {
    private let slot = Slot.unshared()
    private var backlog: Backlog { Backlog(slot) }

    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#
    private static let failed = #"chimney_requests_total{route="/b",status_class="5xx"}"#

    @Test("An empty backlog has nothing to send")
    func empty() {
        #expect(backlog.isEmpty)
        #expect(!backlog.freeze())
        #expect(!backlog.isFrozen)
        #expect(backlog.printed().isEmpty)
    }

    @Test("Entries become a batch: lines in their order, counts summed up")
    func batch() {
        #expect(backlog.append(request(), line: bytes("one"), catalogue: backlogCatalogue))
        #expect(backlog.append(nil, line: bytes("two"), catalogue: backlogCatalogue))
        #expect(backlog.append(request(), line: [], catalogue: backlogCatalogue))
        #expect(backlog.append(request(route: 1, status: 503), line: bytes("four!"), catalogue: backlogCatalogue))
        #expect(!backlog.isEmpty)
        #expect(backlog.freeze())
        #expect(backlog.isFrozen)
        #expect(backlog.lines == ["one", "two", "four!"])
        let counts = backlog.counts()
        #expect(counts[Self.ok] == 2)
        #expect(counts[Self.failed] == 1)
        #expect(counts["chimney_log_dropped_total"] == nil)
        backlog.thaw()
        #expect(backlog.isEmpty)
    }

    @Test("A frozen batch does not change, and what comes after it is the next one")
    func halfFrozen() {
        _ = backlog.append(request(), line: bytes("first"), catalogue: backlogCatalogue)
        #expect(backlog.freeze())
        let number = backlog.batch
        _ = backlog.append(request(), line: bytes("second"), catalogue: backlogCatalogue)
        backlog.count(backlogCatalogue.index(of: .panics))
        #expect(backlog.freeze(), "the frozen batch is to be sent again")
        #expect(backlog.batch == number)
        #expect(backlog.lines == ["first"])
        #expect(backlog.counts()[Self.ok] == 1)
        #expect(backlog.counts()["chimney_panics_total"] == nil)

        backlog.thaw()
        #expect(!backlog.isEmpty)
        #expect(backlog.freeze())
        #expect(backlog.batch == number + 1)
        #expect(backlog.lines == ["second"])
        #expect(backlog.counts()["chimney_panics_total"] == 1)
        backlog.thaw()
        #expect(backlog.isEmpty)
    }

    @Test("Batches are numbered, and the two halves take turns, for ever")
    func turns() {
        for round in 1...2000 {
            _ = backlog.append(request(), line: bytes("line \(round)"), catalogue: backlogCatalogue)
            #expect(backlog.freeze())
            #expect(backlog.batch == UInt64(round))
            #expect(backlog.lines == ["line \(round)"])
            #expect(backlog.counts()[Self.ok] == 1)
            backlog.thaw()
        }
        #expect(backlog.isEmpty)
    }

    @Test("A counter that no request raises is something to send")
    func countAlone() {
        backlog.count(backlogCatalogue.index(of: .panics), by: 2)
        #expect(!backlog.isEmpty)
        #expect(backlog.freeze())
        #expect(backlog.lines.isEmpty)
        #expect(backlog.counts() == ["chimney_panics_total": 2])
        backlog.thaw()
        _ = backlog.append(nil, line: bytes("x"), catalogue: backlogCatalogue)
        #expect(backlog.freeze())
        #expect(backlog.counts().isEmpty)
        backlog.thaw()
        backlog.count(backlogCatalogue.index(of: .panics))
        #expect(backlog.freeze())
        #expect(backlog.counts() == ["chimney_panics_total": 1])
    }

    @Test("Each line is handed over for printing once, across freezing and thawing")
    func printing() {
        _ = backlog.append(nil, line: bytes("1"), catalogue: backlogCatalogue)
        #expect(backlog.printed() == ["1"])
        #expect(backlog.printed().isEmpty)
        _ = backlog.append(nil, line: bytes("2"), catalogue: backlogCatalogue)
        _ = backlog.freeze()
        _ = backlog.append(nil, line: bytes("3"), catalogue: backlogCatalogue)
        #expect(backlog.printed() == ["2", "3"], "oldest first, the frozen half before the active one")
        #expect(backlog.printed().isEmpty)
        backlog.thaw()
        #expect(backlog.printed().isEmpty)
        _ = backlog.freeze()
        backlog.thaw()
        _ = backlog.append(nil, line: bytes("4"), catalogue: backlogCatalogue)
        _ = backlog.append(request(), line: [], catalogue: backlogCatalogue)
        #expect(backlog.printed() == ["4"])
    }
}

/// What is kept, and what is dropped, while the store is away.
@Suite struct BacklogOverflowTests {
    private let slot = Slot.unshared()
    private var backlog: Backlog { Backlog(slot) }
    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#
    private static let dropped = "chimney_log_dropped_total"

    @Test("What explains a crash has room where nothing else has")
    func vital() {
        _ = backlog.fill(line: [UInt8](repeating: 120, count: 400))
        let backtrace = [UInt8](repeating: 121, count: 5000)
        #expect(!backlog.append(nil, line: backtrace, catalogue: backlogCatalogue))
        #expect(backlog.append(nil, line: backtrace, isVital: true, catalogue: backlogCatalogue))
        #expect(
            backlog.append(
                request(), line: [UInt8](repeating: 122, count: 700), isVital: true, catalogue: backlogCatalogue))
        #expect(backlog.freeze())
        #expect(backlog.lines.suffix(2).map(\.utf8.count) == [5000, 700])
        #expect(backlog.counts()[Self.dropped] == 2)
    }

    @Test("Lines leave room to events, and both to what explains a crash")
    func events() {
        _ = backlog.fill(line: [UInt8](repeating: 120, count: 400))
        let event = [UInt8](repeating: 121, count: 350)
        var kept = 0
        while kept < 100, backlog.append(nil, line: event, kind: .event, catalogue: backlogCatalogue) { kept += 1 }
        #expect((20..<100).contains(kept))
        let backtrace = [UInt8](repeating: 122, count: 5000)
        #expect(backlog.append(nil, line: backtrace, isVital: true, catalogue: backlogCatalogue))
        #expect(backlog.freeze())
        #expect(backlog.frozenLines(.event).count == kept)
    }

    @Test("Beyond its room lines are dropped and counted, requests still counted")
    func overflow() {
        let line = [UInt8](repeating: 120, count: 400)
        let kept = backlog.fill(line: line)
        #expect(kept > 50)
        for _ in 0..<9 { #expect(!backlog.append(request(), line: line, catalogue: backlogCatalogue)) }
        #expect(backlog.freeze())
        #expect(backlog.lines.count == kept)
        #expect(backlog.lines.allSatisfy { $0.utf8.count == 400 })
        #expect(backlog.counts()[Self.ok] == Int64(kept) + 10)
        #expect(backlog.counts()[Self.dropped] == 10)
        backlog.thaw()
        #expect(backlog.isEmpty)
    }

    @Test("Both halves can overflow, and the counts of each are sent with it")
    func bothHalves() {
        let line = [UInt8](repeating: 120, count: 1000)
        let first = backlog.fill(line: line)
        #expect(backlog.freeze())
        let second = backlog.fill(line: line)
        #expect(first == second)
        #expect(backlog.counts()[Self.ok] == Int64(first) + 1)
        backlog.thaw()
        #expect(backlog.freeze())
        #expect(backlog.counts()[Self.ok] == Int64(second) + 1)
        #expect(backlog.counts()[Self.dropped] == 1)
        backlog.thaw()
        #expect(backlog.fill(line: line) == first)
    }

    @Test("A request whose line the log level leaves out loses none")
    func withoutLine() {
        _ = backlog.fill(line: [UInt8](repeating: 120, count: 1))
        #expect(backlog.append(request(), line: [], catalogue: backlogCatalogue))
        #expect(backlog.freeze())
        #expect(backlog.counts()[Self.dropped] == 1)
    }

    @Test("A line larger than all the room is dropped, and what follows is kept")
    func giant() {
        let giant = [UInt8](repeating: 120, count: Scoreboard.backlogSize)
        #expect(!backlog.append(nil, line: giant, catalogue: backlogCatalogue))
        #expect(backlog.append(nil, line: bytes("small"), catalogue: backlogCatalogue))
        #expect(backlog.freeze())
        #expect(backlog.lines == ["small"])
        #expect(backlog.counts() == [Self.dropped: 1])
    }

    @Test("A million requests without a store are counted")
    func longOutage() {
        for _ in 0..<100_000 {
            _ = backlog.append(request(), line: bytes("a line of a request"), catalogue: backlogCatalogue)
        }
        _ = backlog.freeze()
        let first = backlog.counts()[Self.ok] ?? 0
        for _ in 0..<10 { _ = backlog.append(request(), line: bytes("x"), catalogue: backlogCatalogue) }
        backlog.thaw()
        _ = backlog.freeze()
        #expect(first + (backlog.counts()[Self.ok] ?? 0) == 100_010)
    }
}
