import CPosix
import Glibc

/// The files of a journal: each holds entries, one behind the other, and is named by its number.
struct Segments {
    /// How many there are at most, beside one that is being made.
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
    /// Once it is there, the oldest ones that are too many are taken away. Only one process may do so at a time.
    ///
    /// - Parameter size: bytes of room.
    /// - Throws: `JournalError` if it cannot be made; all others are there then.
    func make(_ number: Int, size: Int) throws(JournalError) {
        _ = try put(number, size: size, isCopy: false)
        do throws(JournalError) {
            try syncNames()
        } catch {
            unlink(path(number))
            throw error
        }
        let known = try numbers()
        for old in known.prefix(max(0, known.count - Self.bound)) { unlink(path(old)) }
    }

    /// Puts a new file in the place of one that the disk has refused to take a part of, with all that the other has. Only one
    /// process may do so at a time.
    ///
    /// - Parameter size: bytes of room.
    /// - Returns: how many bytes it has, all of them on the disk.
    /// - Throws: `JournalError`; what was on the disk is on it still.
    func renew(_ number: Int, size: Int) throws(JournalError) -> Int {
        let count = try put(number, size: size, isCopy: true)
        try syncNames()
        return count
    }

    /// Gives a file of the journal to the group of its directory, whatever the umask and the group of this process: the runner
    /// is another user of that group. Only the owner can, and nobody else has to.
    ///
    /// - Throws: `JournalError` if the others of the group could not open it.
    static func share(_ file: Int32, in directory: String) throws(JournalError) {
        var place = stat()
        var own = stat()
        guard stat(directory, &place) == 0, fstat(file, &own) == 0 else { throw JournalError("read", directory) }
        guard own.st_uid == geteuid() else { return }
        let isShared = own.st_gid == place.st_gid || fchown(file, .max, place.st_gid) == 0
        guard isShared, fchmod(file, 0o660) == 0 else { throw JournalError("give a file to the group of", directory) }
    }

    private func put(_ number: Int, size: Int, isCopy: Bool) throws(JournalError) -> Int {
        let unfinished = directory + "/" + Self.unfinished
        // One that was left by a process of another user, who was killed, may not be for this one to open.
        unlink(unfinished)
        do throws(JournalError) {
            let file = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o660)
            guard file >= 0 else { throw JournalError("make", unfinished) }
            defer { close(file) }
            try Self.share(file, in: directory)
            // A file system that cannot reserve room is as good as one that can, until it is full.
            if chimney_reserve(file, off_t(size)) != 0, errno != EOPNOTSUPP {
                throw JournalError("reserve \(size) bytes in", directory)
            }
            let count = isCopy ? try copy(number, to: file) : 0
            if isCopy, fdatasync(file) != 0 { throw JournalError("sync", path(number)) }
            guard rename(unfinished, path(number)) == 0 else { throw JournalError("make", path(number)) }
            return count
        } catch {
            unlink(unfinished)
            throw error
        }
    }

    private func copy(_ number: Int, to file: Int32) throws(JournalError) -> Int {
        let source = open(path(number), O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw JournalError("open", path(number)) }
        defer { close(source) }
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var size = 0
        while true {
            let count = read(source, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw JournalError("read", path(number)) }
            if count == 0 { return size }
            guard write(file, chunk, count) == count else { throw JournalError("write to", directory) }
            size += count
        }
    }

    /// A file whose name is lost with the power is no file.
    private func syncNames() throws(JournalError) {
        let names = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard names >= 0 else { throw JournalError("open", directory) }
        defer { close(names) }
        guard fsync(names) == 0 else { throw JournalError("sync", directory) }
    }
}
