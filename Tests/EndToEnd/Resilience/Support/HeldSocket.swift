import Foundation
import TestSupport

/// A listening socket that somebody else than the pool holds, as systemd or spawn-fcgi does.
final class HeldSocket: @unchecked Sendable {
    let path: String
    let descriptor: Int32
    private let files: TemporaryDirectory

    init(_ name: String = "held.sock") throws {
        files = try TemporaryDirectory()
        path = files.file(name)
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, listen(descriptor, 4096) == 0 else { throw TestSupportError("\(path): no socket") }
    }

    /// Starts a pool on it: the socket is its descriptor 0.
    func startPool(environment: [String: String], arguments: [String] = ["pool", "--workers", "4"]) throws
        -> ChildProcess
    {
        try ChildProcess(Binary.path, arguments, environment: environment, descriptors: [0: descriptor])
    }

    deinit { close(descriptor) }
}
