import Glibc

/// What requests come in and answers go out by.
enum Descriptor {
    /// Waits until something has come, or the end. False if neither has after so many milliseconds.
    static func isReadable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&ready, 1, milliseconds)
            // A signal asks the process to stop, not the client to go.
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }

    /// Writes all bytes, and waits until they are taken. A reader that is gone has no use for the rest.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + sent, buffer.count - sent)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { break }
                sent += count
            }
        }
    }
}
