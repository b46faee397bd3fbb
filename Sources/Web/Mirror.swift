import Dragonfly
import FastCGI
import Telemetry

/// The lines of a ring in the memory of the streamer, for all clients that listen to it: read once for all of them, and
/// framed once.
final class Mirror {
    private struct Listener {
        let client: StreamClient
        let rank: Int
    }

    private struct Newcomer {
        let client: StreamClient
        let position: Position
    }

    /// How many of the newest lines are read at the least, to see which are new.
    private static let leastRead = 4

    private let ring: Ring
    private let host: String
    private var listeners: [Listener] = []
    private var newcomers: [Newcomer] = []
    /// Oldest first.
    private var entries: [Ring.Entry] = []
    private var isFilled = false
    private var isInOutage = false
    private var nextRead = leastRead

    /// Whether somebody has come since the store was asked last.
    private(set) var isExpected = false

    /// - Parameter host: the name of this host, for the news that it cannot reach the store.
    init(_ ring: Ring, host: String) {
        self.ring = ring
        self.host = host
    }

    /// Whether nobody listens.
    var isIdle: Bool { listeners.isEmpty && newcomers.isEmpty }

    /// Sends a client the lines from its position on, as soon as the store has been asked.
    func add(_ client: StreamClient, at position: Position) {
        newcomers.append(Newcomer(client: client, position: position))
        isExpected = true
        if isInOutage, ring.tellsOutages { client.send(news(.dragonflyDown)) }
    }

    /// Forgets who has gone.
    func dropGone() {
        listeners.removeAll { !$0.client.isWaiting }
        newcomers.removeAll { !$0.client.isWaiting }
    }

    // MARK: Reading

    /// The command whose reply `take` needs.
    func command(_ store: Store) -> Command {
        ring.command(store, newest: isFilled ? min(nextRead, ring.bound) : ring.bound)
    }

    /// Takes the newest lines, and sends everybody what they have not got yet.
    ///
    /// - Parameter reply: that to `command`.
    /// - Throws: `StoreError` if the store has to be asked for more and does not answer.
    func take(_ reply: Reply, from store: Store) throws(StoreError) {
        isExpected = false
        var fetched = ring.entries(reply)
        if !reply.array.isEmpty, !isReached(by: fetched) {
            fetched = ring.entries(try store.run(ring.command(store, newest: ring.bound)))
        }
        noteOutage(false)
        let fresh = merge(Array(fetched.reversed()))
        nextRead = max(Self.leastRead, fresh.count * 2)
        for newcomer in newcomers { welcome(newcomer) }
        replays = [:]
        newcomers = []
    }

    /// Whether the newest lines, newest first, begin where the known ones end, or before.
    private func isReached(by fetched: [Ring.Entry]) -> Bool {
        guard let last = entries.last?.id else { return !isFilled || fetched.count < nextRead }
        guard let newest = fetched.first?.id, let oldest = fetched.last?.id else { return false }
        return newest >= last && oldest <= last
    }

    /// Takes over what is new of the newest lines, oldest first, and tells the listeners. Returns what was new.
    private func merge(_ fetched: [Ring.Entry]) -> [Ring.Entry] {
        guard isFilled else {
            isFilled = true
            entries = fetched
            return []
        }
        guard let last = entries.last?.id else {
            entries = fetched
            tell(fetched)
            return fetched
        }
        if isReached(by: fetched.reversed()) {
            let fresh = Array(fetched.drop { $0.id <= last })
            entries += fresh
            entries.removeFirst(max(0, entries.count - ring.bound))
            tell(fresh)
            return fresh
        }
        // The ring has moved on by more than all of it, or was emptied, or put back to an earlier state.
        let known = Set(entries.map(\.id))
        let fresh = fetched.filter { !known.contains($0.id) }
        entries = fetched
        tell(fresh, after: ServerSentEvents.gap(after: last))
        return fresh
    }

    // MARK: Telling

    private func tell(_ fresh: [Ring.Entry], after notice: [UInt8] = []) {
        guard !fresh.isEmpty || !notice.isEmpty else { return }
        var chunks: [Int: Chunk] = [:]
        for listener in listeners {
            let chunk =
                chunks[listener.rank]
                ?? Chunk(fresh.reduce(into: notice) { if $1.rank >= listener.rank { $0 += $1.event } })
            chunks[listener.rank] = chunk
            listener.client.send(chunk)
        }
    }

    /// What newcomers with the same position are sent: most come at once, after a restart, and have seen the same.
    private var replays: [Position: Chunk] = [:]

    private func welcome(_ newcomer: Newcomer) {
        let chunk = replays[newcomer.position] ?? Chunk(newcomer.position.replay(of: entries))
        replays[newcomer.position] = chunk
        newcomer.client.send(chunk)
        listeners.append(Listener(client: newcomer.client, rank: newcomer.position.rank))
    }

    /// The store does not answer.
    func noteOutage() {
        isExpected = false
        noteOutage(true)
    }

    private func noteOutage(_ isInOutage: Bool) {
        guard isInOutage != self.isInOutage else { return }
        self.isInOutage = isInOutage
        guard ring.tellsOutages else { return }
        let chunk = news(isInOutage ? .dragonflyDown : .dragonflyUp)
        for client in clients { client.send(chunk) }
    }

    /// Sent at once, so without an id. The agent has it recorded once the store is back, and then it comes with one.
    private func news(_ type: EventType) -> Chunk {
        Chunk(ServerSentEvents.notice(type.name) { $0.member("host", host) })
    }

    /// Sends an event of the stream itself. Who has everything up to now is told where that is: a filter may have kept it
    /// from all that came since the last line it has got.
    func notify(_ type: String) {
        let chunk = Chunk(ServerSentEvents.notice(type, position: entries.last?.id))
        for listener in listeners { listener.client.send(chunk) }
        guard !newcomers.isEmpty else { return }
        let bare = Chunk(ServerSentEvents.notice(type))
        for newcomer in newcomers { newcomer.client.send(bare) }
    }

    /// Sends what nobody looks at, so that front ends find out who has gone.
    func sendComment() {
        let chunk = Chunk(ServerSentEvents.comment)
        for client in clients { client.send(chunk) }
    }

    /// Says good-bye to everybody.
    func close() {
        notify("bye")
        for client in clients { client.end() }
        dropGone()
    }

    private var clients: [StreamClient] { listeners.map(\.client) + newcomers.map(\.client) }
}
