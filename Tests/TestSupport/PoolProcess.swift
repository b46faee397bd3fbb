import Foundation

/// A running `chimney pool`.
public final class PoolProcess: @unchecked Sendable {
    /// The unix socket that it listens on.
    public let socket: String
    /// The supervisor.
    public let process: ChildProcess
    /// Where the memory tier of its cache has its files.
    public let cacheDirectory: String
    private let directory: TemporaryDirectory

    /// Starts a pool and waits until it answers, and all its workers are there.
    ///
    /// - Parameters:
    ///   - environment: its settings; it gets no others, but for a `CHIMNEY_CACHE_DIR` of its own where none is named.
    ///   - arguments: options besides `--listen` and `--workers`.
    ///   - binary: the program; nil for the one under test.
    ///   - socket: where it listens; nil for a path of its own.
    /// - Throws: `TestSupportError` if it does not come up.
    public init(
        workers: Int = 4, environment: [String: String], arguments: [String] = [], binary: String? = nil,
        socket: String? = nil
    ) throws {
        directory = try TemporaryDirectory()
        let socket = socket ?? directory.file("pool.sock")
        self.socket = socket
        let environment = ["CHIMNEY_CACHE_DIR": directory.file("cache")].merging(environment) { $1 }
        cacheDirectory = environment["CHIMNEY_CACHE_DIR"] ?? ""
        let process = try ChildProcess(
            binary ?? Binary.path, ["pool", "--listen", socket, "--workers", String(workers)] + arguments,
            environment: environment)
        self.process = process
        let client = FastCGIClient(.unix(socket))
        let isUp = eventually {
            !process.isRunning || (try? client.request("GET", "/health"))?.status == 200
        }
        // One answers while others are being forked.
        let isComplete = eventually {
            !process.isRunning || Self.children(of: process.pid).count == workers
        }
        guard isUp, isComplete, process.isRunning else {
            process.killNow()
            throw TestSupportError("chimney pool does not come up: \(process.errors.suffix(1000))")
        }
    }

    /// Its process id.
    public var pid: pid_t { process.pid }

    /// What it has written to standard error so far: log lines.
    public var log: String { process.errors }

    /// The log lines so far, as JSON.
    public var logLines: [JSON] {
        log.split(separator: "\n").compactMap { try? JSON(parsing: $0.utf8) }
    }

    /// Asks the pool without a front end.
    public var fastCGI: FastCGIClient { FastCGIClient(.unix(socket)) }

    /// The process ids of the workers.
    public var workers: [pid_t] { children("worker") }

    /// The process ids of the streamers: one, but for the time in which two generations live side by side.
    public var streamers: [pid_t] { children("streamer") }

    /// The process ids of the agents, likewise.
    public var agents: [pid_t] { children("agent") }

    /// The process ids of the supervisor's children of a role.
    public func children(_ role: String) -> [pid_t] { Self.children(of: pid, role) }

    /// The process ids of a supervisor's children of a role.
    public static func children(of pid: pid_t, _ role: String = "worker") -> [pid_t] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        // The kernel keeps 15 bytes of a name.
        let name = "chimney \(role)".prefix(15)
        return text.split(separator: " ").compactMap { pid_t($0) }.filter { child in
            let comm = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
            return comm.map { $0.prefix { $0 != "\n" } == name } ?? false
        }
    }

    /// Where the streamer of a pool listens that has a socket of its own at this path.
    public static func streamSocket(beside socket: String) -> String {
        socket.hasSuffix(".sock") ? socket.dropLast(5) + "-streamer.sock" : socket + "-streamer"
    }

    /// The unix socket of its streamer.
    public var streamSocket: String { Self.streamSocket(beside: socket) }

    /// Whether somebody listens on its sockets: its processes end with a supervisor that was killed, but not in the same
    /// instant.
    public var isListening: Bool { [socket, streamSocket].contains { (try? Socket(.unix($0))) != nil } }

    /// Ends it as an operator does, by SIGTERM.
    @discardableResult
    public func stop(within seconds: Double = patience) -> ChildProcess.End? { process.terminate(within: seconds) }
}
