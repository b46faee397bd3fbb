import Dragonfly
import Essentials
import FastCGI

/// The service of the process that keeps every client that has to wait: for the lines of a ring, or for the outcome of
/// work. It asks the store only while somebody does.
public final class Streamer: StreamService {
    /// Microseconds between two looks at the rings.
    private static let interval: UInt64 = 100_000
    /// Microseconds for which held clients are kept when the process has to end.
    private static let grace: UInt64 = 25_000_000

    private let application: Application
    private let store: Store
    private let capacity: Int
    /// What is left of it for streams: a tenth is kept for holds.
    private let streamCapacity: Int
    private let host: String
    private let held: HeldClients
    /// The rings that somebody listens to, by their keys.
    private(set) var mirrors: [String: Mirror] = [:]
    private var nextRead: UInt64 = 0
    private var nextPulse: UInt64 = 0
    private var endsAt: UInt64?

    /// A service for one process.
    ///
    /// - Parameters:
    ///   - capacity: how many clients may wait at once; a tenth, at least one of several, for outcomes only.
    ///   - host: the name of this host, for the news that it cannot reach the store.
    public init(application: Application, store: Store, capacity: Int, host: String) {
        self.application = application
        self.store = store
        self.capacity = capacity
        streamCapacity = capacity > 1 ? capacity - max(1, capacity / 10) : capacity
        self.host = host
        held = HeldClients(application: application, store: store)
    }

    // MARK: StreamService

    /// Answers a request, or begins to.
    public func serve(_ request: Request, of client: StreamClient, besides others: Int) {
        application.patience = .streaming(
            hasRoomForStream: others < streamCapacity, hasRoomForHold: others < capacity)
        let response = application.respond(to: request)
        if let wait = response.continuation as? Wait {
            held.add(client, application.record, request.heldTags, wait)
            return application.leave()
        }
        application.willSend(response)
        let bytes = response.serialised(for: request.method)
        if let subscription = response.continuation as? Subscription, request.method != .head {
            begin(subscription, of: client, with: bytes)
        } else {
            client.end(with: bytes)
        }
        application.didSend()
    }

    private func begin(_ subscription: Subscription, of client: StreamClient, with head: [UInt8]) {
        // Told an error instead, a browser would not come again.
        guard endsAt == nil else { return client.end(with: head + ServerSentEvents.notice("bye")) }
        client.send(Chunk(head))
        let ring = subscription.ring
        let mirror = mirrors[ring.key] ?? Mirror(ring, host: host)
        mirrors[ring.key] = mirror
        mirror.add(client, at: subscription.position)
    }

    /// Reads what is due, and sends it on.
    public func tick(haveGone: Bool) -> Int32? {
        let now = MonotonicClock.microseconds
        if haveGone { dropGone() }
        var due: [UInt64] = []
        if let endsAt, now >= endsAt { held.release() }
        if let next = tickMirrors(now) { due.append(next) }
        if let next = held.tick(now) { due.append(next) }
        let idle = application.idle()
        let end = MonotonicClock.microseconds
        let pauses = due.map { Int32(clamping: ($0 > end ? $0 - end + 999 : 0) / 1000) } + (idle.map { [$0] } ?? [])
        return pauses.min()
    }

    /// Says good-bye to whoever listens. Held clients are kept for a while: what they wait for may be about to come.
    public func stop() {
        endsAt = MonotonicClock.microseconds + Self.grace
        for mirror in mirrors.values { mirror.close() }
        mirrors = [:]
    }

    /// Sends all telemetry that is left.
    public func finish() { application.stop() }

    // MARK: Rings

    private func dropGone() {
        for (key, mirror) in mirrors {
            mirror.dropGone()
            if mirror.isIdle { mirrors[key] = nil }
        }
    }

    private func tickMirrors(_ now: UInt64) -> UInt64? {
        guard !mirrors.isEmpty else {
            nextPulse = 0
            return nil
        }
        if nextPulse == 0 { nextPulse = now + ServerSentEvents.pulse }
        if now >= nextPulse {
            for mirror in mirrors.values { mirror.beat() }
            nextPulse = now + ServerSentEvents.pulse
        }
        if now >= nextRead {
            read(Array(mirrors.values))
            nextRead = now + Self.interval
        } else if mirrors.values.contains(where: \.isExpected) {
            read(mirrors.values.filter(\.isExpected))
        }
        let next = min(nextRead, nextPulse)
        return mirrors.values.reduce(next) { min($0, $1.deliver(now) ?? $0) }
    }

    /// Asks for the newest lines of several rings in one go.
    private func read(_ mirrors: [Mirror]) {
        do {
            let replies = try store.run(mirrors.map { $0.command(store) })
            for (mirror, reply) in zip(mirrors, replies) {
                if case .error = reply {
                    mirror.noteOutage()
                } else {
                    try mirror.take(reply, from: store)
                }
            }
        } catch {
            for mirror in mirrors { mirror.noteOutage() }
        }
    }
}
