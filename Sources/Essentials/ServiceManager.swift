import Glibc

/// What a process tells the service manager that has started it, by the protocol of sd_notify(3): datagrams of
/// `NAME=value` lines to the socket that `NOTIFY_SOCKET` names. Without one, everything here does nothing.
///
/// Only the unit's main process is heard (`NotifyAccess=main`): whoever is forked from it has nothing to say.
public final class ServiceManager {
    /// The socket's address; nil where nobody wants to be told.
    private let address: Address?
    /// Microseconds between two signs of life; nil where none are waited for.
    private let beat: UInt64?
    private var lastBeat: UInt64 = 0
    private var isStopping = false

    /// The service manager of this process.
    public convenience init() {
        var environment: [String: String] = [:]
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        self.init(environment: environment)
    }

    /// The service manager that these variables tell of: `NOTIFY_SOCKET`, a path or `@` and an abstract name;
    /// `WATCHDOG_USEC` and `WATCHDOG_PID` (sd_watchdog_enabled(3)).
    public init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"].flatMap { Address($0) }
        let isMeant = environment["WATCHDOG_PID"].map { Int32($0) == getpid() } ?? true
        // Half of the time after which it counts as hanging, as the manual page advises.
        beat = isMeant ? environment["WATCHDOG_USEC"].flatMap { UInt64($0) }.flatMap { $0 > 0 ? $0 / 2 : nil } : nil
    }

    /// It does its work from now on; also the end of a reload.
    ///
    /// - Parameter status: a line for `systemctl status`.
    public func ready(_ status: String) { send(["READY=1", "STATUS=\(status)"]) }

    /// It reloads, until `ready` is called.
    public func reloading() {
        send(["RELOADING=1", "MONOTONIC_USEC=\(MonotonicClock.microseconds)", "STATUS=reloading"])
    }

    /// It is about to end. Said once, however often it is called.
    ///
    /// - Parameter microseconds: how long that may take, where the unit's own limit is shorter.
    public func stopping(_ status: String, within microseconds: UInt64? = nil) {
        guard !isStopping else { return }
        isStopping = true
        send(["STOPPING=1", "STATUS=\(status)"] + (microseconds.map { ["EXTEND_TIMEOUT_USEC=\($0)"] } ?? []))
    }

    /// It waits for something before it can begin, and for so many microseconds more.
    public func waiting(_ status: String, microseconds: UInt64) {
        send(["STATUS=\(status)", "EXTEND_TIMEOUT_USEC=\(microseconds)"])
    }

    /// A sign of life, if one is due: to be called from the loop that has to go on for the process to be alive.
    public func keepAlive() {
        guard let beat else { return }
        let now = MonotonicClock.microseconds
        guard lastBeat == 0 || now - lastBeat >= beat else { return }
        lastBeat = now
        send(["WATCHDOG=1"])
    }

    /// A manager that is gone is no reason to fail, and one that does not read holds up nobody for long.
    private func send(_ lines: [String]) {
        guard var address else { return }
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // A line break would begin another assignment.
        let text = lines.map { String($0.map { $0.isNewline ? " " : $0 }) }.joined(separator: "\n")
        let bytes = Array(text.utf8)
        withUnsafePointer(to: &address.socket) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, address.size)
            }
        }
    }

    /// Where a unix socket is, by its path or by its abstract name (unix(7)).
    private struct Address {
        var socket = sockaddr_un()
        let size: socklen_t

        init?(_ text: String) {
            var name = Array(text.utf8)
            guard name.count > 1, name.count < MemoryLayout.size(ofValue: socket.sun_path),
                name[0] == UInt8(ascii: "/") || name[0] == UInt8(ascii: "@")
            else { return nil }
            if name[0] == UInt8(ascii: "@") { name[0] = 0 }
            socket.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &socket.sun_path) { $0.copyBytes(from: name) }
            // An abstract name is as long as it is, a path ends with a zero.
            size = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (name[0] == 0 ? 0 : 1))
        }
    }
}
