import Essentials
import Glibc

/// What acknowledged writes have made of the store, kept on the disk of this host, so that a store that comes back older or
/// empty can be brought up to date. All processes of a host share it; each opens it for itself, after it was forked.
///
/// A write goes `begin`, the store, `append`, `end`, `sync`, the answer. Whoever finds nobody between `begin` and `end`
/// (`quietEnd`) knows that all that was appended is in the store, and that all that the store was given is appended, but
/// for what nobody was told of.
public final class Journal {
    /// Milliseconds that a process waits at most for its turn, and microseconds from one attempt to the next. Who has it
    /// looks at two files.
    private static let lockLimit: UInt64 = 1_000_000
    private static let lockPause: UInt32 = 200

    private struct Open {
        let number: Int
        let file: Int32

        /// How many bytes it has; nil where it is not in its place any more.
        var size: Int? {
            var status = stat()
            return fstat(file, &status) == 0 && status.st_nlink > 0 ? Int(status.st_size) : nil
        }
    }

    /// Where it is.
    public let directory: String
    private let segments: Segments
    private let segmentSize: Int
    private var turns: Int32 = -1
    private var state: SyncState?
    private var segment: Open?

    /// A journal; nothing is opened before it is used.
    ///
    /// - Parameters:
    ///   - directory: where its files are; made where it is absent, but not its parent.
    ///   - size: how many bytes of the disk it takes at most.
    public init(directory: String, size: Int) {
        self.directory = directory
        segments = Segments(directory: directory)
        segmentSize = max(1, size / (Segments.bound + 1))
    }

    deinit {
        if let segment { close(segment.file) }
        if turns >= 0 { close(turns) }
    }

    // MARK: Writing

    /// Begins a write, before the store is touched: as far as can be told, the entry will find room.
    ///
    /// - Throws: `JournalError` where it would not.
    public func begin() throws(JournalError) {
        try open()
        let limit = MonotonicClock.microseconds + Self.lockLimit
        while flock(turns, LOCK_SH | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, MonotonicClock.microseconds < limit else {
                throw JournalError("lock", directory)
            }
            usleep(Self.lockPause)
        }
        do throws(JournalError) {
            try findSegment()
        } catch {
            end()
            throw error
        }
    }

    /// Adds entries, in one step. It is not on the disk yet.
    ///
    /// - Returns: where the next one goes.
    /// - Throws: `JournalError`; a part may have been written, which nobody will take for an entry.
    public func append(_ entries: [Entry]) throws(JournalError) -> Position {
        guard let segment else { preconditionFailure("begin comes first") }
        var bytes: [UInt8] = []
        for entry in entries { bytes += entry.bytes }
        var count = 0
        repeat { count = write(segment.file, bytes, bytes.count) } while count < 0 && errno == EINTR
        guard count == bytes.count else {
            // A part of it is nothing to go on behind: others may have appended meanwhile.
            let error = JournalError("write to", segments.path(segment.number), code: count < 0 ? errno : ENOSPC)
            state?.rest()
            closeSegment()
            throw error
        }
        return Position(segment: segment.number, offset: Int(lseek(segment.file, 0, SEEK_CUR)))
    }

    /// Ends what was begun.
    public func end() { flock(turns, LOCK_UN) }

    /// Waits until the disk has all that was appended up to a place. Of several processes that wait one has the disk do
    /// it for all.
    ///
    /// - Throws: `JournalError` if the disk does not take it.
    public func sync(_ position: Position) throws(JournalError) {
        guard let segment, segment.number == position.segment, let state else {
            preconditionFailure("it is what was just appended that is synced")
        }
        // One that was renewed meanwhile may not have it.
        if state.has(position), segment.size != nil { return }
        try state.lock()
        defer { state.unlock() }
        if state.has(position), segment.size != nil { return }
        // After a failure the kernel may forget what it could not write, and succeed the next time.
        guard let size = segment.size, !state.hasFailed(segment.number) else {
            closeSegment()
            throw JournalError("sync", segments.path(position.segment), code: EIO)
        }
        guard fdatasync(segment.file) == 0 else {
            let error = JournalError("sync", segments.path(segment.number))
            state.fail(segment.number)
            state.rest()
            closeSegment()
            throw error
        }
        state.advance(to: Position(segment: segment.number, offset: size))
    }

    // MARK: Reading

    /// Where it ends, if no write is between `begin` and `end`; nil otherwise.
    ///
    /// - Throws: `JournalError`.
    public func quietEnd() throws(JournalError) -> Position? {
        do throws(JournalError) { try open() } catch {
            // Where nobody can write, nobody does.
            guard error.code == EROFS else { throw error }
            return try position()
        }
        guard flock(turns, LOCK_EX | LOCK_NB) == 0 else { return nil }
        defer { flock(turns, LOCK_UN) }
        return try self.position()
    }

    /// Where it ends at this moment.
    ///
    /// - Throws: `JournalError`.
    public func position() throws(JournalError) -> Position {
        guard let newest = try segments.numbers().last else { return Position(segment: 0, offset: 0) }
        var status = stat()
        guard stat(segments.path(newest), &status) == 0 else { throw JournalError("read", segments.path(newest)) }
        return Position(segment: newest, offset: Int(status.st_size))
    }

    /// What it holds between two places.
    ///
    /// - Parameter start: nil for the beginning.
    /// - Throws: `JournalError`.
    public func read(from start: Position?, to end: Position) throws(JournalError) -> JournalReader {
        try JournalReader(segments, from: start ?? Position(segment: 0, offset: 0), to: end)
    }

    /// How often the disk was waited for, by all processes.
    public var syncs: Int { Int(truncatingIfNeeded: state?.syncs ?? 0) }

    // MARK: Files

    private func open() throws(JournalError) {
        if turns >= 0, state != nil, isInPlace { return }
        // A directory that was taken away is made anew, by all processes: what they have open is nobody's journal any more.
        closeSegment()
        state = nil
        if turns >= 0 { close(turns) }
        turns = -1
        let isNew = mkdir(directory, 0o770) == 0
        guard isNew || errno == EEXIST else { throw JournalError("make", directory) }
        if isNew { chmod(directory, 0o770) }
        turns = Glibc.open(turnsPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o660)
        guard turns >= 0 else { throw JournalError("open", turnsPath) }
        try Segments.share(turns, in: directory)
        state = try SyncState(in: directory)
    }

    private var turnsPath: String { directory + "/turns" }

    /// Whether what is open is what whoever comes next would open.
    private var isInPlace: Bool {
        var (own, there) = (stat(), stat())
        return fstat(turns, &own) == 0 && stat(turnsPath, &there) == 0 && own.st_ino == there.st_ino
            && own.st_dev == there.st_dev
    }

    /// Whether the segment that is open can take another entry.
    private func isUsable(_ segment: Open, _ state: SyncState) -> Bool {
        guard let size = segment.size else { return false }
        return size < segmentSize && !state.hasFailed(segment.number) && segment.number == state.newest
    }

    /// Sees to it that the newest segment is open, and has room.
    private func findSegment() throws(JournalError) {
        guard let state else { return }
        guard !state.isResting else { throw JournalError("write to", directory, code: EIO) }
        if let segment, isUsable(segment, state) { return }
        closeSegment()
        try state.lock()
        defer { state.unlock() }
        let newest = try segments.numbers().last ?? 0
        state.newest = newest
        if newest > 0 {
            if state.hasFailed(newest) { try renew(newest, state) }
            let found = try openSegment(newest)
            if isUsable(found, state) {
                segment = found
                return
            }
            close(found.file)
        }
        // A journal that begins anew must not be taken for the one before: its numbers begin with the time.
        let number = newest > 0 ? newest + 1 : Int(Timestamp.now.seconds)
        try segments.make(number, size: segmentSize)
        // Nobody else writes to the one before any more, whatever size its segments have: the agent notes what it finds in
        // the newest one.
        state.newest = number
        segment = try openSegment(number)
    }

    /// Has the disk take the segment anew that it has refused to take a part of. None goes for it: what it has was acknowledged,
    /// but for its end.
    private func renew(_ number: Int, _ state: SyncState) throws(JournalError) {
        do throws(JournalError) {
            state.advance(to: Position(segment: number, offset: try segments.renew(number, size: segmentSize)))
        } catch {
            state.rest()
            throw error
        }
    }

    private func openSegment(_ number: Int) throws(JournalError) -> Open {
        let file = Glibc.open(segments.path(number), O_WRONLY | O_APPEND | O_CLOEXEC)
        guard file >= 0 else { throw JournalError("open", segments.path(number)) }
        return Open(number: number, file: file)
    }

    private func closeSegment() {
        if let segment { close(segment.file) }
        segment = nil
    }
}
