import CFastCGI
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
        case stream(UnsafeMutablePointer<FCGX_Stream>)
        case descriptor(Int32)
        case bytes([UInt8])
    }

    private let source: Source
    private var isAtEnd = false

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

    /// Reads and forgets what is left, so that a front end that is still sending gets to read the answer.
    /// Gives up after `limit` bytes.
    func discard(limit: Int) {
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
        case .stream(let stream):
            count = Int(FCGX_GetStr(start.assumingMemoryBound(to: CChar.self), Int32(buffer.count), stream))
        case .descriptor(let descriptor):
            while count < buffer.count {
                let more = Glibc.read(descriptor, start + count, buffer.count - count)
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
        return max(0, count)
    }
}
