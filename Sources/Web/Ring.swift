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
        /// Whether nothing follows it: who has got it is through.
        let isLast: Bool
        /// The line as an event, framed once for all who get it.
        let event: Chunk

        /// A line as an event of this type; nil for the type that clients assume.
        ///
        /// - Parameters:
        ///   - rank: what filters look at; a last line gets past all of them.
        ///   - isLast: whether nothing follows it, so that streams end with it.
        public init(id: Int, rank: Int = 0, type: String? = nil, isLast: Bool = false, line: [UInt8]) {
            self.id = id
            self.rank = isLast ? .max : rank
            self.isLast = isLast
            event = Chunk(ServerSentEvents.event(id: id, type: type, data: line))
        }
    }

    let key: String
    let bound: Int
    /// How many lines a client gets that does not say where it was.
    let freshLines: Int
    /// Whether its clients are told when the store does not answer.
    let tellsOutages: Bool
    let read: @Sendable ([UInt8]) -> Entry?

    /// A ring.
    ///
    /// - Parameters:
    ///   - key: the list, without the prefix.
    ///   - bound: the most lines that it has.
    ///   - freshLines: how many of them a client gets that does not say where it was, the newest.
    ///   - tellsOutages: whether its clients are told when the store does not answer.
    ///   - read: reads a line; nil for what is none.
    public init(
        key: String, bound: Int, freshLines: Int = 100, tellsOutages: Bool = false,
        read: @escaping @Sendable ([UInt8]) -> Entry?
    ) {
        self.key = key
        self.bound = bound
        self.freshLines = freshLines
        self.tellsOutages = tellsOutages
        self.read = read
    }

    /// The command for the newest lines.
    func command(_ store: Store, newest count: Int) -> Command {
        Command("LRANGE", store.key(key), "0", String(count - 1))
    }

    /// The lines of its answer, newest first. What came after a last line is none of it.
    func entries(_ reply: Reply) -> [Entry] {
        let entries = reply.array.compactMap { $0.bytes.flatMap(read) }
        return Array(entries[(entries.lastIndex(where: \.isLast) ?? 0)...])
    }
}

/// From where, and what of it, a client wants the lines of a ring.
struct Position: Hashable {
    /// The last id that it has got; nil for one that begins.
    var after: Int?
    /// The least rank.
    var rank: Int
    /// How many lines it gets if it begins.
    var fresh: Int

    /// Where in a ring's lines, which are given oldest first, such a client goes on. Nil where the ring holds nothing from
    /// before the lines that follow: some may be missing.
    func start(in entries: [Ring.Entry]) -> Int? {
        guard let after else {
            var left = fresh
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
    /// filter may have left out all that came since the last line that it gets. Nothing follows what no filter leaves out.
    func replay(of entries: [Ring.Entry]) -> [UInt8] {
        let start = start(in: entries)
        var events = start == nil ? ServerSentEvents.gap(after: after) : []
        for entry in entries[(start ?? 0)...] where entry.rank >= rank { events += entry.event.content }
        if let newest = entries.last, !newest.isLast { events += ServerSentEvents.position(newest.id) }
        return events
    }
}
