import Dragonfly
import Essentials

/// A list of the store that streams are fed from: newest first, bounded, its lines with ids that grow from one to the next.
public struct Ring: Sendable {
    /// One line.
    public struct Entry: Sendable {
        /// Grows from line to line.
        let id: Int
        /// What filters look at: who asks for a rank gets it and what is above.
        let rank: Int
        /// The line as an event.
        let event: [UInt8]

        /// A line as an event of this type; nil for the type that clients assume.
        public init(id: Int, rank: Int = 0, type: String? = nil, line: [UInt8]) {
            self.id = id
            self.rank = rank
            event = ServerSentEvents.event(id: id, type: type, data: line)
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

    /// What such a client is sent of a ring's lines, which are given oldest first. Where the ring holds nothing from before
    /// the lines that follow, some may be missing, and it is told of the gap.
    func replay(of entries: some BidirectionalCollection<Ring.Entry>) -> [UInt8] {
        var events: [UInt8] = []
        guard let after else {
            let newest = entries.reversed().lazy.filter { $0.rank >= rank }.prefix(Ring.freshLines)
            for entry in newest.reversed() { events.append(contentsOf: entry.event) }
            return events
        }
        var first = entries.startIndex
        // Ids beyond all of the ring's were given before it was emptied.
        let isKnown = entries.first.map { $0.id <= after } == true && entries.last.map { $0.id >= after } == true
        if isKnown {
            while first < entries.endIndex, entries[first].id <= after { entries.formIndex(after: &first) }
        } else {
            events = ServerSentEvents.gap(after: after)
        }
        for entry in entries[first...] where entry.rank >= rank { events.append(contentsOf: entry.event) }
        return events
    }
}
