import FastCGI
import Testing

@testable import Telemetry

private let catalogue = Catalogue(routes: ["/a", "/b"])

private func request(route: UInt32 = 0, status: UInt32 = 200) -> JournalEntry.Request {
    JournalEntry.Request(
        route: route, status: status, microseconds: 1000, waited: JournalEntry.Request.unknownWait)
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

extension Journal {
    fileprivate var lines: [String] { frozenLines().map { String(decoding: $0, as: UTF8.self) } }

    fileprivate func counts() -> [String: Int64] {
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: catalogue.samples.count) { buffer in
            frozenCounts(catalogue, into: buffer)
            var counts: [String: Int64] = [:]
            for (index, count) in buffer.enumerated() where count != 0 {
                counts[String(decoding: catalogue.samples[index], as: UTF8.self)] = count
            }
            return counts
        }
    }

    fileprivate func printed() -> [String] {
        var lines: [String] = []
        takeUnprinted { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    /// Appends lines until one is dropped; returns how many were kept.
    fileprivate func fill(line: [UInt8]) -> Int {
        var kept = 0
        while append(request(), line: line, catalogue: catalogue) { kept += 1 }
        return kept
    }
}

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
        #expect(journal.append(request(), line: bytes("one"), catalogue: catalogue))
        #expect(journal.append(nil, line: bytes("two"), catalogue: catalogue))
        #expect(journal.append(request(), line: [], catalogue: catalogue))
        #expect(journal.append(request(route: 1, status: 503), line: bytes("four!"), catalogue: catalogue))
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
        _ = journal.append(request(), line: bytes("first"), catalogue: catalogue)
        #expect(journal.freeze())
        let number = journal.batch
        _ = journal.append(request(), line: bytes("second"), catalogue: catalogue)
        journal.count(catalogue.panics)
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
            _ = journal.append(request(), line: bytes("line \(round)"), catalogue: catalogue)
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
        journal.count(catalogue.panics, by: 2)
        #expect(!journal.isEmpty)
        #expect(journal.freeze())
        #expect(journal.lines.isEmpty)
        #expect(journal.counts() == ["chimney_panics_total": 2])
        journal.thaw()
        _ = journal.append(nil, line: bytes("x"), catalogue: catalogue)
        #expect(journal.freeze())
        #expect(journal.counts().isEmpty)
        journal.thaw()
        journal.count(catalogue.panics)
        #expect(journal.freeze())
        #expect(journal.counts() == ["chimney_panics_total": 1])
    }

    @Test("Each line is handed over for printing once, across freezing and thawing")
    func printing() {
        _ = journal.append(nil, line: bytes("1"), catalogue: catalogue)
        #expect(journal.printed() == ["1"])
        #expect(journal.printed().isEmpty)
        _ = journal.append(nil, line: bytes("2"), catalogue: catalogue)
        _ = journal.freeze()
        _ = journal.append(nil, line: bytes("3"), catalogue: catalogue)
        #expect(journal.printed() == ["2", "3"], "oldest first, the frozen half before the active one")
        #expect(journal.printed().isEmpty)
        journal.thaw()
        #expect(journal.printed().isEmpty)
        _ = journal.freeze()
        journal.thaw()
        _ = journal.append(nil, line: bytes("4"), catalogue: catalogue)
        _ = journal.append(request(), line: [], catalogue: catalogue)
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
        #expect(!journal.append(nil, line: backtrace, catalogue: catalogue))
        #expect(journal.append(nil, line: backtrace, isVital: true, catalogue: catalogue))
        #expect(
            journal.append(request(), line: [UInt8](repeating: 122, count: 700), isVital: true, catalogue: catalogue))
        #expect(journal.freeze())
        #expect(journal.lines.suffix(2).map(\.utf8.count) == [5000, 700])
        #expect(journal.counts()[Self.dropped] == 2)
    }

    @Test("Beyond its room lines are dropped and counted, requests still counted")
    func overflow() {
        let line = [UInt8](repeating: 120, count: 400)
        let kept = journal.fill(line: line)
        #expect(kept > 50)
        for _ in 0..<9 { #expect(!journal.append(request(), line: line, catalogue: catalogue)) }
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
        #expect(journal.append(request(), line: [], catalogue: catalogue))
        #expect(journal.freeze())
        #expect(journal.counts()[Self.dropped] == 1)
    }

    @Test("A line larger than all the room is dropped, and what follows is kept")
    func giant() {
        let giant = [UInt8](repeating: 120, count: Scoreboard.journalSize)
        #expect(!journal.append(nil, line: giant, catalogue: catalogue))
        #expect(journal.append(nil, line: bytes("small"), catalogue: catalogue))
        #expect(journal.freeze())
        #expect(journal.lines == ["small"])
        #expect(journal.counts() == [Self.dropped: 1])
    }

    @Test("A million requests without a store are counted")
    func longOutage() {
        for _ in 0..<100_000 { _ = journal.append(request(), line: bytes("a line of a request"), catalogue: catalogue) }
        _ = journal.freeze()
        let first = journal.counts()[Self.ok] ?? 0
        for _ in 0..<10 { _ = journal.append(request(), line: bytes("x"), catalogue: catalogue) }
        journal.thaw()
        _ = journal.freeze()
        #expect(first + (journal.counts()[Self.ok] ?? 0) == 100_010)
    }
}

/// A process is killed between two steps; its successor has the same slot.
@Suite struct JournalInheritanceTests {
    private let slot = Slot.unshared()
    private var journal: Journal { Journal(slot) }
    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#

    /// The slot's memory as a successor finds it if the process is killed now.
    private func inherited() -> Journal {
        let successor = Slot.unshared()
        successor.journal.copyMemory(from: UnsafeRawBufferPointer(slot.journal))
        return Journal(successor)
    }

    @Test("Killed before it froze: the successor sends everything")
    func beforeFreeze() {
        _ = journal.append(request(), line: bytes("a"), catalogue: catalogue)
        let heir = inherited()
        #expect(heir.printed() == ["a"])
        #expect(heir.freeze())
        #expect(heir.lines == ["a"])
        #expect(heir.counts()[Self.ok] == 1)
    }

    @Test("Killed before the store confirmed: the successor sends the same batch under the same number")
    func beforeConfirmation() {
        _ = journal.append(request(), line: bytes("a"), catalogue: catalogue)
        #expect(journal.printed() == ["a"])
        _ = journal.freeze()
        _ = journal.append(request(), line: bytes("b"), catalogue: catalogue)
        let heir = inherited()
        #expect(heir.freeze())
        #expect(heir.batch == journal.batch)
        #expect(heir.lines == ["a"])
        #expect(heir.counts()[Self.ok] == 1)
        #expect(heir.printed() == ["b"])
        heir.thaw()
        #expect(heir.freeze())
        #expect(heir.lines == ["b"])
    }

    @Test("Killed while it wrote an entry: that entry is not there, and those before it are whole")
    func tornEntry() {
        _ = journal.append(request(), line: bytes("whole"), catalogue: catalogue)
        // The bytes of the entry to come are written before the end of the half is moved behind them.
        let before = Array(slot.journal)
        _ = journal.append(request(), line: bytes("torn"), catalogue: catalogue)
        let after = Array(slot.journal)
        let changed = after.indices.filter { before[$0] != after[$0] }
        // Everything but the four bytes of the half's end.
        for index in changed.dropFirst(1) { #expect(index >= 64 + 16) }
        let successor = Slot.unshared()
        successor.journal.copyBytes(from: after)
        for index in changed where index < 64 + 16 + 8192 { successor.journal[index] = before[index] }
        let heir = Journal(successor)
        #expect(heir.freeze())
        #expect(heir.lines == ["whole"])
        #expect(heir.append(request(), line: bytes("next"), catalogue: catalogue))
        heir.thaw()
        #expect(heir.freeze())
        #expect(heir.lines == ["next"])
    }

    @Test("Killed after the number was raised and before the halves changed: no number is used twice")
    func betweenNumberAndFreeze() {
        _ = journal.append(request(), line: bytes("a"), catalogue: catalogue)
        let state = Array(slot.journal[0..<4])
        _ = journal.freeze()
        let raised = journal.batch
        let successor = Slot.unshared()
        successor.journal.copyMemory(from: UnsafeRawBufferPointer(slot.journal))
        for (index, byte) in state.enumerated() { successor.journal[index] = byte }
        let heir = Journal(successor)
        #expect(!heir.isFrozen)
        #expect(heir.freeze())
        #expect(heir.batch > raised)
        #expect(heir.lines == ["a"])
    }

    @Test("Killed while it thawed: what is sent once more has the number that the store has seen")
    func whileThawing() {
        journal.count(catalogue.panics)
        _ = journal.append(request(), line: bytes("a"), catalogue: catalogue)
        _ = journal.freeze()
        let confirmed = journal.batch
        let state = Array(slot.journal[0..<4])
        journal.thaw()
        // All steps of thawing but the last, which changes the state.
        for (index, byte) in state.enumerated() { slot.journal[index] = byte }
        let heir = inherited()
        #expect(heir.isFrozen)
        #expect(heir.freeze())
        #expect(heir.batch == confirmed)
        #expect(heir.lines.isEmpty)
        heir.thaw()
        #expect(heir.isEmpty)
    }
}
