import Foundation

/// A RAM file system of its own, in the mount namespace of a process that ends with it, and seen through that process.
public final class SmallFileSystem: Sendable {
    /// Whether this machine lets an ordinary user have one.
    public static let isPossible: Bool = (try? SmallFileSystem(options: "size=64k")) != nil

    /// Where it is.
    public var path: String { "/proc/\(process.pid)/root\(directory.path)" }

    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// Mounts one.
    ///
    /// - Parameter options: of mount(8) for a tmpfs(5).
    /// - Throws: `TestSupportError` if it cannot be had.
    public init(options: String) throws {
        directory = try TemporaryDirectory()
        process = try ChildProcess(
            "unshare",
            [
                "--user", "--map-root-user", "--mount", "sh", "-c",
                "mount -t tmpfs -o \(options) none \(directory.path) && touch \(directory.path)/mounted && exec sleep 600",
            ])
        let isMounted = eventually {
            !process.isRunning || FileManager.default.fileExists(atPath: path + "/mounted")
        }
        guard isMounted, process.isRunning else {
            throw TestSupportError("There is no file system to be had: \(process.errors)")
        }
    }

    /// Changes its options.
    ///
    /// - Throws: `TestSupportError` if they cannot be changed.
    public func remount(_ options: String) throws {
        let child = try ChildProcess(
            "nsenter",
            [
                "--user", "--mount", "--preserve-credentials", "--target", String(process.pid), "mount", "-o",
                "remount,\(options)", directory.path,
            ])
        guard child.wait() == .exited(0) else {
            throw TestSupportError("The file system cannot be mounted anew: \(child.errors)")
        }
    }

    deinit { process.killNow() }
}
