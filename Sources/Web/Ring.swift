import Dragonfly
import Essentials
import FastCGI

/// A list of the store that streams are fed from: newest first, bounded, its lines with ids that grow from one to the next.
public struct Ring: Sendable {
    /// One line.
    public struct Entry: Sendable {
        /// Grows from line to line.
        let id: Int
        /// What filters look at: who asks for a rank gets it and what is above.
        let rank: Int
        /// The line as an event, framed once for all who get it.
        let event: Chunk

        /// A line as an event of this type; nil for the type that clients assume.
        public init(id: Int, rank: Int = 0, type: String? = nil, line: [UInt8]) {
            self.id = id
            self.rank = rank
            event = Chunk(ServerSentEvents.event(id: id, type: type, data: line))
        }
    }

    /// How many lines a client gets that does not say where it was.
    static let freshLines = 100

    let key: String
    let bound: Int
    /// Whether its clients are told when the store does not answer.
    let tellsOutages: Bool
    let read: @Sendable ([UInt8]) -> Entry?

    /// A ring.
    ///
    /// - Parameters:
    ///   - key: the list, without the prefix.
    ///   - bound: the most lines that it has.
    ///   - tellsOutages: whether its clients are told when the store does not answer.
    ///   - read: reads a line; nil for what is none.
    public init(
        key: String, bound: Int, tellsOutages: Bool = false, read: @escaping @Sendable ([UInt8]) -> Entry?
    ) {
        self.key = key
        self.bound = bound
        self.tellsOutages = tellsOutages
        self.read = read
    }

    /// The command for the newest lines.
    func command(_ store: Store, newest count: Int) -> Command {
        Command("LRANGE", store.key(key), "0", String(count - 1))
    }

    /// The lines of its answer, newest first.
    func entries(_ reply: Reply) -> [Entry] { reply.array.compactMap { $0.bytes.flatMap(read) } }
}

/// From where, and what of it, a client wants the lines of a ring.
struct Position: Hashable {
    /// The last id that it has got; nil for one that begins.
    var after: Int?
    /// The least rank.
    var rank: Int

    /// Where in a ring's lines, which are given oldest first, such a client goes on. Nil where the ring holds nothing from
    /// before the lines that follow: some may be missing.
    func start(in entries: [Ring.Entry]) -> Int? {
        guard let after else {
            var left = Ring.freshLines
            var start = entries.count
            while start > 0, left > 0 {
                start -= 1
                if entries[start].rank >= rank { left -= 1 }
            }
            return start
        }
        // Ids beyond all of the ring's were given before it was emptied, and so may have been those before all of them.
        guard let first = entries.first, let last = entries.last, first.id <= after, after <= last.id else {
            return after == 0 && entries.isEmpty ? 0 : nil
        }
        return entries.firstIndex { $0.id > after } ?? entries.count
    }

    /// What such a client is sent of all these lines, oldest first: of a gap first, and at the end how far it has got. A
    /// filter may have left out all that came since the last line that it gets.
    func replay(of entries: [Ring.Entry]) -> [UInt8] {
        let start = start(in: entries)
        var events = start == nil ? ServerSentEvents.gap(after: after) : []
        for entry in entries[(start ?? 0)...] where entry.rank >= rank { events += entry.event.content }
        if let newest = entries.last?.id { events += ServerSentEvents.position(newest) }
        return events
    }
}
