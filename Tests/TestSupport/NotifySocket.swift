import Foundation

/// The end of a service manager to which a process says what it is at (sd_notify(3)).
public final class NotifySocket: @unchecked Sendable {
    /// What `NOTIFY_SOCKET` has to be.
    public let address: String
    private let descriptor: Int32
    private let lock = NSLock()
    private var received: [[String: String]] = []
    private let files: TemporaryDirectory

    /// Listens at a path of its own, or, if `isAbstract`, at a name that is no path (unix(7)).
    public init(isAbstract: Bool = false) throws {
        files = try TemporaryDirectory()
        let path = files.file("notify")
        address = isAbstract ? "@\(path)" : path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = (isAbstract ? [0] : []) + Array(path.utf8)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (isAbstract ? 0 : 1))
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard bound == 0 else { throw TestSupportError("\(address): no socket") }
    }

    /// All that has been said so far, message by message.
    public var messages: [[String: String]] {
        lock.withLock {
            var buffer = [UInt8](repeating: 0, count: 8192)
            while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
                var message: [String: String] = [:]
                for line in String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n") {
                    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    message[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
                }
                received.append(message)
            }
            return received
        }
    }

    /// How many messages have said this.
    public func count(_ name: String, _ value: String = "1") -> Int { messages.filter { $0[name] == value }.count }

    /// Waits until a message has said this so many times.
    public func hears(_ name: String, times: Int = 1, within seconds: Double = 30) -> Bool {
        eventually(within: seconds) { count(name) >= times }
    }

    deinit { close(descriptor) }
}
