import Foundation

/// Something that a test needs is missing or does not work; the text says what to do.
public struct TestSupportError: Error, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    /// An error.
    public init(_ description: String) {
        self.description = description
    }
}

/// Where the package is, and what of it tests use.
public enum Package {
    /// The root of the package.
    public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The path of a file of the package.
    public static func path(_ relative: String) -> String { root.appendingPathComponent(relative).path }
}

/// The program under test.
public enum Binary {
    /// The path of the built program: `CHIMNEY_BINARY`, else the release build of this package.
    ///
    /// - Throws: `TestSupportError` if it is not there.
    public static var path: String {
        get throws {
            let path = ProcessInfo.processInfo.environment["CHIMNEY_BINARY"] ?? Package.path(".build/release/chimney")
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw TestSupportError(
                    """
                    \(path) is not there: build it with \
                    `swift build -c release --static-swift-stdlib --product chimney`, or set CHIMNEY_BINARY.
                    """)
            }
            return path
        }
    }

    /// The path of the built `fake-github`: `FAKE_GITHUB_BINARY`, else the one that was built with these tests, beside them.
    ///
    /// - Throws: `TestSupportError` if it is not there.
    public static var fakeGitHub: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let beside = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("fake-github")
            let path = ProcessInfo.processInfo.environment["FAKE_GITHUB_BINARY"] ?? beside.path
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw TestSupportError(
                    "\(path) is not there: build it with `swift build --build-tests`, or set FAKE_GITHUB_BINARY.")
            }
            return path
        }
    }
}

/// Programs that tests use.
public enum Tool {
    /// The path of a program.
    ///
    /// - Throws: `TestSupportError` if it is not installed.
    public static func path(_ name: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        for folder in path.split(separator: ":") + ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"] {
            let candidate = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw TestSupportError("\(name) is not installed: Tests/run installs what tests need.")
    }
}

/// A directory that goes when its owner does.
public final class TemporaryDirectory: Sendable {
    /// Where it is. Short, so that a unix socket's path fits.
    public let path: String

    /// Makes a directory.
    ///
    /// - Throws: `TestSupportError` if it cannot be made.
    public init() throws {
        var template = Array("/tmp/chimney-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestSupportError("There is no room in /tmp for a directory.") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // Servers may run as other users.
        chmod(path, 0o755)
    }

    /// The path of a file in it.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in it, and returns its path.
    public func write(_ name: String, _ text: String) throws -> String {
        let path = file(name)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Takes the directory away, with all that is in it.
    public func remove() { try? FileManager.default.removeItem(atPath: path) }

    deinit { remove() }
}
