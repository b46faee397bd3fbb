import Essentials
import Glibc
import Logging
import TestSupport

@testable import GitHub

/// A memory tier in a directory of its own, as each process of a host has it.
final class TierFixture: Sendable {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Where the tier is; not there until something is stored.
    var path: String { directory.file("cache") }

    /// The tier as a process sees it.
    var tier: MemoryTier { MemoryTier(directory: path) }

    /// The names of the files.
    func names() throws -> [String] {
        let directory = try CacheDirectory(path, isMade: true)
        return directory.names().filter { $0 != "." && $0 != ".." }.sorted()
    }

    /// The path of the only file.
    func onlyFile() throws -> String {
        let names = try names()
        guard names.count == 1 else { throw TestSupportError("There are \(names.count) files in \(path).") }
        return "\(path)/\(names[0])"
    }

    /// The permissions of a file, and what kind it is of.
    static func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }
}

extension MemoryTier {
    /// How many bytes the files of its entries have.
    var bytes: Int {
        guard let directory = try? CacheDirectory(path, isMade: false) else { return 0 }
        return directory.names().filter { $0.utf8.count == 64 }.reduce(0) { $0 + (directory.file($1)?.size ?? 0) }
    }
}

extension CacheEntry {
    /// An entry that was fetched at a time, in milliseconds.
    static func sample(_ fetchedAt: Int64, body: String = "[]", missingAt: Int64? = nil) -> CacheEntry {
        sample(fetchedAt, body: Array(body.utf8), missingAt: missingAt)
    }

    /// An entry that was fetched at a time, in milliseconds.
    static func sample(_ fetchedAt: Int64, body: [UInt8], missingAt: Int64? = nil) -> CacheEntry {
        CacheEntry(
            content: Content(
                status: 200, etag: "W/\"\(fetchedAt)\"", headers: Array("Content-Type: application/json\r\n".utf8),
                body: body, fetchedAt: Timestamp(milliseconds: fetchedAt)),
            missingAt: missingAt.map(Timestamp.init))
    }

    /// What is known of a resource that GitHub has never had.
    static func missing(_ time: Int64) -> CacheEntry {
        CacheEntry(content: nil, missingAt: Timestamp(milliseconds: time))
    }
}

/// Keeps what is logged.
final class LogCollector: LogHandler, @unchecked Sendable {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    /// The messages, in their order.
    private(set) var messages: [String] = []

    /// A logger that logs to it.
    var logger: Logger { Logger(label: "test") { _ in self } }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { messages.append("\(event.message)") }
}
