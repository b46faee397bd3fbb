import Foundation

/// A running `chimney pool`.
public final class PoolProcess: @unchecked Sendable {
    /// The unix socket that it listens on.
    public let socket: String
    /// The supervisor.
    public let process: ChildProcess
    private let directory: TemporaryDirectory

    /// Starts a pool and waits until it answers.
    ///
    /// - Parameters:
    ///   - environment: its settings; it gets no others.
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
        let process = try ChildProcess(
            binary ?? Binary.path, ["pool", "--listen", socket, "--workers", String(workers)] + arguments,
            environment: environment)
        self.process = process
        let client = FastCGIClient(.unix(socket), timeout: 5)
        let isUp = eventually(within: 15) {
            !process.isRunning || (try? client.request("GET", "/health"))?.status == 200
        }
        guard isUp, process.isRunning else {
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
    public var workers: [pid_t] { Self.children(of: pid, named: "chimney worker") }

    /// The process ids of the streamers: one, but for the time in which two generations live side by side.
    public var streamers: [pid_t] { Self.children(of: pid, named: "chimney streamer") }

    /// The children of a supervisor that have a name; by the kernel's 15 bytes of it.
    public static func children(of supervisor: pid_t, named name: String) -> [pid_t] {
        let path = "/proc/\(supervisor)/task/\(supervisor)/children"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: " ").compactMap { pid_t($0) }.filter { child in
            let found = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
            return found?.dropLast() == name.prefix(15)
        }
    }

    /// Where the streamer of a pool listens that has a socket of its own at this path.
    public static func streamSocket(beside socket: String) -> String {
        socket.hasSuffix(".sock") ? socket.dropLast(5) + "-streamer.sock" : socket + "-streamer"
    }

    /// The unix socket of its streamer.
    public var streamSocket: String { Self.streamSocket(beside: socket) }

    /// Ends it as an operator does, by SIGTERM.
    @discardableResult
    public func stop(within seconds: Double = 10) -> ChildProcess.End? { process.terminate(within: seconds) }
}
