import Essentials
import Glibc

/// Reads entries from a part of a journal, the oldest first. Whatever is no whole entry is skipped: what a process that was
/// killed or a disk that was full has left, or one that was turned off.
public struct JournalReader {
    /// Bytes that are read at once.
    private static let chunk = 1 << 20

    /// How many bytes were no entry.
    public private(set) var skipped = 0

    private let segments: Segments
    private var left: [Int]
    private let start: Position
    private let end: Position
    private var file: Int32?
    private var segment = 0
    private var offset = 0
    private var limit = 0
    /// What was read and not looked at, from `at` on.
    private var bytes: [UInt8] = []
    private var at = 0

    init(_ segments: Segments, from start: Position, to end: Position) throws(JournalError) {
        self.segments = segments
        self.start = start
        self.end = end
        left = try segments.numbers().filter { $0 >= start.segment && $0 <= end.segment }.reversed()
    }

    /// The next entries: those of about a megabyte.
    ///
    /// - Returns: none where there was no entry in that megabyte; nil at the end.
    /// - Throws: `JournalError`; nothing was passed over then, and the next call tries the same again.
    public mutating func next() throws(JournalError) -> [Entry]? {
        if file == nil, try !openNext() { return nil }
        let isWhole = try fill()
        var entries: [Entry] = []
        scan: while at < bytes.count {
            switch Entry.find(in: bytes, at: at) {
            case .entry(let entry, let end):
                entries.append(entry)
                at = end
            case .part where !isWhole: break scan
            case .part, .nothing:
                // Behind it there may be another: entries are looked for by their mark.
                let next = bytes[(at + 1)...].firstIndex(of: Entry.mark[0]) ?? bytes.count
                skipped += next - at
                at = next
            }
        }
        if isWhole { closeFile() }
        return entries
    }

    /// Ends the reading before its end.
    public mutating func close() {
        closeFile()
        left = []
    }

    /// Reads on. Returns whether the segment has ended with it.
    private mutating func fill() throws(JournalError) -> Bool {
        guard let file else { return true }
        bytes.removeFirst(at)
        at = 0
        let wanted = min(Self.chunk, limit - offset)
        guard wanted > 0 else { return true }
        var chunk = [UInt8](repeating: 0, count: wanted)
        var count = 0
        while count < wanted {
            let more = chunk.withUnsafeMutableBytes {
                pread(file, $0.baseAddress! + count, wanted - count, off_t(offset + count))
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw JournalError("read", segments.path(segment)) }
            if more == 0 { break }
            count += more
        }
        bytes += chunk[..<count]
        offset += count
        return count < wanted || offset >= limit
    }

    private mutating func openNext() throws(JournalError) -> Bool {
        while let number = left.last {
            let path = segments.path(number)
            let opened = open(path, O_RDONLY | O_CLOEXEC)
            if opened < 0, errno == ENOENT {
                // It was taken away for a newer one meanwhile.
                left.removeLast()
                continue
            }
            var status = stat()
            guard opened >= 0, fstat(opened, &status) == 0 else {
                let error = JournalError("open", path)
                if opened >= 0 { Glibc.close(opened) }
                throw error
            }
            left.removeLast()
            file = opened
            segment = number
            offset = number == start.segment ? start.offset : 0
            limit = number == end.segment ? min(end.offset, Int(status.st_size)) : Int(status.st_size)
            bytes = []
            at = 0
            return true
        }
        return false
    }

    private mutating func closeFile() {
        if let file { Glibc.close(file) }
        file = nil
    }
}
