import Foundation
import TestSupport

/// A clock for processes, which need not be right (libfaketime): it can be set while they run. Their monotonic clock goes on
/// as it is, as it does where a host's clock is set.
final class FalseClock: Sendable {
    private static let library = Result {
        let places = ["/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
        let path = places.map { $0 + "/faketime/libfaketime.so.1" }.first(where: FileManager.default.fileExists)
        guard let path else {
            throw TestSupportError("libfaketime is not installed: Tests/run installs what tests need.")
        }
        return path
    }

    private let files: TemporaryDirectory

    /// The variables by which a process has this clock.
    let environment: [String: String]

    /// A clock that is off by so many hours.
    init(hours: Int = 0) throws {
        files = try TemporaryDirectory()
        environment = [
            // libc's own allocator: another one (redis-server's) asks for the time before the library is ready to tell it.
            "LD_PRELOAD": "\(try Self.library.get()) libc.so.6", "FAKETIME_TIMESTAMP_FILE": files.file("time"),
            // It is looked at for each time that is told.
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
        ]
        try set(hours: hours)
    }

    /// Sets it: it is off by so many hours from now on.
    func set(hours: Int) throws {
        let new = try files.write("time.new", hours < 0 ? "\(hours)h\n" : "+\(hours)h\n")
        guard rename(new, files.file("time")) == 0 else { throw TestSupportError("The clock cannot be set.") }
    }

    deinit {
        // The library leaves what the processes shared; their numbers will be somebody else's.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/dev/shm")) ?? [] {
            let parts = name.split(separator: "_")
            guard name.contains("faketime_"), let pid = parts.last.flatMap({ pid_t($0) }), kill(pid, 0) != 0 else {
                continue
            }
            unlink("/dev/shm/\(name)")
        }
    }
}
