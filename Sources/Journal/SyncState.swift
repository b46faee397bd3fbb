import CPosix
import Essentials
import Glibc

/// Up to where the segments of a journal are on the disk, in memory that all processes of the host share: so that many
/// that write at the same time wait for few syncs. The file is never synced itself, and never tells too much: what it
/// tells was on the disk before.
final class SyncState {
    /// Segments that are told apart; no two that are written to at the same time are so far from each other.
    private static let slots = 1023
    /// Behind the number of syncs and the slots: when the disk has refused something last, by the clock of this start of the
    /// host.
    private static let refusedAt = slots + 1
    private static let newest = refusedAt + 1
    private static let size = (newest + 1) * 8
    /// Microseconds for which nothing is tried then.
    private static let rest: UInt64 = 1_000_000
    /// Instead of an offset: the disk has refused to take a part of the segment, so that nobody knows what is on it.
    private static let failed = UInt64(UInt32.max)

    private let file: Int32
    private let values: UnsafeMutablePointer<UInt64>

    /// Opens that of a journal, which is made where it is absent.
    ///
    /// - Throws: `JournalError`.
    init(in directory: String) throws(JournalError) {
        let path = directory + "/synced"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o660)
        guard file >= 0 else { throw JournalError("open", path) }
        var status = stat()
        if fstat(file, &status) == 0, status.st_size < Self.size {
            try Segments.share(file, in: directory)
            // With real room: a page that the disk has no room for would end the process.
            let code = posix_fallocate(file, 0, off_t(Self.size))
            guard code == 0 else {
                close(file)
                throw JournalError("make", path, code: code)
            }
        }
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory, memory != MAP_FAILED else {
            let error = JournalError("map", path)
            close(file)
            throw error
        }
        self.file = file
        values = memory.assumingMemoryBound(to: UInt64.self)
    }

    deinit {
        munmap(values, Self.size)
        close(file)
    }

    /// Takes the right to sync, and to make segments, until `unlock` or the process's end (flock(2)).
    ///
    /// - Throws: `JournalError`.
    func lock() throws(JournalError) {
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw JournalError("lock", "the journal") }
        }
    }

    /// Gives that right back.
    func unlock() { flock(file, LOCK_UN) }

    private func slot(_ segment: Int) -> UnsafeMutablePointer<UInt64> { values + 1 + segment % Self.slots }

    /// Up to where a segment is on the disk.
    private func offset(_ segment: Int) -> UInt64 {
        let value = chimney_load64(slot(segment))
        return value >> 32 == UInt64(segment) ? value & Self.failed : 0
    }

    /// Whether a segment is on the disk up to a place.
    func has(_ position: Position) -> Bool {
        let offset = offset(position.segment)
        return offset != Self.failed && offset >= position.offset
    }

    /// Whether the disk has refused to take a part of a segment.
    func hasFailed(_ segment: Int) -> Bool { offset(segment) == Self.failed }

    /// Notes that a segment is on the disk up to a place. By who has the lock.
    func advance(to position: Position) {
        chimney_store64(slot(position.segment), UInt64(position.segment) << 32 | UInt64(position.offset))
        chimney_store64(values, syncs + 1)
    }

    /// Notes that the disk has refused to take a part of a segment. By who has the lock.
    func fail(_ segment: Int) { chimney_store64(slot(segment), UInt64(segment) << 32 | Self.failed) }

    /// The segment that is written to, by all processes: 0 before any was. Set by who has the lock.
    var newest: Int {
        get { Int(truncatingIfNeeded: chimney_load64(values + Self.newest)) }
        set { chimney_store64(values + Self.newest, UInt64(newValue)) }
    }

    /// Notes that the disk has refused something.
    func rest() { chimney_store64(values + Self.refusedAt, MonotonicClock.microseconds) }

    /// Whether that was just now.
    var isResting: Bool {
        let (refused, now) = (chimney_load64(values + Self.refusedAt), MonotonicClock.microseconds)
        return refused > 0 && refused <= now && now - refused < Self.rest
    }

    /// How often the disk was waited for.
    var syncs: UInt64 { chimney_load64(values) }
}
