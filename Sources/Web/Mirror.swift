import Dragonfly
import Essentials
import FastCGI
import Telemetry

/// The lines of a ring in the memory of the streamer, for all clients that listen to it: read once for all of them, and
/// framed once.
final class Mirror {
    private struct Listener {
        let client: StreamClient
        let position: Position
        /// The read after which it begins: what it has got before it came here may be newer than what was read before.
        let firstRead: Int
        var hasBegun = false
        /// The number of the line that it gets next.
        var next = 0
        /// The id of the line before that.
        var last: Int?
        /// The last sign of life that it has got.
        var pulse: Int
    }

    /// Lines for clients that have got the same.
    private struct Portion: Hashable {
        let next: Int
        let rank: Int
    }

    /// How many of the newest lines are read at the least, to see which are new.
    private static let leastRead = 4
    /// Microseconds between two slices of clients: all of them at once would keep the front end from everything else …
    private static let pause: UInt64 = 2_000
    /// … the clients of one slice at the least, and slices to serve all clients in at the most.
    private static let leastSlice = 50
    private static let slices = 40

    private let ring: Ring
    private let host: String
    private var listeners: [Listener] = []

    /// Oldest first, numbered one after the other from `base`. What is below has gone: a listener that has not got it is
    /// told of the gap.
    private var entries: [Ring.Entry] = []
    private var base = 0
    private var end: Int { base + entries.count }
    /// Where those go on who were there before the last gap.
    private var afterGap = 0
    /// Lines from a number to the end, framed together: who gets new lines mostly gets the same.
    private var portions: [Portion: Chunk?] = [:]

    private var reads = 0
    private var nextRead = leastRead
    private var isInOutage = false
    private var pulse = 0
    private var pulseChunk: Chunk?

    /// The listener whose turn it is; nil while all are up to date.
    private var turn: Int?
    /// Whether there is news since the first had its turn.
    private var hasNews = false
    private var nextSlice: UInt64 = 0

    /// - Parameter host: the name of this host, for the news that it cannot reach the store.
    init(_ ring: Ring, host: String) {
        self.ring = ring
        self.host = host
    }

    /// Whether nobody listens.
    var isIdle: Bool { listeners.isEmpty }

    /// Whether somebody has come since the store was asked last.
    private(set) var isExpected = false

    /// Sends a client the lines from its position on, as soon as the store has been asked.
    func add(_ client: StreamClient, at position: Position) {
        listeners.append(Listener(client: client, position: position, firstRead: reads + 1, pulse: pulse))
        isExpected = true
        if isInOutage, ring.tellsOutages { client.send(news(.dragonflyDown)) }
    }

    /// Forgets who has gone.
    func dropGone() {
        let count = listeners.count
        listeners.removeAll { !$0.client.isWaiting }
        if listeners.count != count, turn != nil { turn = 0 }
    }

    // MARK: Reading

    /// The command whose reply `take` needs.
    func command(_ store: Store) -> Command {
        ring.command(store, newest: reads > 0 ? min(nextRead, ring.bound) : ring.bound)
    }

    /// Takes the newest lines over.
    ///
    /// - Parameter reply: that to `command`.
    /// - Throws: `StoreError` if the store has to be asked for more and does not answer.
    func take(_ reply: Reply, from store: Store) throws(StoreError) {
        var fetched = ring.entries(reply)
        if reads > 0, !reply.array.isEmpty, !isReached(by: fetched) {
            fetched = ring.entries(try store.run(ring.command(store, newest: ring.bound)))
        }
        noteOutage(false)
        let fresh = merge(Array(fetched.reversed()))
        nextRead = max(Self.leastRead, fresh * 2)
        reads += 1
        if fresh > 0 || isExpected { spread() }
        isExpected = false
    }

    /// Whether the newest lines, newest first, begin where the known ones end, or before.
    private func isReached(by fetched: [Ring.Entry]) -> Bool {
        guard let last = entries.last?.id else { return fetched.count < min(nextRead, ring.bound) }
        guard let newest = fetched.first?.id, let oldest = fetched.last?.id else { return false }
        return newest >= last && oldest <= last
    }

    /// Takes over what is new of the newest lines, oldest first. Returns how many that are.
    private func merge(_ fetched: [Ring.Entry]) -> Int {
        guard let last = entries.last?.id else {
            entries = fetched
            return fetched.count
        }
        if isReached(by: fetched.reversed()) {
            let fresh = fetched.drop { $0.id <= last }
            let surplus = max(0, entries.count + fresh.count - ring.bound)
            entries.append(contentsOf: fresh)
            entries.removeFirst(surplus)
            base += surplus
            return fresh.count
        }
        // The ring has moved on by more than all of it, or was emptied, or put back to an earlier state: then it begins with
        // lines that are known. A number is left out, so that nobody has got everything.
        let known = Set(entries.map(\.id))
        base = end + 1
        entries = fetched
        afterGap = base + (fetched.firstIndex { !known.contains($0.id) } ?? fetched.count)
        return max(1, entries.count)
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
        for listener in listeners { listener.client.send(chunk) }
    }

    /// Sent at once, so without an id. The agent has it recorded once the store is back, and then it comes with one.
    private func news(_ type: EventType) -> Chunk {
        Chunk(ServerSentEvents.notice(type.name) { $0.member("host", host) })
    }

    // MARK: Sending

    /// Sends everybody a sign of life.
    func beat() {
        pulse += 1
        pulseChunk = nil
        spread()
    }

    /// There is news for all.
    private func spread() {
        portions = [:]
        hasNews = true
        if turn == nil { nextSlice = 0 }
    }

    /// Brings the next slice of listeners up to date if it is time. Returns when it is again; nil once all are.
    func deliver(_ now: UInt64) -> UInt64? {
        guard now >= nextSlice else { return nextSlice }
        if turn == nil, hasNews {
            turn = 0
            hasNews = false
        }
        guard var index = turn else { return nil }
        var left = max(Self.leastSlice, listeners.count / Self.slices)
        while index < listeners.count, left > 0 {
            if update(&listeners[index]) { left -= 1 }
            index += 1
        }
        turn = index < listeners.count ? index : nil
        guard turn != nil || hasNews else { return nil }
        nextSlice = now + Self.pause
        return nextSlice
    }

    /// Sends a listener what it has not got. Returns whether that was anything.
    private func update(_ listener: inout Listener) -> Bool {
        var isBehind = false
        if !listener.hasBegun, reads >= listener.firstRead {
            begin(&listener)
            isBehind = true
        }
        if listener.hasBegun, listener.next < end || listener.next < base {
            if listener.next < base {
                listener.client.send(Chunk(ServerSentEvents.gap(after: listener.last)))
                listener.next = max(base, afterGap)
            }
            if let chunk = portion(from: listener.next, rank: listener.position.rank) { listener.client.send(chunk) }
            listener.next = end
            listener.last = entries.last?.id ?? listener.last
            isBehind = true
        }
        // Nothing follows what it has by now.
        if listener.hasBegun, entries.last?.isLast == true {
            listener.client.end()
            return true
        }
        if listener.pulse != pulse {
            listener.pulse = pulse
            listener.client.send(sign(isUpToDate: listener.hasBegun))
            isBehind = true
        }
        return isBehind
    }

    private func begin(_ listener: inout Listener) {
        listener.hasBegun = true
        listener.last = listener.position.after
        let start = listener.position.start(in: entries)
        // Line by line, and none of it made for this client: with a portion of its own, whoever asks for one position after
        // the other and reads nothing would have the ring kept as often as it asks.
        var events = start == nil ? [Chunk(ServerSentEvents.gap(after: listener.last))] : []
        for entry in entries[(start ?? 0)...] where entry.rank >= listener.position.rank { events.append(entry.event) }
        if let newest = entries.last, !newest.isLast { events.append(Chunk(ServerSentEvents.position(newest.id))) }
        listener.client.send(events)
        listener.next = end
        listener.last = entries.last?.id ?? listener.last
    }

    private func portion(from next: Int, rank: Int) -> Chunk? {
        let key = Portion(next: next, rank: rank)
        if let known = portions[key] { return known }
        let events = entries[(next - base)...].filter { $0.rank >= rank }.map(\.event)
        let chunk = events.count > 1 ? Chunk(events.flatMap(\.content)) : events.first
        portions[key] = .some(chunk)
        return chunk
    }

    /// A heartbeat, or what only front ends notice. A heartbeat tells who has everything up to now where that is: a filter may
    /// have left out all that came since the last line it has got.
    private func sign(isUpToDate: Bool) -> Chunk {
        guard isUpToDate else { return Chunk(signEvent(position: nil)) }
        let chunk = pulseChunk ?? Chunk(signEvent(position: entries.last?.id))
        pulseChunk = chunk
        return chunk
    }

    private func signEvent(position: Int?) -> [UInt8] {
        pulse % ServerSentEvents.pulsesPerHeartbeat == 0
            ? ServerSentEvents.notice("heartbeat", position: position) : ServerSentEvents.comment
    }

    /// Says good-bye to everybody.
    func close() {
        let bye = Chunk(ServerSentEvents.notice("bye", position: entries.last?.id))
        let bareBye = Chunk(ServerSentEvents.notice("bye"))
        for index in listeners.indices {
            _ = update(&listeners[index])
            listeners[index].client.send(listeners[index].hasBegun ? bye : bareBye)
            listeners[index].client.end()
        }
        listeners = []
    }
}
