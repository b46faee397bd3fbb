import FastCGI
import Testing

@testable import Telemetry

@Suite struct JournalTests {
    private let slot = Slot.unshared()
    private var journal: Journal { Journal(slot) }

    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#
    private static let failed = #"chimney_requests_total{route="/b",status_class="5xx"}"#

    @Test("An empty journal has nothing to send")
    func empty() {
        #expect(journal.isEmpty)
        #expect(!journal.freeze())
        #expect(!journal.isFrozen)
        #expect(journal.printed().isEmpty)
    }

    @Test("Entries become a batch: lines in their order, counts summed up")
    func batch() {
        #expect(journal.append(request(), line: bytes("one"), catalogue: journalCatalogue))
        #expect(journal.append(nil, line: bytes("two"), catalogue: journalCatalogue))
        #expect(journal.append(request(), line: [], catalogue: journalCatalogue))
        #expect(journal.append(request(route: 1, status: 503), line: bytes("four!"), catalogue: journalCatalogue))
        #expect(!journal.isEmpty)
        #expect(journal.freeze())
        #expect(journal.isFrozen)
        #expect(journal.lines == ["one", "two", "four!"])
        let counts = journal.counts()
        #expect(counts[Self.ok] == 2)
        #expect(counts[Self.failed] == 1)
        #expect(counts["chimney_log_dropped_total"] == nil)
        journal.thaw()
        #expect(journal.isEmpty)
    }

    @Test("A frozen batch does not change, and what comes after it is the next one")
    func halfFrozen() {
        _ = journal.append(request(), line: bytes("first"), catalogue: journalCatalogue)
        #expect(journal.freeze())
        let number = journal.batch
        _ = journal.append(request(), line: bytes("second"), catalogue: journalCatalogue)
        journal.count(journalCatalogue.index(of: .panics))
        #expect(journal.freeze(), "the frozen batch is to be sent again")
        #expect(journal.batch == number)
        #expect(journal.lines == ["first"])
        #expect(journal.counts()[Self.ok] == 1)
        #expect(journal.counts()["chimney_panics_total"] == nil)

        journal.thaw()
        #expect(!journal.isEmpty)
        #expect(journal.freeze())
        #expect(journal.batch == number + 1)
        #expect(journal.lines == ["second"])
        #expect(journal.counts()["chimney_panics_total"] == 1)
        journal.thaw()
        #expect(journal.isEmpty)
    }

    @Test("Batches are numbered, and the two halves take turns, for ever")
    func turns() {
        for round in 1...2000 {
            _ = journal.append(request(), line: bytes("line \(round)"), catalogue: journalCatalogue)
            #expect(journal.freeze())
            #expect(journal.batch == UInt64(round))
            #expect(journal.lines == ["line \(round)"])
            #expect(journal.counts()[Self.ok] == 1)
            journal.thaw()
        }
        #expect(journal.isEmpty)
    }

    @Test("A counter that no request raises is something to send")
    func countAlone() {
        journal.count(journalCatalogue.index(of: .panics), by: 2)
        #expect(!journal.isEmpty)
        #expect(journal.freeze())
        #expect(journal.lines.isEmpty)
        #expect(journal.counts() == ["chimney_panics_total": 2])
        journal.thaw()
        _ = journal.append(nil, line: bytes("x"), catalogue: journalCatalogue)
        #expect(journal.freeze())
        #expect(journal.counts().isEmpty)
        journal.thaw()
        journal.count(journalCatalogue.index(of: .panics))
        #expect(journal.freeze())
        #expect(journal.counts() == ["chimney_panics_total": 1])
    }

    @Test("Each line is handed over for printing once, across freezing and thawing")
    func printing() {
        _ = journal.append(nil, line: bytes("1"), catalogue: journalCatalogue)
        #expect(journal.printed() == ["1"])
        #expect(journal.printed().isEmpty)
        _ = journal.append(nil, line: bytes("2"), catalogue: journalCatalogue)
        _ = journal.freeze()
        _ = journal.append(nil, line: bytes("3"), catalogue: journalCatalogue)
        #expect(journal.printed() == ["2", "3"], "oldest first, the frozen half before the active one")
        #expect(journal.printed().isEmpty)
        journal.thaw()
        #expect(journal.printed().isEmpty)
        _ = journal.freeze()
        journal.thaw()
        _ = journal.append(nil, line: bytes("4"), catalogue: journalCatalogue)
        _ = journal.append(request(), line: [], catalogue: journalCatalogue)
        #expect(journal.printed() == ["4"])
    }
}

/// What is kept, and what is dropped, while the store is away.
@Suite struct JournalOverflowTests {
    private let slot = Slot.unshared()
    private var journal: Journal { Journal(slot) }
    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#
    private static let dropped = "chimney_log_dropped_total"

    @Test("What explains a crash has room where nothing else has")
    func vital() {
        _ = journal.fill(line: [UInt8](repeating: 120, count: 400))
        let backtrace = [UInt8](repeating: 121, count: 5000)
        #expect(!journal.append(nil, line: backtrace, catalogue: journalCatalogue))
        #expect(journal.append(nil, line: backtrace, isVital: true, catalogue: journalCatalogue))
        #expect(
            journal.append(
                request(), line: [UInt8](repeating: 122, count: 700), isVital: true, catalogue: journalCatalogue))
        #expect(journal.freeze())
        #expect(journal.lines.suffix(2).map(\.utf8.count) == [5000, 700])
        #expect(journal.counts()[Self.dropped] == 2)
    }

    @Test("Beyond its room lines are dropped and counted, requests still counted")
    func overflow() {
        let line = [UInt8](repeating: 120, count: 400)
        let kept = journal.fill(line: line)
        #expect(kept > 50)
        for _ in 0..<9 { #expect(!journal.append(request(), line: line, catalogue: journalCatalogue)) }
        #expect(journal.freeze())
        #expect(journal.lines.count == kept)
        #expect(journal.lines.allSatisfy { $0.utf8.count == 400 })
        #expect(journal.counts()[Self.ok] == Int64(kept) + 10)
        #expect(journal.counts()[Self.dropped] == 10)
        journal.thaw()
        #expect(journal.isEmpty)
    }

    @Test("Both halves can overflow, and the counts of each are sent with it")
    func bothHalves() {
        let line = [UInt8](repeating: 120, count: 1000)
        let first = journal.fill(line: line)
        #expect(journal.freeze())
        let second = journal.fill(line: line)
        #expect(first == second)
        #expect(journal.counts()[Self.ok] == Int64(first) + 1)
        journal.thaw()
        #expect(journal.freeze())
        #expect(journal.counts()[Self.ok] == Int64(second) + 1)
        #expect(journal.counts()[Self.dropped] == 1)
        journal.thaw()
        #expect(journal.fill(line: line) == first)
    }

    @Test("A request whose line the log level leaves out loses none")
    func withoutLine() {
        _ = journal.fill(line: [UInt8](repeating: 120, count: 1))
        #expect(journal.append(request(), line: [], catalogue: journalCatalogue))
        #expect(journal.freeze())
        #expect(journal.counts()[Self.dropped] == 1)
    }

    @Test("A line larger than all the room is dropped, and what follows is kept")
    func giant() {
        let giant = [UInt8](repeating: 120, count: Scoreboard.journalSize)
        #expect(!journal.append(nil, line: giant, catalogue: journalCatalogue))
        #expect(journal.append(nil, line: bytes("small"), catalogue: journalCatalogue))
        #expect(journal.freeze())
        #expect(journal.lines == ["small"])
        #expect(journal.counts() == [Self.dropped: 1])
    }

    @Test("A million requests without a store are counted")
    func longOutage() {
        for _ in 0..<100_000 {
            _ = journal.append(request(), line: bytes("a line of a request"), catalogue: journalCatalogue)
        }
        _ = journal.freeze()
        let first = journal.counts()[Self.ok] ?? 0
        for _ in 0..<10 { _ = journal.append(request(), line: bytes("x"), catalogue: journalCatalogue) }
        journal.thaw()
        _ = journal.freeze()
        #expect(first + (journal.counts()[Self.ok] ?? 0) == 100_010)
    }
}
