import ArgumentParser
import FastCGI
import Glibc

/// Where to listen.
struct ListenOptions: ParsableArguments {
    /// What systemd's units call the sockets (FileDescriptorName of systemd.socket(5)).
    static let worker = "worker"
    static let streamer = "streamer"

    @Option(
        help: """
            A unix socket's path, or HOST:PORT. A socket that the process is started with (systemd, spawn-fcgi) is used \
            instead of it.
            """)
    var listen = "/run/chimney/chimney.sock"

    @Option(help: "Permissions of the unix socket, in octal.")
    var socketMode = "0660"

    func validate() throws { try Self.check(listen, socketMode) }

    /// Refuses an address that is none, and permissions that are none.
    static func check(_ listen: String, _ socketMode: String) throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen has to be a path of at most 107 bytes, or HOST:PORT.")
        }
        guard let mode = mode_t(socketMode, radix: 8), mode <= 0o777 else {
            throw ValidationError("--socket-mode has to be octal permissions such as 0660.")
        }
    }

    /// Permissions of a unix socket.
    var mode: mode_t { mode_t(socketMode, radix: 8) ?? 0 }

    /// The inherited socket, else one of our own.
    func open() throws(PoolError) -> Listener {
        try Self.open(listen, socketMode, as: Self.worker, besides: Self.streamer)
    }

    /// The inherited socket, else one of our own.
    ///
    /// - Parameters:
    ///   - name: what systemd calls it, if it has more than one for us.
    ///   - other: what it calls the one that is not meant.
    static func open(
        _ listen: String, _ socketMode: String, as name: String, besides other: String
    ) throws(PoolError) -> Listener {
        if let inherited = Listener.inherited(name: name, besides: [other], environment: inheritance) {
            return inherited
        }
        guard let address = ListenAddress(listen), let mode = mode_t(socketMode, radix: 8) else {
            throw .configuration("--listen \(listen) is no address")
        }
        return try Listener.open(address, mode: mode)
    }

    /// What tells of sockets that the process was started with (sd_listen_fds(3)).
    static var inheritance: [String: String] {
        var environment: [String: String] = [:]
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        return environment
    }
}

extension ListenAddress {
    /// A socket beside this one, for another purpose: `/run/chimney/chimney.sock` →
    /// `/run/chimney/chimney-streamer.sock`. Nil for a port, and where the path would be too long for a socket.
    func beside(_ purpose: String) -> ListenAddress? {
        guard case .unix(let path) = self else { return nil }
        let ending = ".sock"
        let stem = path.hasSuffix(ending) ? String(path.dropLast(ending.count)) : path
        return ListenAddress("unix:\(stem)-\(purpose)\(path.hasSuffix(ending) ? ending : "")")
    }
}
