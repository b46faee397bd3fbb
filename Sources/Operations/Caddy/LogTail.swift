import Glibc

/// Follows a file that another program appends lines to, through its rotation: renamed and made anew, or copied and cut
/// (logrotate(8), `create` and `copytruncate`).
final class LogTail {
    /// How far a file has been read.
    struct Position: Equatable {
        /// The file, whatever it is called by now.
        var inode: UInt64
        /// Bytes from its beginning, up to the end of a line.
        var offset: Int64
        /// What the file begins with, as a number: one that was cut begins with another line, whatever its size is by
        /// now. 0 while it is too short to tell.
        var head: UInt64 = 0

        /// The position as text.
        var text: String { "\(inode):\(offset):\(head)" }

        /// A position.
        init(inode: UInt64, offset: Int64, head: UInt64 = 0) {
            self.inode = inode
            self.offset = offset
            self.head = head
        }

        /// Reads the text of a position; nil if it is none.
        init?(_ text: String) {
            let parts = text.split(separator: ":")
            guard parts.count == 3, let inode = UInt64(parts[0]), let offset = Int64(parts[1]), offset >= 0,
                let head = UInt64(parts[2])
            else { return nil }
            self.init(inode: inode, offset: offset, head: head)
        }
    }

    /// At most so many bytes are taken at once; of what has come beyond that, only the newest.
    static let window = 1 << 20
    /// How much of a file's beginning tells it from another: an access log's first line has its time in there.
    private static let headSize = 64

    /// How far the lines that were handed out reach.
    private(set) var position: Position?
    private let path: String
    private var descriptor: Int32 = -1

    /// Follows the file at a path from a position; without one from the last `window` bytes of what is there.
    init(path: String, from position: Position?) {
        self.path = path
        self.position = position
    }

    deinit { close() }

    private func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// The lines that have come since the last call, without their ends.
    ///
    /// - Throws: `LogTail.Failure` if the file cannot be opened or read; it is tried again with the next call.
    func read() throws(Failure) -> [ArraySlice<UInt8>] {
        if descriptor < 0 { try open() }
        let lines = try readOpen()
        // The old file first, to its end; then the one that took its place.
        guard lines.isEmpty, let current = Self.inode(of: path), current != position?.inode else { return lines }
        close()
        try open(isOldRead: true)
        return try readOpen()
    }

    private func open(isOldRead: Bool = false) throws(Failure) {
        if !isOldRead, let position, let old = Self.inode(of: path), old != position.inode,
            let renamed = find(position.inode)
        {
            descriptor = renamed
            return
        }
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        let status = try status()
        if position?.inode != UInt64(status.st_ino) {
            let isFirst = position == nil
            position = Position(
                inode: UInt64(status.st_ino), offset: isFirst ? max(0, Int64(status.st_size) - Int64(Self.window)) : 0)
        }
    }

    private func status() throws(Failure) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(path: path, code: errno) }
        return status
    }

    private func readOpen() throws(Failure) -> [ArraySlice<UInt8>] {
        let size = Int64(try status().st_size)
        guard var position else { return [] }
        let head = head()
        // It was cut: what it holds now is new.
        if size < position.offset || (position.head != 0 && position.head != head) { position.offset = 0 }
        position.head = head
        var start = position.offset
        let isCut = size - start > Int64(Self.window)
        if isCut { start = size - Int64(Self.window) }
        var bytes = [UInt8](repeating: 0, count: Int(size - start))
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + count, $0.count - count, off_t(start) + count)
            }
            if more < 0 && errno == EINTR { continue }
            guard more >= 0 else { throw Failure(path: path, code: errno) }
            if more == 0 { break }
            count += more
        }
        defer { self.position = position }
        let newline = UInt8(ascii: "\n")
        guard let end = bytes[..<count].lastIndex(of: newline) else {
            // A line that fills the window is none of an access log's.
            if isCut || count >= Self.window { position.offset = start + Int64(count) }
            return []
        }
        position.offset = start + Int64(end) + 1
        var lines = bytes[..<end].split(separator: newline)
        // It begins somewhere in a line.
        if isCut, !lines.isEmpty { lines.removeFirst() }
        return lines
    }

    /// What the open file begins with (FNV-1a); 0 while it is too short.
    private func head() -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: Self.headSize, alignment: 1) { bytes in
            guard pread(descriptor, bytes.baseAddress, bytes.count, 0) == bytes.count else { return 0 }
            return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
    }

    /// Opens the file that has been renamed: what was appended to it before that is not lost.
    private func find(_ inode: UInt64) -> Int32? {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        guard let listing = opendir(directory) else { return nil }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            guard UInt64(entry.pointee.d_ino) == inode else { continue }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let found = Glibc.open(directory + name, O_RDONLY | O_CLOEXEC)
            return found >= 0 ? found : nil
        }
        return nil
    }

    private static func inode(of path: String) -> UInt64? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// Why a file cannot be followed.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let path: String
        let code: Int32

        var description: String { "\(path): \(String(cString: strerror(code)))" }
    }
}
