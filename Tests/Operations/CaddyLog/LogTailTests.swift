import Glibc
import TestSupport
import Testing

@testable import Operations

/// A log that is followed, whatever becomes of its file.
@Suite struct LogTailTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("access.log")
    }

    private func append(_ text: String, to path: String? = nil) {
        let descriptor = open(path ?? self.path, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    private func lines(_ tail: LogTail) throws -> [String] {
        try tail.read().map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("What is there at first is read, then what comes; a line once it is whole")
    func grows() throws {
        append("one\ntwo\n")
        let tail = LogTail(path: path, from: nil)
        #expect(try lines(tail) == ["one", "two"])
        #expect(try lines(tail).isEmpty)
        append("thr")
        #expect(try lines(tail).isEmpty)
        append("ee\nfour\n")
        #expect(try lines(tail) == ["three", "four"])
    }

    @Test("After a rename the old file is read to its end, then the new one")
    func renamed() throws {
        append("one\n")
        let tail = LogTail(path: path, from: nil)
        #expect(try lines(tail) == ["one"])
        append("two\n")
        #expect(rename(path, path + ".1") == 0)
        append("three\n", to: path + ".1")
        append("four\n")
        #expect(try lines(tail) == ["two", "three"])
        #expect(try lines(tail) == ["four"])
    }

    @Test("A file that was cut is read from its beginning")
    func cut() throws {
        append("one\ntwo\nthree\n")
        let tail = LogTail(path: path, from: nil)
        #expect(try lines(tail).count == 3)
        #expect(truncate(path, 0) == 0)
        append("four\n")
        #expect(try lines(tail) == ["four"])
    }

    @Test("A file that was cut and has grown beyond its old size is read from its beginning too")
    func cutAndGrown() throws {
        func line(_ number: Int) -> String { "\(number) " + String(repeating: "x", count: 100) }
        for number in 0..<3 { append(line(number) + "\n") }
        let tail = LogTail(path: path, from: nil)
        #expect(try lines(tail).count == 3)
        #expect(truncate(path, 0) == 0)
        for number in 3..<8 { append(line(number) + "\n") }
        #expect(try lines(tail) == (3..<8).map(line))
        append(line(8) + "\n")
        #expect(try lines(tail) == [line(8)])
    }

    @Test("Who starts again goes on where it was, in the renamed file as well")
    func resumed() throws {
        append("one\n")
        let first = LogTail(path: path, from: nil)
        #expect(try lines(first) == ["one"])
        append("two\n")
        #expect(try lines(LogTail(path: path, from: first.position)) == ["two"])
        #expect(rename(path, path + ".1") == 0)
        append("three\n")
        let later = LogTail(path: path, from: first.position)
        #expect(try lines(later) == ["two"])
        #expect(try lines(later) == ["three"])
        // Where the old one is gone for good, the new one is read whole.
        #expect(unlink(path + ".1") == 0)
        #expect(try lines(LogTail(path: path, from: first.position)) == ["three"])
    }

    @Test("Of more than fits the newest lines are taken, whole ones only")
    func flood() throws {
        let line = String(repeating: "x", count: 999) + "\n"
        append("first\n" + String(repeating: line, count: 3000) + "last\n")
        let tail = LogTail(path: path, from: LogTail.Position("1:0:0"))
        let lines = try lines(tail)
        #expect(lines.last == "last")
        #expect(lines.dropLast().allSatisfy { $0.count == 999 })
        #expect((1000...1049).contains(lines.count))
        #expect(try self.lines(tail).isEmpty)
    }

    @Test("A file that is not there is an error, until it is there")
    func absent() throws {
        let tail = LogTail(path: path, from: nil)
        #expect(throws: LogTail.Failure(path: path, code: ENOENT)) { try tail.read() }
        append("one\n")
        #expect(try lines(tail) == ["one"])
    }

    @Test("Positions are texts", arguments: ["", "1", "1:", "x:1", "1:-1", "1:2", "1:-1:3", "1:2:x", "1:2:3:4"])
    func positions(text: String) {
        #expect(LogTail.Position(text) == nil)
        #expect(LogTail.Position("12:34:56")?.text == "12:34:56")
    }
}
