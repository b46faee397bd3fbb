import FastCGI
import Testing

@testable import Telemetry

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
        _ = journal.append(request(), line: bytes("a"), catalogue: journalCatalogue)
        let heir = inherited()
        #expect(heir.printed() == ["a"])
        #expect(heir.freeze())
        #expect(heir.lines == ["a"])
        #expect(heir.counts()[Self.ok] == 1)
    }

    @Test("Killed before the store confirmed: the successor sends the same batch under the same number")
    func beforeConfirmation() {
        _ = journal.append(request(), line: bytes("a"), catalogue: journalCatalogue)
        #expect(journal.printed() == ["a"])
        _ = journal.freeze()
        _ = journal.append(request(), line: bytes("b"), catalogue: journalCatalogue)
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
        _ = journal.append(request(), line: bytes("whole"), catalogue: journalCatalogue)
        // The bytes of the entry to come are written before the end of the half is moved behind them.
        let before = Array(slot.journal)
        _ = journal.append(request(), line: bytes("torn"), catalogue: journalCatalogue)
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
        #expect(heir.append(request(), line: bytes("next"), catalogue: journalCatalogue))
        heir.thaw()
        #expect(heir.freeze())
        #expect(heir.lines == ["next"])
    }

    @Test("Killed after the number was raised and before the halves changed: no number is used twice")
    func betweenNumberAndFreeze() {
        _ = journal.append(request(), line: bytes("a"), catalogue: journalCatalogue)
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
        journal.count(journalCatalogue.index(of: .panics))
        _ = journal.append(request(), line: bytes("a"), catalogue: journalCatalogue)
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
