import Foundation
import TestSupport
import Testing

@testable import Journal

/// The directory of a journal, and the disk that it is on.
extension JournalTests {
    @Test("A directory that was taken away is made anew by who goes on, and shared with who comes next")
    func removed() throws {
        let (one, other) = (journal(), journal())
        for journal in [one, other] { try write(entry(1), to: journal) }
        try FileManager.default.removeItem(atPath: directory)
        try write(entry(2), to: one)
        try other.begin()
        #expect(try one.quietEnd() == nil)
        other.end()
        try write(entry(3), to: other)
        #expect(try read(one).entries == [entry(2), entry(3)])
        #expect(try read(journal()).entries == [entry(2), entry(3)])
    }

    @Test("A directory that is begun anew is not taken for the one before")
    func anew() throws {
        let before = try write(entry(1), to: journal())
        try FileManager.default.removeItem(atPath: directory)
        usleep(1_100_000)
        let after = try write(entry(2), to: journal())
        #expect(after.segment > before.segment)
        #expect(try read(journal(), from: before).entries == [entry(2)])
    }

    @Test("All files belong to the group of the directory, and it may write to them", .enabled(if: geteuid() == 0))
    func group() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        #expect(chown(directory, 0, 54321) == 0)
        let one = journal()
        try write(entry(1), to: one)
        try SyncState(in: directory).fail(one.position().segment)
        try write(entry(2), to: one)
        for name in try segments + ["turns", "synced"] {
            var status = stat()
            #expect(stat("\(directory)/\(name)", &status) == 0)
            #expect(status.st_gid == 54321 && status.st_mode & 0o777 == 0o660, "\(name)")
        }
    }

    @Test("Where it cannot be written that is said before the store is touched")
    func unwritable() throws {
        let file = files.file("file")
        try Data().write(to: URL(fileURLWithPath: file))
        #expect(throws: JournalError.self) { try Journal(directory: file, size: 1 << 20).begin() }
        let error = #expect(throws: JournalError.self) {
            try Journal(directory: file + "/journal", size: 1 << 20).begin()
        }
        #expect(error?.description.contains("Not a directory") == true)
    }

    @Test(
        "A disk that is full shows when a segment is begun, and not in the middle",
        .enabled(if: SmallFileSystem.isPossible))
    func full() throws {
        let disk = try SmallFileSystem(options: "size=300k")
        func onDisk() -> Journal { Journal(directory: disk.path + "/journal", size: 16 * (100 << 10)) }
        var written = 0
        let error = #expect(throws: JournalError.self) {
            let small = onDisk()
            while written < 1000 {
                try small.begin()
                defer { small.end() }
                try small.sync(small.append([entry(written, bytes: 5000)]))
                written += 1
            }
        }
        #expect(error?.description.contains("No space left") == true)
        #expect(try read(onDisk()).entries.count == written)
        #expect(written > 30)
        try disk.remount("size=2m")
        #expect(throws: Never.self) { try write(entry(1), to: onDisk()) }
        try disk.remount("size=2m,ro")
        let other = onDisk()
        #expect(throws: JournalError.self) { try other.begin() }
        // Nobody else can write there either, so what is there can be brought back.
        #expect(try other.quietEnd() == other.position())
    }
}
