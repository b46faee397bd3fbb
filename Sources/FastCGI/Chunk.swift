/// A part of answers, framed as records once: every client that gets it is sent the same bytes.
public final class Chunk: Sendable {
    /// Records for request 1, the number that front ends with a connection per request use.
    let records: [UInt8]

    /// What comes before the end of an answer.
    public init(_ content: [UInt8]) {
        records = Record.stdout(content, request: 1)
    }

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

/// Chunks that a client has not taken yet.
struct Backlog {
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

    /// Offers the bytes that come next, as many as lie together, to `body`, which returns how many it took.
    mutating func offer(_ body: (UnsafeRawBufferPointer) -> Int) -> Int {
        let taken = chunks[first].records.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
        guard taken > 0 else { return taken }
        count -= taken
        offset += taken
        if offset == chunks[first].records.count {
            offset = 0
            first += 1
            // Nothing is kept for a client that has all: most have, most of the time.
            if first == chunks.count {
                chunks = []
                first = 0
            } else if first >= 64 {
                chunks.removeFirst(first)
                first = 0
            }
        }
        return taken
    }
}
