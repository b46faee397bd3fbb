import Dragonfly
import Foundation
import Journal
import TestSupport
import Testing

@testable import Durability

/// Journals that cannot be read or written, or hold what nobody understands.
@Suite struct BrokenJournalTests {
    private let hosts: JournalingHosts

    init() throws { hosts = try JournalingHosts() }

    private var files: TemporaryDirectory { hosts.files }
    private var test: TestStore { hosts.test }
    private var north: JournalingHost { hosts.north }
    private var south: JournalingHost { hosts.south }

    private func crash() throws { try hosts.crash() }

    @Test("A journal that cannot be read in part is not taken for restored")
    func unreadable() throws {
        try north.deploy(1)
        let segment = try #require(
            FileManager.default.contentsOfDirectory(atPath: north.journal.directory).first { $0.hasSuffix(".journal") })
        let path = north.journal.directory + "/" + segment
        try FileManager.default.moveItem(atPath: path, toPath: files.file("away"))
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
        try crash()
        #expect(throws: JournalError.self) { try north.restore() }
        #expect(try south.store.durability() == .restoring)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: files.file("away"), toPath: path)
        // Nor is it begun while nobody can tell whom to wait for.
        let hosts = north.journal.directory + "/hosts"
        try FileManager.default.removeItem(atPath: hosts)
        try FileManager.default.createSymbolicLink(atPath: hosts, withDestinationPath: hosts)
        #expect(throws: KnownHosts.Unreadable.self) { try north.restore() }
        try FileManager.default.removeItem(atPath: hosts)
        try north.restore()
        #expect(try north.ringNumbers() == ([1], 1))
    }

    @Test("Entries that nobody can read are told of, and spoil nothing")
    func strange() throws {
        try north.deploy(1)
        try north.journal.begin()
        let odd = [
            Entry(kind: "deploys", fields: [[1]]), Entry(kind: "later", fields: []), Entry(kind: "queue", fields: []),
        ]
        try north.journal.sync(north.journal.append(odd))
        north.journal.end()
        try north.deploy(2)
        try crash()
        let said = try north.restore()
        #expect(said.contains { $0.hasPrefix("3 could not be restored: ") })
        #expect(try north.ringNumbers() == ([1, 2], 2))
    }

    @Test("A journal that cannot be written refuses before the store is touched")
    func unwritable() throws {
        let broken = try JournalingHost("west", directory: files.file("missing/journal"), test)
        guard case .journal(_, isUntouched: true)? = refusal({ try broken.deploy(9) }) else {
            Issue.record("a write was taken")
            return
        }
        guard case .failed = try broken.store.durability() else {
            Issue.record("it is said to be well")
            return
        }
        #expect(try north.ringNumbers().numbers == [])
    }

    @Test(
        "Whoever tells of what it has done already writes without a journal that cannot be written, but not into a gap")
    func needless() throws {
        let runner = try JournalingHost("west", directory: files.file("missing/journal"), test, needsJournal: false)
        #expect(try runner.deploy(9))
        #expect(try north.ringNumbers() == ([9], 1))
        // Where it can be written, it is: and then nothing is taken that a restoration might contradict.
        let other = try JournalingHost("east", directory: files.file("east"), test, needsJournal: false)
        try other.restore()
        #expect(try other.deploy(10))
        try crash()
        guard case .restoring? = refusal({ try other.deploy(11) }) else {
            Issue.record("a write was taken")
            return
        }
        for host in [north, south, other] { try host.restore() }
        #expect(try other.ringNumbers().numbers.contains(10))
    }
}
