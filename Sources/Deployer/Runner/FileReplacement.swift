import Glibc

/// Puts a file in the place of another one, so that whoever reads it finds either the old or the new one, whole; after
/// a power failure as well (rename(2), fsync(2)).
enum FileReplacement {
    /// It could not be done, and the old file is still there. Says which file, and why.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Replaces a file, or makes it.
    ///
    /// - Parameters:
    ///   - path: the file; where it is a symbolic link, what that leads to is replaced.
    ///   - mode: the mode of a new file; an old one's mode is kept, and its owner and group where this process may give it to them.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(Failure) {
        let resolved = realpath(path, nil)
        defer { free(resolved) }
        let target = resolved.map { String(cString: $0) } ?? path
        let temporary = "\(target).new"
        var old = stat()
        let isThere = stat(target, &old) == 0
        // What a predecessor has not finished.
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        var isWritten = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
        if isThere, old.st_uid != geteuid() || old.st_gid != getegid() {
            // Who is not root cannot give a file away. What matters is that others may read it as before.
            _ = fchown(descriptor, old.st_uid, old.st_gid)
        }
        isWritten =
            isWritten && fchmod(descriptor, isThere ? old.st_mode & 0o7777 : mode) == 0 && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isWritten else {
            unlink(temporary)
            throw failure(path, code)
        }
        guard rename(temporary, target) == 0 else {
            let code = errno
            unlink(temporary)
            throw failure(path, code)
        }
        sync(directoryOf: target)
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Has the new name on disk. Without it the rename may be lost in a power failure, and nothing else be wrong.
    private static func sync(directoryOf path: String) {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let directory = open(end == path.startIndex ? "/" : String(path[..<end]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    private static func failure(_ path: String, _ code: Int32 = errno) -> Failure {
        Failure(description: "\(path): \(String(cString: strerror(code)))")
    }
}
