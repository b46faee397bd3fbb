import Foundation

/// Streams that are kept open and read as they come, many by one thread, and looked at no further.
///
/// One that ends is opened again, as a browser does.
public final class DrainedStreams: @unchecked Sendable {
    private let address: Address
    private let targets: [String]
    private let noteAnswer: @Sendable (_ target: String, _ status: Int) -> Void
    private let isClosed = Gate()
    private let isDone = Gate()

    /// Opens a stream for each of these targets.
    ///
    /// - Parameter noteAnswer: is told the status of each answer; 0 for none.
    public init(
        _ address: Address, _ targets: [String],
        noteAnswer: @escaping @Sendable (_ target: String, _ status: Int) -> Void
    ) {
        self.address = address
        self.targets = targets
        self.noteAnswer = noteAnswer
        let thread = Thread { [self] in
            run()
            isDone.open()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Hangs up, and waits until all are closed.
    public func close() {
        isClosed.open()
        _ = eventually { isDone.isOpen }
    }

    private func run() {
        var entries = targets.map { connect($0) }
        var isAnswered = targets.map { _ in false }
        let room = 1 << 18
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 16)
        defer {
            for entry in entries where entry.fd >= 0 { Glibc.close(entry.fd) }
            bytes.deallocate()
        }
        while !isClosed.isOpen {
            guard poll(&entries, nfds_t(entries.count), 100) > 0 else { continue }
            for index in entries.indices where entries[index].revents != 0 {
                let count = recv(entries[index].fd, bytes, room, 0)
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                if count <= 0 {
                    Glibc.close(entries[index].fd)
                    entries[index] = connect(targets[index])
                    isAnswered[index] = false
                } else if !isAnswered[index] {
                    isAnswered[index] = true
                    let line = UnsafeRawBufferPointer(start: bytes, count: min(count, 12))
                    // `HTTP/1.1 200`
                    noteAnswer(targets[index], Int(String(decoding: line.dropFirst(9), as: UTF8.self)) ?? 0)
                }
            }
        }
    }

    private func connect(_ target: String) -> pollfd {
        var entry = pollfd(fd: -1, events: Int16(POLLIN), revents: 0)
        guard let descriptor = try? Socket.connected(to: address, receiveBuffer: nil) else {
            noteAnswer(target, 0)
            return entry
        }
        let request = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".utf8)
        send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        entry.fd = descriptor
        return entry
    }
}
