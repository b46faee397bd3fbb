import Foundation
import TestSupport

/// The two sockets of `chimney.socket`, held as systemd holds them.
struct HeldSockets: Sendable {
    let worker: HeldSocket
    let streamer: HeldSocket

    init() throws {
        worker = try HeldSocket("chimney.sock")
        streamer = try HeldSocket("chimney-streamer.sock")
    }
}

/// A pool that is started as systemd starts one of several on the same sockets: with their descriptors, and asked to say when
/// it is ready and that it is alive.
final class Instance: @unchecked Sendable {
    let process: ChildProcess
    let manager: NotifySocket

    /// Starts it. It is ready when `manager` has heard so.
    ///
    /// - Parameter binary: the program; nil for the one under test.
    init(
        _ sockets: HeldSockets, environment: [String: String], workers: Int = 3, binary: String? = nil,
        watchdog microseconds: Int = 60_000_000
    ) throws {
        manager = try NotifySocket()
        let told = [
            "LISTEN_FDS": "2", "LISTEN_FDNAMES": "chimney.socket:chimney.socket", "NOTIFY_SOCKET": manager.address,
            "WATCHDOG_USEC": String(microseconds),
        ]
        // The process id is known to nobody before.
        let start = #"LISTEN_PID=$$ WATCHDOG_PID=$$; export LISTEN_PID WATCHDOG_PID; exec "$0" "$@""#
        process = try ChildProcess(
            "/bin/sh", ["-c", start, binary ?? Binary.path, "pool", "--workers", String(workers)],
            environment: environment.merging(told) { $1 },
            descriptors: [3: sockets.worker.descriptor, 4: sockets.streamer.descriptor])
    }

    /// Waits until it says that it is ready.
    func isReady(within seconds: Double = 30) -> Bool {
        eventually(within: seconds) { !process.isRunning || manager.count("READY") > 0 } && process.isRunning
    }
}
