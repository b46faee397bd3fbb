import Foundation
import TestSupport

/// The Debian package of the program under test.
struct DebianPackage: Sendable {
    /// Where it is.
    let path: String
    private let files: TemporaryDirectory

    /// It, made once for all tests of this process, and gone with that.
    static let current: Result<DebianPackage, any Error> = Result {
        let package = try DebianPackage()
        atexit { _ = try? DebianPackage.current.get().files.remove() }
        return package
    }

    /// A newer version of it, likewise.
    static let newer: Result<DebianPackage, any Error> = Result {
        let package = try DebianPackage(version: "99.1")
        atexit { _ = try? DebianPackage.newer.get().files.remove() }
        return package
    }

    /// Makes it with `systemd/package`.
    ///
    /// - Parameters:
    ///   - version: nil for the program's own.
    ///   - binary: nil for the program under test.
    init(version: String? = nil, binary: String? = nil) throws {
        files = try TemporaryDirectory()
        let made = try FinishedProcess(
            Package.path("systemd/package"),
            ["--binary", try binary ?? Binary.path, "--output", files.path]
                + (version.map { ["--version", $0] } ?? []),
            // What is not compressed is made in seconds.
            environment: ["DPKG_DEB_COMPRESSOR_TYPE": "none", "SOURCE_DATE_EPOCH": "1750000000"], within: 120)
        guard made.end == .exited(0) else { throw TestSupportError("systemd/package: \(made.errors.suffix(1000))") }
        path = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The program in it.
    func program(in directory: TemporaryDirectory) throws -> String {
        let unpacked = try FinishedProcess("dpkg-deb", ["--extract", path, directory.path], within: 60)
        guard unpacked.end == .exited(0) else { throw TestSupportError(unpacked.errors) }
        return directory.file("usr/bin/chimney")
    }
}
