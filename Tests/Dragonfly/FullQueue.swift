import Glibc
import TestSupport

/// A port whose queue of connections is full, so that the kernel leaves further ones without an answer.
final class FullQueue {
    let port: UInt16
    private let listener: Int32
    private var waiting: [Int32] = []

    init() throws {
        port = try Address.freePort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = Self.with(port) { bind(listener, $0, $1) }
        listen(listener, 0)
        // One or two are queued, the rest hang: whichever they are, none is left for anybody else.
        for _ in 0..<8 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = Self.with(port) { connect(descriptor, $0, $1) }
            waiting.append(descriptor)
        }
        usleep(20_000)
    }

    private static func with(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    deinit {
        for descriptor in waiting { close(descriptor) }
        close(listener)
    }
}
