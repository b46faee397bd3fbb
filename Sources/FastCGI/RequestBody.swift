import Essentials
import Glibc

/// The body of a request, read once and only if somebody wants it.
public final class RequestBody {
    /// Why a body could not be read.
    public enum Failure: Error {
        /// It is longer than the limit.
        case tooLarge
        /// It ended before its announced length.
        case incomplete
    }

    enum Source {
        /// As the records of a connection have it.
        case records(RequestReader)
        /// No more is read than was announced (RFC 3875, section 4.2), and nothing after the deadline, of
        /// `MonotonicClock.microseconds`.
        case descriptor(Int32, announced: Int, deadline: UInt64)
        case bytes([UInt8])
    }

    /// How much of a body that nobody wanted is still read, so that its sender gets to read the answer.
    static let discardLimit = 64 << 20

    private let source: Source
    private var isAtEnd = false
    /// How many bytes have been read.
    private var taken = 0

    init(_ source: Source) {
        self.source = source
    }

    /// A body that is there already.
    public convenience init(_ bytes: [UInt8] = []) {
        self.init(.bytes(bytes))
    }

    /// Reads `length` bytes, the announced length.
    ///
    /// - Throws: `Failure.tooLarge` above `limit`, before anything is read; `Failure.incomplete` if fewer came.
    public func read(length: Int, limit: Int) throws(Failure) -> [UInt8] {
        guard length <= limit else { throw .tooLarge }
        guard length > 0 else { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = fill(UnsafeMutableRawBufferPointer(buffer))
        }
        guard bytes.count == length else { throw .incomplete }
        return bytes
    }

    /// Whether so many bytes, the announced length, have been read, or there were no more.
    func hasBrought(_ length: Int) -> Bool { isAtEnd || taken >= length }

    /// Reads and forgets what is left, so that a front end that is still sending gets to read the answer.
    /// Gives up after `limit` bytes.
    func discard(limit: Int = RequestBody.discardLimit) {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { buffer in
            var left = limit
            while !isAtEnd, left > 0 {
                left -= fill(buffer)
            }
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !isAtEnd, let start = buffer.baseAddress else { return 0 }
        var count = 0
        switch source {
        case .records(let reader): count = reader.read(into: buffer)
        case .descriptor(let descriptor, let announced, let deadline):
            let wanted = min(buffer.count, announced - taken)
            while count < wanted, Self.isReadable(descriptor, before: deadline) {
                let more = Glibc.read(descriptor, start + count, wanted - count)
                if more < 0 && errno == EINTR { continue }
                if more <= 0 { break }
                count += more
            }
        case .bytes(let bytes):
            count = min(bytes.count, buffer.count)
            bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            isAtEnd = true
        }
        if count < buffer.count { isAtEnd = true }
        taken += count
        return count
    }

    /// Waits until there is something to read, or an end or error to be read of. False if that takes too long.
    private static func isReadable(_ descriptor: Int32, before deadline: UInt64) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let now = MonotonicClock.microseconds
            guard now < deadline else { return false }
            let count = poll(&ready, 1, Int32(min((deadline - now) / 1000 + 1, 60_000)))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}
