import CPosix
import Glibc

/// Where a pool listens.
public enum ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// A unix socket at a path.
    case unix(path: String)
    /// A TCP port of a host; the front end is trusted with everything, so never one that strangers reach.
    case tcp(host: String, port: UInt16)

    /// Reads `/run/chimney/chimney.sock`, `unix:relative.sock`, `127.0.0.1:9000` or `[::1]:9000`.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { return nil }
            self = .unix(path: path.hasPrefix("//") ? String(path.dropFirst()) : path)
        } else if text.contains("/") {
            self = .unix(path: text)
        } else {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
            else { return nil }
            let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
            self = .tcp(host: host.isEmpty ? "127.0.0.1" : host, port: port)
        }
        if case .unix(let path) = self, path.utf8.count > 107 { return nil }
    }

    /// The address as it is written on the command line.
    public var description: String {
        switch self {
        case .unix(let path): path.contains("/") ? path : "unix:" + path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

/// A listening socket: opened here, or handed to the process by whoever started it.
public struct Listener: Sendable {
    /// The socket.
    public let descriptor: Int32
    /// Where it listens if this pool opened it; nil for an inherited one, whose owner cleans up.
    public let own: ListenAddress?

    init(descriptor: Int32, own: ListenAddress?) {
        self.descriptor = descriptor
        self.own = own
    }

    /// Opens a socket. A unix socket that nobody answers any more is replaced.
    ///
    /// - Parameter mode: the permissions of a unix socket's path.
    /// - Throws: `PoolError` with what to do if the address is taken or may not be used.
    public static func open(_ address: ListenAddress, mode: mode_t) throws(PoolError) -> Listener {
        let descriptor =
            switch address {
            case .unix(let path): try openUnix(path, mode: mode)
            case .tcp(let host, let port): try openTCP(host, port, address)
            }
        // Far more than there are workers: a connection that waits here is served, one that is refused is lost.
        guard listen(descriptor, 4096) == 0 else { throw .system("cannot listen on \(address)", errno) }
        let listener = Listener(descriptor: descriptor, own: address)
        listener.makeNonBlocking()
        return listener
    }

    /// The socket that the process was started with: systemd's (`LISTEN_FDS`, sd_listen_fds(3)), the one for `name` as
    /// `named` tells, or a listening socket as descriptor 0 (spawn-fcgi). Nil if there is none.
    ///
    /// - Parameter others: what other sockets are for; of those that are for none of it, the first one is the one.
    public static func inherited(
        name: String, besides others: [String] = [], environment: [String: String]
    ) -> Listener? {
        if let found = named(name, environment: environment) { return found }
        if let count = handedOn(environment) {
            let names = names(environment)
            let first = (0..<count).first { index in !others.contains { isFor($0, index, names) } }
            if let first, isListening(3 + Int32(first)) { return inherit(3 + Int32(first)) }
        }
        return isListening(0) ? inherit(0) : nil
    }

    /// The socket that systemd has started the process with for this purpose: it has that name (FileDescriptorName= of
    /// systemd.socket(5)), or, as all sockets of one unit have the same name, a path that ends with it, such as
    /// `chimney-streamer.sock`. Nil if there is none.
    public static func named(_ name: String, environment: [String: String]) -> Listener? {
        let names = names(environment)
        guard let count = handedOn(environment), let index = (0..<count).first(where: { isFor(name, $0, names) }),
            isListening(3 + Int32(index))
        else { return nil }
        return inherit(3 + Int32(index))
    }

    private static func isFor(_ purpose: String, _ index: Int, _ names: [Substring]) -> Bool {
        if index < names.count, names[index] == purpose { return true }
        guard let path = path(of: 3 + Int32(index)) else { return false }
        return (path.hasSuffix(".sock") ? String(path.dropLast(5)) : path).hasSuffix("-\(purpose)")
    }

    /// Where a unix socket is bound (getsockname(2)); nil for one that has no path.
    private static func path(of descriptor: Int32) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let found = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard found == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
        let path = withUnsafeBytes(of: address.sun_path) { Array($0.prefix { $0 != 0 }) }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }

    /// How many sockets systemd has handed on to this process; nil for none.
    private static func handedOn(_ environment: [String: String]) -> Int? {
        guard let count = environment["LISTEN_FDS"].flatMap({ Int($0) }), (1...1000).contains(count),
            environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid()
        else { return nil }
        return count
    }

    private static func names(_ environment: [String: String]) -> [Substring] {
        (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
    }

    private static func inherit(_ descriptor: Int32) -> Listener {
        let listener = Listener(descriptor: descriptor, own: nil)
        listener.makeNonBlocking()
        return listener
    }

    /// Whether a descriptor is a listening socket.
    public static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0
    }

    /// Workers wait by epoll and race to accept: who loses must not block.
    private func makeNonBlocking() {
        let flags = fcntl(descriptor, F_GETFL)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Whether it is a path that this pool has made, and takes away before it ends.
    var isOwnPath: Bool {
        if case .unix? = own { true } else { false }
    }

    /// Stops listening, and takes away a path of our own.
    public func retire() {
        unlinkPath()
        leave()
    }

    /// Stops listening in this process; whoever else has the socket goes on.
    func leave() {
        Glibc.close(descriptor)
        // Whatever is opened next would be taken for the standard input.
        if descriptor == STDIN_FILENO { _ = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }

    /// Takes away the path of a socket of our own, so that no further connection comes.
    public func unlinkPath() {
        if case .unix(let path)? = own { unlink(path) }
    }

    private static func openUnix(_ path: String, mode: mode_t) throws(PoolError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("cannot make a socket", errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        let probe = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(probe) }
        if withAddress({ connect(probe, $0, $1) }) == 0 || errno == EAGAIN {
            close(descriptor)
            throw .configuration("another process listens on \(path); stop it, or choose another --listen")
        }
        if errno == ECONNREFUSED {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
                close(descriptor)
                throw .configuration("\(path) is there and no socket; remove it, or choose another --listen")
            }
            unlink(path)
        }
        let mask = umask(~mode & 0o777)
        let bound = withAddress { bind(descriptor, $0, $1) }
        let failure = errno
        umask(mask)
        guard bound == 0 else {
            Glibc.close(descriptor)
            if failure == ENOENT {
                throw .configuration("the directory of \(path) is not there; make it, or choose another --listen")
            }
            throw .system("cannot listen on \(path)", failure)
        }
        return descriptor
    }

    private static func openTCP(_ host: String, _ port: UInt16, _ whole: ListenAddress) throws(PoolError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            throw .configuration("--listen \(whole): there is no such host")
        }
        defer { freeaddrinfo(first) }
        let descriptor = socket(
            first.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("cannot make a socket", errno) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
            let failure = errno
            close(descriptor)
            throw .system("cannot listen on \(whole)", failure)
        }
        return descriptor
    }
}
