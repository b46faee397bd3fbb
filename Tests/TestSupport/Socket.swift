import Foundation
import Synchronization

/// Where a server listens.
public enum Address: Sendable, CustomStringConvertible {
    /// A port of 127.0.0.1.
    case port(UInt16)
    /// A unix socket.
    case unix(String)

    /// The address as text.
    public var description: String {
        switch self {
        case .port(let port): "127.0.0.1:\(port)"
        case .unix(let path): path
        }
    }

    var family: Int32 {
        switch self {
        case .port: AF_INET
        case .unix: AF_UNIX
        }
    }

    /// A port of 127.0.0.1 that nobody listens on, and that this process is given once.
    ///
    /// It is below those that the kernel takes for connections (`ip_local_port_range` of ip(7), from 32768 on), so that none
    /// of the many that tests make has it before whom it is for, nor while that is away. Those from 20000 to 29999 are left
    /// to `caddy/run`, which looks for ports 10,000 above its own.
    public static func freePort() throws -> UInt16 {
        for _ in 0..<1000 {
            let port = UInt16.random(in: 10_000..<20_000)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            if canListen(at: port) { return port }
        }
        throw TestSupportError("There is no free port.")
    }

    private static let given = Mutex<Set<UInt16>>([])

    private static func canListen(at port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = Socket.address(of: "127.0.0.1", port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// A connection, blocking, with time-outs. It is one thread's at a time, but for `interrupt`.
public final class Socket: @unchecked Sendable {
    /// The connection ended, or nothing came in time.
    public enum Failure: Error, Equatable {
        /// Nobody listens there, or the other side has closed the connection (errno).
        case system(Int32)
        /// Nothing came within the time-out.
        case timeout
    }

    private var descriptor: Int32

    /// Connects.
    ///
    /// - Parameters:
    ///   - source: the address of this side, such as 127.0.0.2; for ports only.
    ///   - timeout: seconds that each call may take.
    /// - Throws: `Failure`.
    public init(_ address: Address, from source: String? = nil, timeout: Double = patience) throws(Failure) {
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var limit = timeval(tv_sec: Int(timeout), tv_usec: Int(timeout.truncatingRemainder(dividingBy: 1) * 1e6))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard Self.connect(descriptor, to: address, from: source) == 0 else {
            let failure = errno
            close()
            throw .system(failure)
        }
    }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Listens on a port of 127.0.0.1, 0 for any that is free.
    ///
    /// - Throws: `TestSupportError` if somebody else does.
    static func listen(port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        var own = address(of: "127.0.0.1", port: port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 1024) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard listens else {
            Glibc.close(descriptor)
            throw TestSupportError("Nobody can listen on port \(port).")
        }
        return (descriptor, UInt16(bigEndian: own.sin_port))
    }

    /// Waits for a connection; nil once the listening socket was shut down.
    static func accept(from listener: Int32) -> Socket? {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                var on: Int32 = 1
                setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                return Socket(descriptor)
            }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    /// Waits until either side has ended the connection; false if neither has within `seconds`, or before the gate is
    /// open.
    func ends(within seconds: Double, before gate: Gate? = nil) -> Bool {
        // POLLRDHUP of poll(2), which Glibc does not show.
        var states = [pollfd(fd: descriptor, events: 0x2000, revents: 0)]
        if let gate { states.append(pollfd(fd: gate.descriptor, events: Int16(POLLIN), revents: 0)) }
        return poll(&states, nfds_t(states.count), Int32(min(seconds * 1000, 2e9))) > 0 && states[0].revents != 0
    }

    /// Waits until something comes from either of two, or one has ended.
    static func readable(_ one: Socket, _ other: Socket) -> (one: Bool, other: Bool) {
        var states = [one, other].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while poll(&states, 2, -1) < 0, errno == EINTR {}
        return (states[0].revents != 0, states[1].revents != 0)
    }

    /// Ends the connection from another thread: whoever waits for it wakes up.
    func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    static func connect(_ descriptor: Int32, to address: Address, from source: String?) -> Int32 {
        switch address {
        case .port(let port):
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
            if let source {
                var local = Self.address(of: source, port: 0)
                _ = with(&local, MemoryLayout<sockaddr_in>.size) { bind(descriptor, $0, $1) }
            }
            var remote = Self.address(of: "127.0.0.1", port: port)
            return with(&remote, MemoryLayout<sockaddr_in>.size) { Glibc.connect(descriptor, $0, $1) }
        case .unix(let path):
            var remote = sockaddr_un()
            remote.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &remote.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            return with(&remote, MemoryLayout<sockaddr_un>.size) { Glibc.connect(descriptor, $0, $1) }
        }
    }

    static func address(of host: String, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    private static func with<Value>(
        _ value: inout Value, _ size: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &value) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
        }
    }

    /// Sends bytes, all of them.
    public func send(_ bytes: some Collection<UInt8>) throws(Failure) {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw errno == EAGAIN ? .timeout : .system(errno) }
            sent += count
        }
    }

    /// Sends text.
    public func send(_ text: String) throws(Failure) { try send(Array(text.utf8)) }

    /// Receives what is there, waiting for it; nothing at the end.
    public func receive() throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw errno == EAGAIN ? .timeout : .system(errno) }
            return Array(bytes[..<count])
        }
    }

    /// Waits until there is something to receive, the end of the connection included; false if nothing comes within
    /// `seconds`.
    public func isReadable(within seconds: Double) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, Int32(seconds * 1000)) > 0
    }

    /// Says that nothing more will be sent.
    public func closeWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends the connection by a reset (SO_LINGER of socket(7)): the other side is told that it broke.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    /// Ends the connection.
    public func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    deinit { close() }
}
