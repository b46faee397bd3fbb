import Foundation
import TestSupport
import Testing

@testable import Journal

/// The files of a journal, written and read by several processes' worth of it.
@Suite struct JournalTests {
    let files: TemporaryDirectory
    let directory: String

    init() throws {
        files = try TemporaryDirectory()
        directory = files.file("journal")
    }

    func journal(size: Int = 16 << 20) -> Journal { Journal(directory: directory, size: size) }

    func entry(_ number: Int, bytes: Int = 10) -> Entry {
        Entry(
            kind: "test", fields: [Array("\(number)".utf8), [UInt8](repeating: UInt8(number & 255), count: bytes), []])
    }

    @discardableResult
    func write(_ entries: Entry..., to journal: Journal) throws -> Position {
        try journal.begin()
        defer { journal.end() }
        let position = try journal.append(entries)
        try journal.sync(position)
        return position
    }

    func read(_ journal: Journal, from start: Position? = nil) throws -> (entries: [Entry], skipped: Int) {
        var reader = try journal.read(from: start, to: journal.position())
        var entries: [Entry] = []
        while let some = try reader.next() { entries += some }
        return (entries, reader.skipped)
    }

    var segments: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".journal") }.sorted()
        }
    }

    @Test("What was written is read, in its order, from any place on, by whoever opens it")
    func roundTrip() throws {
        let one = journal()
        try write(entry(1), entry(2, bytes: 3 << 20), to: one)
        let middle = try write(entry(3, bytes: 0), to: one)
        try write(entry(4), to: journal())
        #expect(try read(journal()).entries == [entry(1), entry(2, bytes: 3 << 20), entry(3, bytes: 0), entry(4)])
        #expect(try read(one, from: middle).entries == [entry(4)])
        #expect(try read(one).skipped == 0)
        #expect(Position("\(middle)") == middle)
    }

    @Test("Before anything was written there is nothing")
    func empty() throws {
        #expect(try journal().quietEnd() == Position(segment: 0, offset: 0))
        #expect(try read(journal()).entries.isEmpty)
    }

    @Test("What was not written to its end is skipped, and what follows it is found")
    func torn() throws {
        let one = journal()
        try write(entry(1), to: one)
        let path = directory + "/" + (try #require(segments.first))
        let whole = entry(2, bytes: 500).bytes
        for part in [Array(whole[..<3]), Array(whole[..<200]), [UInt8](repeating: 0, count: 5000)] {
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data(part))
            try file.close()
            try write(entry(3), to: journal())
        }
        var changed = entry(4, bytes: 300).bytes
        changed[100] ^= 1
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(changed + entry(5).bytes + whole[..<400]))
        try file.close()
        let found = try read(journal())
        #expect(found.entries == [entry(1), entry(3), entry(3), entry(3), entry(5)])
        #expect(found.skipped == 3 + 200 + 5000 + changed.count + 400)
    }

    @Test("What cannot be read is not passed over: it is read once it can be")
    func unreadable() throws {
        let one = journal(size: 16 << 10)
        for number in 0..<10 { try write(entry(number, bytes: 300), to: one) }
        let oldest = directory + "/" + (try #require(segments.first))
        var reader = try one.read(from: nil, to: one.position())
        // Not even root can open it.
        try FileManager.default.moveItem(atPath: oldest, toPath: files.file("away"))
        try FileManager.default.createSymbolicLink(atPath: oldest, withDestinationPath: oldest)
        for _ in 0..<3 { #expect(throws: JournalError.self) { try reader.next() } }
        try FileManager.default.removeItem(atPath: oldest)
        try FileManager.default.moveItem(atPath: files.file("away"), toPath: oldest)
        var entries: [Entry] = []
        while let some = try reader.next() { entries += some }
        #expect(entries == (0..<10).map { entry($0, bytes: 300) })
    }

    @Test("It grows to its size and no further: the oldest segments go")
    func rotation() throws {
        let (one, other) = (journal(size: 16 << 10), journal(size: 16 << 10))
        for number in 0..<100 { try write(entry(number, bytes: 300), to: number % 3 == 0 ? other : one) }
        #expect(try segments.count == 16)
        let numbers = try read(one).entries.compactMap { Int(String(decoding: $0.fields[0], as: UTF8.self)) }
        #expect(numbers.count < 64)
        #expect(numbers == Array((100 - numbers.count)..<100))
        let size = try segments.reduce(0) { sum, name in
            sum + (try #require(FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size] as? Int))
        }
        #expect(size <= 16 * (1024 + 400))
    }

    @Test("Nobody writes to a segment when another process has begun the next, whatever sizes they were given")
    func sizes() throws {
        let (large, small) = (journal(), journal(size: 16 << 10))
        try write(entry(1, bytes: 2000), to: large)
        let next = try write(entry(2), to: small)
        let position = try write(entry(3), to: large)
        #expect(position.segment == next.segment)
        #expect(try read(large, from: next).entries == [entry(3)])
    }

    @Test("However often the disk refuses to sync, nothing is lost that it has taken before")
    func refusedSyncs() throws {
        let (one, other) = (journal(size: 17 << 10), journal(size: 17 << 10))
        for number in 0..<20 { try write(entry(number, bytes: 300), to: one) }
        let before = try segments
        let state = try SyncState(in: directory)
        for number in 20..<60 {
            // As `sync` leaves it.
            state.fail(try one.position().segment)
            try write(entry(number), to: number % 2 == 0 ? one : other)
        }
        #expect(try read(one).entries == (0..<20).map { entry($0, bytes: 300) } + (20..<60).map { entry($0) })
        #expect(try Set(segments).isSuperset(of: before))
        #expect(try segments.count < before.count + 5)
    }

    @Test("A write that waits for the disk while another process finds it refused is not acknowledged")
    func renewedMeanwhile() throws {
        let (one, other) = (journal(), journal())
        try write(entry(1), to: one)
        try other.begin()
        let state = try SyncState(in: directory)
        state.fail(try one.position().segment)
        try write(entry(2), to: one)
        let position = try other.append([entry(3)])
        other.end()
        for number in 4..<10 { try write(entry(number), to: one) }
        #expect(throws: JournalError.self) { try other.sync(position) }
        try write(entry(3), to: other)
        #expect(try read(one).entries == [1, 2, 4, 5, 6, 7, 8, 9, 3].map { entry($0) })
    }

    @Test("After a refusal the disk is left alone for a while, by all processes, before the store is touched")
    func rest() throws {
        let (one, other) = (journal(), journal())
        try write(entry(1), to: one)
        let state = try SyncState(in: directory)
        state.fail(try one.position().segment)
        state.rest()
        for journal in [one, other, self.journal()] {
            let error = #expect(throws: JournalError.self) { try journal.begin() }
            #expect(error?.description.contains("write to") == true)
        }
        #expect(eventually(within: 20) { (try? write(entry(2), to: other)) != nil })
        #expect(try read(one).entries == [entry(1), entry(2)])
    }

    @Test("A disk that does not take an entry is left alone likewise")
    func refusedEntry() throws {
        let (one, other) = (journal(), journal())
        try write(entry(1), to: one)
        let path = try "\(directory)/\(#require(segments.last))"
        try FileManager.default.moveItem(atPath: path, toPath: files.file("away"))
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
        try other.begin()
        #expect(throws: JournalError.self) { try other.append([entry(2)]) }
        other.end()
        for journal in [one, other, self.journal()] { #expect(throws: JournalError.self) { try journal.begin() } }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: files.file("away"), toPath: path)
        #expect(eventually(within: 20) { (try? write(entry(2), to: other)) != nil })
        #expect(try read(one).entries == [entry(1), entry(2)])
    }

    @Test("Of many that wait for the disk one has it do it for all")
    func groups() throws {
        nonisolated(unsafe) let journals = (0..<12).map { _ in journal() }
        for journal in journals {
            try journal.begin()
            journal.end()
        }
        nonisolated(unsafe) let state = try SyncState(in: directory)
        try state.lock()
        try HTTPClient.concurrently(13) { number in
            guard number == 12 else {
                try write(entry(number), to: journals[number])
                return
            }
            // Not before all of them wait, or will.
            #expect(try eventually(within: 20) { try read(journal()).entries.count == 12 })
            state.unlock()
        }
        #expect(state.syncs == 1)
    }

    @Test("While somebody is between the store and the journal, nobody takes it for quiet")
    func quiet() throws {
        let (one, other) = (journal(), journal())
        try one.begin()
        #expect(try other.quietEnd() == nil)
        try other.begin()
        one.end()
        #expect(try one.quietEnd() == nil)
        let position = try other.append([entry(1)])
        other.end()
        #expect(try one.quietEnd() == position)
    }
}
