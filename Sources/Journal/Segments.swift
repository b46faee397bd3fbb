import CPosix
import Glibc

/// The files of a journal: each holds entries, one behind the other, and is named by its number.
struct Segments {
    /// How many there are at most.
    static let bound = 16
    private static let suffix = ".journal"
    /// What a file is called until it can be used. There is one at a time: its maker has the lock.
    private static let unfinished = "unfinished"

    let directory: String

    /// Where a segment is.
    func path(_ number: Int) -> String {
        let digits = String(number)
        return directory + "/" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits + Self.suffix
    }

    /// The numbers of all segments, the oldest first.
    ///
    /// - Throws: `JournalError`.
    func numbers() throws(JournalError) -> [Int] {
        guard let list = opendir(directory) else { throw JournalError("read", directory) }
        defer { closedir(list) }
        var numbers: [Int] = []
        while let entry = readdir(list) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(Self.suffix), let number = Int(name.dropLast(Self.suffix.count)), number > 0 {
                numbers.append(number)
            }
        }
        return numbers.sorted()
    }

    /// Makes a segment, with the room that it will take: a disk that is full shows here, and not in the middle of an entry.
    /// The oldest ones are taken away for it. Only one process may do so at a time.
    ///
    /// - Parameter size: bytes of room.
    /// - Throws: `JournalError` if it cannot be made.
    func make(_ number: Int, size: Int) throws(JournalError) {
        let known = try numbers()
        for old in known.prefix(max(0, known.count - Self.bound + 1)) { unlink(path(old)) }
        let unfinished = directory + "/" + Self.unfinished
        let file = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o660)
        guard file >= 0 else { throw JournalError("make", unfinished) }
        defer { close(file) }
        // Whatever the umask: the runner is another user of the same group. Only the owner can say so.
        fchmod(file, 0o660)
        // A file system that cannot reserve room is as good as one that can, until it is full.
        if chimney_reserve(file, off_t(size)) != 0, errno != EOPNOTSUPP {
            let error = JournalError("reserve \(size) bytes in", directory)
            unlink(unfinished)
            throw error
        }
        guard rename(unfinished, path(number)) == 0 else { throw JournalError("make", path(number)) }
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw JournalError("open", directory) }
        defer { close(parent) }
        // A file whose name is lost with the power is no file.
        guard fsync(parent) == 0 else { throw JournalError("sync", directory) }
    }
}
