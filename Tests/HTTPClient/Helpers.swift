import Foundation
import TestSupport

/// Lets nobody pass before so many have come.
final class Gate: @unchecked Sendable {
    private let condition = NSCondition()
    private var come = 0

    func pass(_ count: Int) {
        let end = Date(timeIntervalSinceNow: 60)
        condition.withLock {
            come += 1
            condition.broadcast()
            while come < count, condition.wait(until: end) {}
        }
    }
}

/// A text that is known later.
final class Holder: @unchecked Sendable {
    private let lock = NSLock()
    private var text = ""

    var url: String {
        get { lock.withLock { text } }
        set { lock.withLock { text = newValue } }
    }
}

/// A port whose queue of connections is full, and that nobody ever accepts one from.
final class FullListener {
    private let descriptor: Int32
    private var waiting: [Int32] = []
    let url: String

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        var clients: [Int32] = []
        let isFull = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0, listen(descriptor, 0) == 0,
                    getsockname(descriptor, address, &size) == 0
                else { return false }
                for _ in 0..<4 {
                    let client = socket(
                        AF_INET,
                        Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                    _ = connect(client, address, size)
                    clients.append(client)
                }
                return true
            }
        }
        waiting = clients
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/"
        guard isFull else { throw TestSupportError("There is no free port.") }
    }

    deinit { for descriptor in waiting + [descriptor] { close(descriptor) } }
}

/// What gzip(1) makes of some bytes.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let directory = try TemporaryDirectory()
    let path = directory.file("content")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let end = try FinishedProcess(Tool.path("gzip"), ["-9", path]).end
    guard end == .exited(0) else { throw TestSupportError("gzip does not work.") }
    return Array(try Data(contentsOf: URL(fileURLWithPath: path + ".gz")))
}
