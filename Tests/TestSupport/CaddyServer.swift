import Foundation

/// The Caddys that chimney works on.
public enum CaddyEdition: CaseIterable, Sendable {
    /// That of Debian 12, which `caddy` is.
    case debian
    /// The one that is current, by `Tests/requirements.txt`.
    case current

    /// The path of its program.
    ///
    /// - Throws: `TestSupportError` if it is not installed.
    public var path: String {
        get throws {
            if self == .debian { return try Tool.path("caddy") }
            let path = Package.path(".build-python/bin/caddy")
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw TestSupportError("\(path) is not there: Tests/run makes it.")
            }
            return path
        }
    }

    /// What its Caddyfiles take from the environment for it.
    public var environment: [String: String] { self == .debian ? [:] : ["CHIMNEY_BUFFERS": "2.7"] }
}

/// A running Caddy with the package's own Caddyfile, in front of a pool.
public final class CaddyServer: @unchecked Sendable {
    /// The port that it listens on.
    public let port: UInt16
    /// The port of its management site, for this machine alone.
    public let managementPort: UInt16
    /// The process.
    public let process: ChildProcess
    private let directory: TemporaryDirectory

    /// Starts Caddy and waits until it answers.
    ///
    /// - Parameters:
    ///   - socket: the pool's unix socket.
    ///   - streamSocket: that of its streamer; nil for the one beside it.
    ///   - paths: further paths for chimney, as `CHIMNEY_PATHS` has them.
    ///   - configuration: a Caddyfile; nil for `caddy/Caddyfile`.
    ///   - edition: the program.
    /// - Throws: `TestSupportError` if it does not come up.
    public init(
        socket: String, streamSocket: String? = nil, paths: String = "", configuration: String? = nil,
        by edition: CaddyEdition = .debian, environment: [String: String] = [:]
    ) throws {
        directory = try TemporaryDirectory()
        var failure = ""
        // A port that was free a moment ago may be somebody else's by now.
        for _ in 0..<5 {
            let port = try Address.freePort()
            let managementPort = try Address.freePort()
            var variables = edition.environment.merging([
                "CHIMNEY_PORT": String(port), "CHIMNEY_MANAGEMENT_PORT": String(managementPort),
                "CHIMNEY_BIND": "127.0.0.1", "CHIMNEY_SOCKET": socket,
                "CHIMNEY_DASHBOARD": Package.path("caddy/dashboard"),
                "CHIMNEY_STREAM_SOCKET": streamSocket ?? PoolProcess.streamSocket(beside: socket),
                "HOME": directory.path, "XDG_DATA_HOME": directory.path, "XDG_CONFIG_HOME": directory.path,
            ]) { $1 }
            if !paths.isEmpty { variables["CHIMNEY_PATHS"] = paths }
            let process = try ChildProcess(
                edition.path,
                ["run", "--config", configuration ?? Package.path("caddy/Caddyfile"), "--adapter", "caddyfile"],
                environment: variables.merging(environment) { $1 })
            let ports = configuration == nil ? [port, managementPort] : [port]
            let isUp = eventually {
                !process.isRunning || ports.allSatisfy { (try? Socket(.port($0))) != nil }
            }
            if isUp, process.isRunning {
                self.port = port
                self.managementPort = managementPort
                self.process = process
                return
            }
            process.killNow()
            failure = process.errors
        }
        throw TestSupportError("Caddy does not come up: \(failure.suffix(1000))")
    }

    /// What it has written to standard error so far: log lines.
    public var log: String { process.errors }

    /// Ends it.
    public func stop() { process.terminate(within: 5) }
}
