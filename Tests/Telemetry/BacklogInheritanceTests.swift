import FastCGI
import Testing

@testable import Telemetry

/// A process is killed between two steps; its successor has the same slot.
@Suite struct BacklogInheritanceTests {
    private let slot = Slot.unshared()
    private var backlog: Backlog { Backlog(slot) }
    private static let ok = #"chimney_requests_total{route="/a",status_class="2xx"}"#

    /// The slot's memory as a successor finds it if the process is killed now.
    private func inherited() -> Backlog {
        let successor = Slot.unshared()
        successor.backlog.copyMemory(from: UnsafeRawBufferPointer(slot.backlog))
        return Backlog(successor)
    }

    @Test("Killed before it froze: the successor sends everything")
    func beforeFreeze() {
        _ = backlog.append(request(), line: bytes("a"), catalogue: backlogCatalogue)
        let heir = inherited()
        #expect(heir.printed() == ["a"])
        #expect(heir.freeze())
        #expect(heir.lines == ["a"])
        #expect(heir.counts()[Self.ok] == 1)
    }

    @Test("Killed before the store confirmed: the successor sends the same batch under the same number")
    func beforeConfirmation() {
        _ = backlog.append(request(), line: bytes("a"), catalogue: backlogCatalogue)
        #expect(backlog.printed() == ["a"])
        _ = backlog.freeze()
        _ = backlog.append(request(), line: bytes("b"), catalogue: backlogCatalogue)
        let heir = inherited()
        #expect(heir.freeze())
        #expect(heir.batch == backlog.batch)
        #expect(heir.lines == ["a"])
        #expect(heir.counts()[Self.ok] == 1)
        #expect(heir.printed() == ["b"])
        heir.thaw()
        #expect(heir.freeze())
        #expect(heir.lines == ["b"])
    }

    @Test("Killed while it wrote an entry: that entry is not there, and those before it are whole")
    func tornEntry() {
        _ = backlog.append(request(), line: bytes("whole"), catalogue: backlogCatalogue)
        // The bytes of the entry to come are written before the end of the half is moved behind them.
        let before = Array(slot.backlog)
        _ = backlog.append(request(), line: bytes("torn"), catalogue: backlogCatalogue)
        let after = Array(slot.backlog)
        let changed = after.indices.filter { before[$0] != after[$0] }
        // Everything but the four bytes of the half's end.
        for index in changed.dropFirst(1) { #expect(index >= 64 + 16) }
        let successor = Slot.unshared()
        successor.backlog.copyBytes(from: after)
        for index in changed where index < 64 + 16 + 8192 { successor.backlog[index] = before[index] }
        let heir = Backlog(successor)
        #expect(heir.freeze())
        #expect(heir.lines == ["whole"])
        #expect(heir.append(request(), line: bytes("next"), catalogue: backlogCatalogue))
        heir.thaw()
        #expect(heir.freeze())
        #expect(heir.lines == ["next"])
    }

    @Test("Killed after the number was raised and before the halves changed: no number is used twice")
    func betweenNumberAndFreeze() {
        _ = backlog.append(request(), line: bytes("a"), catalogue: backlogCatalogue)
        let state = Array(slot.backlog[0..<4])
        _ = backlog.freeze()
        let raised = backlog.batch
        let successor = Slot.unshared()
        successor.backlog.copyMemory(from: UnsafeRawBufferPointer(slot.backlog))
        for (index, byte) in state.enumerated() { successor.backlog[index] = byte }
        let heir = Backlog(successor)
        #expect(!heir.isFrozen)
        #expect(heir.freeze())
        #expect(heir.batch > raised)
        #expect(heir.lines == ["a"])
    }

    @Test("Killed while it thawed: what is sent once more has the number that the store has seen")
    func whileThawing() {
        backlog.count(backlogCatalogue.index(of: .panics))
        _ = backlog.append(request(), line: bytes("a"), catalogue: backlogCatalogue)
        _ = backlog.freeze()
        let confirmed = backlog.batch
        let state = Array(slot.backlog[0..<4])
        backlog.thaw()
        // All steps of thawing but the last, which changes the state.
        for (index, byte) in state.enumerated() { slot.backlog[index] = byte }
        let heir = inherited()
        #expect(heir.isFrozen)
        #expect(heir.freeze())
        #expect(heir.batch == confirmed)
        #expect(heir.lines.isEmpty)
        heir.thaw()
        #expect(heir.isEmpty)
    }
}
