import Essentials
import Glibc

/// An open directory whose files several processes write and read at once. A file is never changed: it is put in place
/// whole, or taken away, and who has begun to read it reads it to its end. Symbolic links in it are not followed.
struct CacheDirectory: ~Copyable {
    /// Why the directory cannot be used.
    struct Failure: Error, CustomStringConvertible {
        /// The directory.
        let path: String
        /// What was tried.
        let act: StaticString
        /// The `errno` of it.
        let code: Int32

        var description: String { "\(act) \(path): \(String(cString: strerror(code)))" }
        /// Whether it is not there.
        var isAbsence: Bool { code == ENOENT }
        /// Whether its file system has no room left.
        var isFull: Bool { code == ENOSPC || code == EDQUOT }
    }

    /// A file as the directory lists it.
    struct File {
        let name: String
        let size: Int
        /// What it was given as the time of its last change, in milliseconds since the epoch.
        let milliseconds: Int64
    }

    /// Names that are looked at: more are in no directory that only chimney writes to.
    private static let nameLimit = 10_000
    /// Microseconds that a process waits at most for its turn, and from one attempt to the next.
    private static let lockLimit: UInt64 = 500_000
    private static let lockPause: UInt32 = 200
    /// What a file is called until it is whole. There is one at a time: its writer has the lock.
    private static let unfinished = "unfinished"

    private let path: String
    private let descriptor: Int32

    /// Opens a directory. One that is a symbolic link itself is what the link leads to: whoever set the path made it.
    ///
    /// - Parameter isMade: whether it is made where it is absent (its parent has to be there), for the group to use
    ///   whatever the umask.
    /// - Throws: `Failure`.
    init(_ path: String, isMade: Bool) throws(Failure) {
        self.path = path
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        var opened = open(path, flags)
        if opened < 0, errno == ENOENT, isMade {
            let isNew = mkdir(path, 0o770) == 0
            guard isNew || errno == EEXIST else { throw Failure(path: path, act: "make", code: errno) }
            opened = open(path, flags)
            // Files then belong to the directory's group. A service may be forbidden to say so (RestrictSUIDSGID of
            // systemd), where systemd makes the directory.
            if opened >= 0, isNew, fchmod(opened, 0o2770) != 0 { fchmod(opened, 0o770) }
        }
        guard opened >= 0 else { throw Failure(path: path, act: "open", code: errno) }
        // What could not be taken away again must not be read either.
        guard faccessat(opened, ".", W_OK | X_OK, 0) == 0 else {
            let code = errno
            close(opened)
            throw Failure(path: path, act: "write to", code: code)
        }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Takes the right to put files in place, for as long as the directory is open, or the process lives (flock(2)).
    ///
    /// - Throws: `Failure` if others have it for too long.
    func lock() throws(Failure) {
        let end = MonotonicClock.microseconds + Self.lockLimit
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, MonotonicClock.microseconds < end else {
                throw Failure(path: path, act: "lock", code: errno)
            }
            usleep(Self.lockPause)
        }
    }

    /// The names in it, in no order.
    func names() -> [String] {
        // A position of its own, for two may list at once.
        let listed = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listed >= 0 else { return [] }
        guard let listing = fdopendir(listed) else {
            close(listed)
            return []
        }
        defer { closedir(listing) }
        var names: [String] = []
        while names.count < Self.nameLimit, let entry = readdir(listing) {
            // In place: a record ends where its name does, and the next page may not be there.
            let name = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
            names.append(String(cString: name.assumingMemoryBound(to: CChar.self)))
        }
        return names
    }

    /// What a name stands for; nil where nothing has it.
    func file(_ name: String) -> File? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return File(
            name: name, size: Int(status.st_size),
            milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
    }

    /// What a file begins with, at most so many bytes; nil where there is no file of that name, but a link or nothing.
    func contents(of name: String, limit: Int) -> [UInt8]? {
        // Not waiting for the other end of what may be a pipe.
        let opened = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = min(Int(status.st_size), limit)
        return [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
            while count < size {
                let more = pread(opened, bytes.baseAddress! + count, size - count, count)
                if more < 0 && errno == EINTR { continue }
                guard more > 0 else { break }
                count += more
            }
        }
    }

    /// Puts a file in the place of whatever has its name. Needs the lock.
    ///
    /// - Parameter time: what it is to say as the time of its last change.
    /// - Throws: `Failure`; what was there is there still then.
    func put(_ bytes: [UInt8], as name: String, time: Timestamp) throws(Failure) {
        // What a writer left who died.
        remove(Self.unfinished)
        let opened = openat(
            descriptor, Self.unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o660)
        guard opened >= 0 else { throw Failure(path: path, act: "write to", code: errno) }
        defer { close(opened) }
        var code = Self.write(bytes, to: opened, time: time)
        if code == 0, renameat(descriptor, Self.unfinished, descriptor, name) != 0 {
            code = errno
            // What cannot be replaced may be a directory.
            if remove(name), renameat(descriptor, Self.unfinished, descriptor, name) == 0 { code = 0 }
        }
        guard code != 0 else { return }
        remove(Self.unfinished)
        throw Failure(path: path, act: "write to", code: code)
    }

    /// - Returns: the `errno` of what failed, 0 if nothing did.
    private static func write(_ bytes: [UInt8], to descriptor: Int32, time: Timestamp) -> Int32 {
        // The umask has had its say.
        guard fchmod(descriptor, 0o660) == 0 else { return errno }
        if !bytes.isEmpty {
            let code = posix_fallocate(descriptor, 0, bytes.count)
            guard code == 0 else { return code }
        }
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + count, $0.count - count)
            }
            if more < 0 && errno == EINTR { continue }
            guard more >= 0 else { return errno }
            count += more
        }
        let stamp = timespec(
            tv_sec: Int(time.seconds), tv_nsec: Int(time.milliseconds - time.seconds * 1000) * 1_000_000)
        return futimens(descriptor, [stamp, stamp]) == 0 ? 0 : errno
    }

    /// Takes a file, a link or an empty directory away.
    ///
    /// - Returns: whether it was there.
    @discardableResult
    func remove(_ name: String) -> Bool {
        if unlinkat(descriptor, name, 0) == 0 { return true }
        return errno == EISDIR && unlinkat(descriptor, name, AT_REMOVEDIR) == 0
    }
}
