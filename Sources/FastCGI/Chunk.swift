/// A part of answers, framed as records once: every client that gets it is sent the same bytes.
public final class Chunk: Sendable {
    /// Records for request 1, the number that front ends with a connection per request use.
    let records: [UInt8]

    /// What comes before the end of an answer.
    public init(_ content: [UInt8]) {
        records = Record.stdout(content, request: 1)
    }

    /// Bytes that it takes.
    public var size: Int { records.count }

    /// What it was made of.
    public var content: [UInt8] { Record.content(of: records) }

    private init(records: [UInt8]) {
        self.records = records
    }

    /// What comes last, with the end of the answer in one piece.
    static func last(_ content: [UInt8]) -> Chunk {
        Chunk(records: Record.stdout(content, request: 1) + Record.end(request: 1))
    }

    /// The end of an answer.
    static let end = Chunk(records: Record.end(request: 1))

    /// Bytes as they are.
    static func verbatim(_ bytes: [UInt8]) -> Chunk { Chunk(records: bytes) }

    /// The same for the request of this number.
    func addressed(to request: UInt16) -> Chunk {
        request == 1 ? self : Chunk(records: Record.readdressed(records, to: request))
    }
}

/// Chunks that a client has not taken yet. They are shared: a client that takes nothing costs what it alone needs, and
/// a reference for each chunk.
struct Backlog {
    /// Bytes of several chunks that are offered at once, at most.
    private static let gatheredSize = 64 << 10

    private var chunks: [Chunk] = []
    private var first = 0
    /// How much of the first chunk is gone.
    private var offset = 0
    /// Bytes that are left.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ chunk: Chunk) {
        guard !chunk.records.isEmpty else { return }
        chunks.append(chunk)
        count += chunk.records.count
    }

    /// Offers the bytes that come next to `body`, which returns how many it took: the rest of a chunk, or as much of
    /// several as goes into one call, because a call for each costs more than to copy them.
    mutating func offer(_ body: (UnsafeRawBufferPointer) -> Int) -> Int {
        let rest = chunks[first].records.count - offset
        let taken =
            first + 1 < chunks.count && rest < Self.gatheredSize
            ? offerGathered(body)
            : chunks[first].records.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
        if taken > 0 { drop(taken) }
        return taken
    }

    private func offerGathered(_ body: (UnsafeRawBufferPointer) -> Int) -> Int {
        withUnsafeTemporaryAllocation(byteCount: Self.gatheredSize, alignment: 1) { gathered in
            var filled = 0
            var skipped = offset
            for chunk in chunks[first...] {
                chunk.records.withUnsafeBytes { records in
                    let part = UnsafeRawBufferPointer(rebasing: records[skipped...].prefix(gathered.count - filled))
                    UnsafeMutableRawBufferPointer(rebasing: gathered[filled...]).copyMemory(from: part)
                    filled += part.count
                }
                skipped = 0
                if filled == gathered.count { break }
            }
            return body(UnsafeRawBufferPointer(rebasing: gathered[..<filled]))
        }
    }

    private mutating func drop(_ taken: Int) {
        count -= taken
        offset += taken
        while first < chunks.count, offset >= chunks[first].records.count {
            offset -= chunks[first].records.count
            first += 1
        }
        // Nothing is kept for a client that has all: most have, most of the time.
        if first == chunks.count {
            chunks = []
            first = 0
        } else if first >= 64 {
            chunks.removeFirst(first)
            first = 0
        }
    }
}
