import Foundation
import TestSupport

/// A Caddy with one of the package's Caddyfiles, which can be ended and started again where it was.
final class FrontEndProcess: @unchecked Sendable {
    /// Makes requests of it. Who waits for an origin that was cut off waits for longer than usual.
    let http: HTTPClient
    private let file: String
    private let environment: [String: String]
    private let caddy: CaddyEdition
    private let space: NetworkSpace?
    private let directory: TemporaryDirectory
    private let lock = NSLock()
    private var current: ChildProcess?

    /// Starts it and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - file: the Caddyfile, in `caddy/`.
    ///   - address: where it listens, among others.
    ///   - environment: what its Caddyfile takes; it gets an admin endpoint and a management port that are free.
    ///   - caddy: the program.
    ///   - space: the network that it is in; nil for this one.
    /// - Throws: `TestSupportError` if it does not come up.
    init(
        _ file: String, at address: Address, environment: [String: String], by caddy: CaddyEdition = .debian,
        in space: NetworkSpace? = nil
    ) throws {
        self.file = Package.path("caddy/\(file)")
        self.environment = caddy.environment.merging(environment) { $1 }
        self.caddy = caddy
        self.space = space
        http = HTTPClient(address, timeout: 60)
        directory = try TemporaryDirectory()
        try start()
    }

    /// Starts it again.
    ///
    /// - Throws: `TestSupportError` if it does not come up.
    func start() throws {
        var failure = ""
        // A port that was free a moment ago may be somebody else's by now.
        for _ in 0..<3 {
            let own = [
                "CADDY_ADMIN": "127.0.0.1:\(try Address.freePort())",
                "CHIMNEY_MANAGEMENT_PORT": String(try Address.freePort()),
                "CHIMNEY_DASHBOARD": Package.path("caddy/dashboard"),
                "HOME": directory.path, "XDG_DATA_HOME": directory.path, "XDG_CONFIG_HOME": directory.path,
            ]
            let command = [try caddy.path, "run", "--config", file, "--adapter", "caddyfile"]
            let words = space?.command(command) ?? command
            let process = try ChildProcess(words[0], Array(words[1...]), environment: own.merging(environment) { $1 })
            lock.withLock { current = process }
            let isUp = eventually(within: 20) { !process.isRunning || (try? Socket(http.address)) != nil }
            if isUp, process.isRunning { return }
            process.killNow()
            failure = process.errors
        }
        throw TestSupportError("Caddy does not come up: \(failure.suffix(1000))")
    }

    private var process: ChildProcess? { lock.withLock { current } }

    /// Ends it as an operator does.
    func stop() { process?.terminate(within: 15) }

    /// Ends it by SIGKILL.
    func kill() { process?.killNow() }
}
