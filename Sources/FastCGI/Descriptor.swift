import Glibc

/// What answers go out by.
enum Descriptor {
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
