import Dragonfly
import Foundation

/// A private store server (`redis-server`), gone with its owner.
public final class StoreServer: @unchecked Sendable {
    /// How it is reached.
    public enum Transport: Sendable {
        /// By a unix socket.
        case unix
        /// By a port of 127.0.0.1.
        case tcp
    }

    /// Where it listens.
    public let address: Address
    private let directory: TemporaryDirectory
    private let more: [String]
    private let command: @Sendable ([String]) -> [String]
    private let lock = NSLock()
    private var process: ChildProcess?
    private var store: Store?

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - more: further options of its own, which come last.
    ///   - command: what is run in place of its command line, such as that in a network of its own.
    /// - Throws: `TestSupportError` if it does not.
    public init(
        _ transport: Transport = .unix, more: [String] = [],
        command: @escaping @Sendable ([String]) -> [String] = { $0 }
    ) throws {
        self.more = more
        self.command = command
        // A test that stops the server writes to a connection that nobody reads, as workers do, who ignore it as well.
        signal(SIGPIPE, SIG_IGN)
        directory = try TemporaryDirectory()
        address =
            switch transport {
            case .unix: .unix(directory.file("store.sock"))
            case .tcp: .port(try Address.freePort())
            }
        try start()
    }

    /// Its address as `DRAGONFLY_URL` has it.
    public var url: String {
        switch address {
        case .unix(let path): "unix://\(path)?db=0"
        case .port(let port): "redis://127.0.0.1:\(port)/0"
        }
    }

    /// Starts it again on the same address after `stop()`, empty, or after `stopKeeping()` with what it held.
    public func start() throws {
        var arguments = ["--save", "", "--appendonly", "no", "--dir", directory.path, "--daemonize", "no"]
        switch address {
        case .unix(let path): arguments += ["--port", "0", "--unixsocket", path]
        case .port(let port): arguments += ["--port", String(port), "--bind", "127.0.0.1"]
        }
        // Before others, where that may be had: from a store that is kept from the processor no worker would wait for its answer
        // (`Store.commandLimit`).
        let words = command(["nice", "-n", "-10", try Tool.path("redis-server")] + arguments + more)
        let process = try ChildProcess(words[0], Array(words[1...]))
        lock.withLock {
            self.process = process
            // A client of the one before may still wait until it tries again.
            store = nil
        }
        let answers = eventually { !process.isRunning || (try? Socket(address)) != nil }
        guard answers, process.isRunning else {
            throw TestSupportError("redis-server does not start: \(process.output.suffix(500))")
        }
    }

    /// Ends it: connections are refused from now on.
    public func stop() {
        lock.withLock { process }?.terminate(within: 10)
    }

    /// Ends it by SIGKILL: what it has not saved is lost. It is started again with what it has saved, if anything.
    public func crash() { lock.withLock { process }?.killNow() }

    /// Ends it as `stop()` does; it will have all that it holds when it is started again.
    public func stopKeeping() {
        // It is gone before it can say so.
        _ = try? run("SHUTDOWN", "SAVE")
        stop()
    }

    /// Stops its clock: connections are accepted by the kernel, and nothing is answered.
    public func freeze() { lock.withLock { process }?.signal(SIGSTOP) }

    /// Lets it go on.
    public func thaw() { lock.withLock { process }?.signal(SIGCONT) }

    /// Runs a command.
    ///
    /// - Throws: `StoreError`.
    @discardableResult
    public func run(_ name: String, _ arguments: String...) throws -> Reply {
        try lock.withLock {
            let store = self.store ?? StoreURL(url).map { Store(url: $0, prefix: "", timeout: 5000) }
            self.store = store
            guard let store else { throw TestSupportError("\(url) is no store's address.") }
            return try store.run(Command(name, arguments.map { Array($0.utf8) }))
        }
    }
}
