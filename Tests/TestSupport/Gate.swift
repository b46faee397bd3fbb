import Foundation

/// Holds back whoever waits at it until it is opened, so that a test can order what happens without guessing at times.
public final class Gate: @unchecked Sendable {
    /// A descriptor on which poll(2) reports something as soon as the gate is open.
    let descriptor: Int32
    private let other: Int32
    private let lock = NSLock()
    private var isOpened = false

    /// A closed gate.
    public init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (descriptor, other) = (ends[0], ends[1])
    }

    /// Lets everybody through, now and from now on.
    public func open() {
        lock.withLock {
            guard !isOpened else { return }
            isOpened = true
            // Never read: it stays there for all who come.
            var byte: UInt8 = 1
            write(other, &byte, 1)
        }
    }

    /// Whether it is open.
    public var isOpen: Bool { lock.withLock { isOpened } }

    /// Waits until it is open.
    func wait() {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&state, 1, -1) < 0, errno == EINTR {}
    }

    deinit {
        close(other)
        close(descriptor)
    }
}
