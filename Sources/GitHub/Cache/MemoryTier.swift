import Crypto
import Essentials
import Logging

/// The cache's second tier: what was stored last, in a directory of small files on a RAM file system, to be read while
/// the store does not answer.
///
/// All processes of a host share it, workers, agent and CGI programs, and it outlives them. There is a file for each
/// entry, named by a digest of its key and dated by its last news of GitHub. Where the directory cannot be used, the tier
/// holds nothing, and says so once in the log; nothing fails for that.
final class MemoryTier {
    /// Entries that are held at the most.
    static let entryLimit = 500
    /// Bytes of their files that are held at the most, 64 MiB.
    static let byteLimit = 64 << 20

    /// Where the files are.
    let path: String
    private let log: Logger
    private var hasComplained = false

    /// A tier in a directory, which is made when the first entry is stored.
    init(directory path: String, log: Logger = Logger(label: "github")) {
        self.path = path
        self.log = log
    }

    // MARK: One entry

    /// The entry of a key.
    func entry(for key: String) -> CacheEntry? {
        guard let directory = opened() else { return nil }
        let bytes = directory.contents(of: Self.name(key), limit: Self.byteLimit)
        return bytes.flatMap { CacheFile.entry($0, for: key) }
    }

    /// The times of a key's entry.
    func version(of key: String) -> CacheEntry.Version? {
        guard let directory = opened() else { return nil }
        return Self.head(Self.name(key), in: directory)?.version
    }

    /// Puts an entry in the place of the one that a key has. Where it cannot be kept, or is larger than the whole tier
    /// may be, the key has none afterwards: the one before is not what the cache holds any more.
    func store(_ entry: CacheEntry, for key: String) {
        guard let time = entry.version.latest, key.utf8.count <= CacheFile.keyLimit else {
            remove(key)
            return
        }
        let bytes = CacheFile.bytes(of: entry, for: key)
        guard bytes.count <= Self.byteLimit else {
            remove(key)
            return
        }
        do throws(CacheDirectory.Failure) {
            let directory = try CacheDirectory(path, isMade: true)
            try directory.lock()
            try put(bytes, as: Self.name(key), time: time, in: directory)
        } catch {
            complain(error)
            remove(key)
        }
    }

    /// The oldest make room.
    private func put(
        _ bytes: [UInt8], as name: String, time: Timestamp, in directory: borrowing CacheDirectory
    ) throws(CacheDirectory.Failure) {
        var others = Self.files(in: directory).filter { $0.name != name }
        others.sort { ($0.milliseconds, $0.name) < ($1.milliseconds, $1.name) }
        var oldest = others[...]
        var size = others.reduce(0) { $0 + $1.size }
        while oldest.count >= Self.entryLimit || size + bytes.count > Self.byteLimit, let file = oldest.popFirst() {
            directory.remove(file.name)
            size -= file.size
        }
        while true {
            do {
                return try directory.put(bytes, as: name, time: time)
            } catch {
                // A file system smaller than the tier may be: what is there makes room, at last the one before.
                guard error.isFull else { throw error }
                if let file = oldest.popFirst() {
                    directory.remove(file.name)
                } else if !directory.remove(name) {
                    throw error
                }
            }
        }
    }

    /// Takes a key's entry away.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    func remove(_ key: String) -> Bool {
        opened()?.remove(Self.name(key)) ?? false
    }

    // MARK: All entries

    /// Takes the entries away whose keys a prefix concerns (`CacheChange.matches`).
    ///
    /// - Returns: how many there were.
    @discardableResult
    func remove(prefix: String) -> Int { remove { CacheChange.matches(prefix: prefix, key: $0) } }

    /// Takes the entries away whose keys a condition holds for.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func remove(where isConcerned: (String) -> Bool) -> Int {
        removeFiles { name, directory in Self.head(name, in: directory).map { isConcerned($0.key) } ?? false }
    }

    /// Takes all entries away.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func removeAll() -> Int { removeFiles { _, _ in true } }

    private func removeFiles(where isConcerned: (String, borrowing CacheDirectory) -> Bool) -> Int {
        guard let directory = opened() else { return 0 }
        // A listing may lack what is replaced meanwhile. Should somebody stand in the way: better without a lock than
        // not at all.
        do throws(CacheDirectory.Failure) { try directory.lock() } catch { complain(error) }
        return Self.names(in: directory).count { isConcerned($0, directory) && directory.remove($0) }
    }

    /// How many entries are held.
    var count: Int {
        guard let directory = opened() else { return 0 }
        return Self.names(in: directory).count
    }

    /// All keys, with the times of their entries.
    var versions: [String: CacheEntry.Version] {
        guard let directory = opened() else { return [:] }
        var versions: [String: CacheEntry.Version] = [:]
        for name in Self.names(in: directory) {
            if let head = Self.head(name, in: directory) { versions[head.key] = head.version }
        }
        return versions
    }

    // MARK: The directory

    /// The number of the last change in the store that the tier has followed (`CacheChange`), for whoever follows it next;
    /// nil where that is not known.
    var position: Int64? {
        get {
            let text = opened()?.contents(of: Self.positionFile, limit: 20)
            return text.flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        }
        set {
            do throws(CacheDirectory.Failure) {
                let directory = try CacheDirectory(path, isMade: true)
                guard let newValue else {
                    directory.remove(Self.positionFile)
                    return
                }
                try directory.lock()
                try directory.put(Array(String(newValue).utf8), as: Self.positionFile, time: .now)
            } catch {
                complain(error)
            }
        }
    }

    private static let positionFile = "position"

    private func opened() -> CacheDirectory? {
        do throws(CacheDirectory.Failure) { return try CacheDirectory(path, isMade: false) } catch {
            if !error.isAbsence { complain(error) }
            return nil
        }
    }

    private func complain(_ failure: CacheDirectory.Failure) {
        guard !hasComplained else { return }
        hasComplained = true
        log.warning("the cache's memory tier fails: cannot \(failure); see CHIMNEY_CACHE_DIR")
    }

    /// SHA-256 of the key, in lower-case hexadecimal digits.
    private static func name(_ key: String) -> String { Hex.string(Array(SHA256.hash(data: Array(key.utf8)))) }

    private static func names(in directory: borrowing CacheDirectory) -> [String] {
        directory.names().filter { name in
            name.utf8.count == 64 && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        }
    }

    private static func files(in directory: borrowing CacheDirectory) -> [CacheDirectory.File] {
        names(in: directory).compactMap { directory.file($0) }
    }

    private static func head(
        _ name: String, in directory: borrowing CacheDirectory
    ) -> (key: String, version: CacheEntry.Version)? {
        let bytes = directory.contents(of: name, limit: CacheFile.headLimit)
        return bytes.flatMap(CacheFile.head).flatMap { Self.name($0.key) == name ? $0 : nil }
    }
}
