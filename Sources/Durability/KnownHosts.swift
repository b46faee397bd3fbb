import Essentials
import Glibc
import Journal

/// The hosts that keep a journal, as this one knew them last, in a file beside its own: a store that comes back empty does
/// not know whom to wait for.
struct KnownHosts {
    private static let limit = 64 << 10
    private let path: String

    init(_ journal: Journal) { path = journal.directory + "/hosts" }

    /// The file is there and cannot be read: going on, nobody would be waited for.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String

        /// After a system call that has failed.
        init(_ path: String) { description = "cannot read \(path): \(String(cString: strerror(errno)))" }
    }

    /// Reads the file; empty where there is none.
    func read() throws(Unreadable) -> Ledger.Hosts {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return [:] }
            throw Unreadable(path)
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw Unreadable(path) }
        var hosts: Ledger.Hosts = [:]
        for line in String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t")
            if parts.count == 2, let sign = Int64(parts[1]) { hosts[String(parts[0])] = sign }
        }
        return hosts
    }

    /// Puts the file in place, whole. That it may fail is no reason to stop: whom it does not name is not waited for.
    ///
    /// - Returns: whether it is in place.
    @discardableResult
    func write(_ hosts: Ledger.Hosts) -> Bool {
        let text = hosts.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }.joined()
        let unfinished = path + "-unfinished"
        let file = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o660)
        guard file >= 0 else { return false }
        // Whatever the umask, as all files of the journal.
        fchmod(file, 0o660)
        let bytes = Array(text.utf8)
        let isWhole = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        if isWhole, rename(unfinished, path) == 0 { return true }
        unlink(unfinished)
        return false
    }
}
