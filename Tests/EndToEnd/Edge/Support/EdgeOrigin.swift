import Foundation
import TestSupport

/// One of the origins behind an edge: a pool and a Caddy with `Caddyfile.origin`, either of which can be ended and started
/// again.
final class EdgeOrigin: @unchecked Sendable {
    /// Its Caddy, asked without the edge.
    let front: FrontEndProcess
    /// Where the edge finds it.
    let dialled: String
    private let settings: [String: String]
    private let files: TemporaryDirectory
    private let binary: String
    private let lock = NSLock()
    private var current: PoolProcess

    /// Starts it.
    ///
    /// - Parameters:
    ///   - settings: the pool's.
    ///   - caddy: its Caddy's program.
    ///   - space: the network that it is in; nil for this one.
    init(
        _ name: String, settings: [String: String], by caddy: CaddyEdition = .debian, in space: NetworkSpace? = nil
    ) throws {
        let files = try TemporaryDirectory()
        self.files = files
        self.settings = settings.merging([
            "CHIMNEY_HOST": name, "CHIMNEY_CACHE_DIR": files.file("cache"), "CADDY_ADMIN": "off",
        ]) { $1 }
        binary = try space.map { try $0.script(for: Binary.path, in: files) } ?? Binary.path
        let socket = files.file("pool.sock")
        current = try PoolProcess(environment: self.settings, binary: binary, socket: socket)
        var variables = [
            "CHIMNEY_SOCKET": socket, "CHIMNEY_STREAM_SOCKET": PoolProcess.streamSocket(beside: socket),
            "CHIMNEY_PATHS": "/debug/*",
        ]
        let address: Address
        if let space {
            dialled = "\(space.address):8080"
            address = .unix(files.file("front.sock"))
            variables["CHIMNEY_SITE"] = "http://:8080"
            variables["CHIMNEY_BIND"] = "\(space.address) unix/\(address)"
        } else {
            let port = try Address.freePort()
            dialled = "127.0.0.1:\(port)"
            address = .port(port)
            variables["CHIMNEY_SITE"] = "http://:\(port)"
            variables["CHIMNEY_BIND"] = "127.0.0.1"
        }
        front = try FrontEndProcess("Caddyfile.origin", at: address, environment: variables, by: caddy, in: space)
    }

    /// Its pool, the one that was started last.
    var pool: PoolProcess { lock.withLock { current } }

    /// Ends the pool with all its processes by SIGKILL, and returns when nobody listens there any more.
    func killPool() -> Bool {
        let pool = pool
        pool.process.killNow()
        return eventually(within: 10) { !pool.isListening }
    }

    /// Starts the pool again.
    func startPool() throws {
        let next = try PoolProcess(environment: settings, binary: binary, socket: files.file("pool.sock"))
        lock.withLock { current = next }
    }

    /// Ends all of it.
    func stop() {
        pool.stop()
        front.stop()
    }
}
