import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry

/// The clients of the streamer that wait for the outcome of work.
final class HeldClients {
    private struct Held {
        let client: StreamClient
        let record: RequestRecord
        /// What it has already.
        let tags: EntityTags?
        /// Until when it is kept waiting, in microseconds of the monotonic clock.
        let deadline: UInt64
    }

    /// Microseconds between two looks at the store …
    private static let interval: UInt64 = 10_000
    /// … and the part of the time that looking may take, where there is much to look at.
    private static let share: UInt64 = 10
    /// Outcomes that are asked for in one command …
    private static let most = 500
    /// … and the bytes of those that are read by one; a larger one is read alone.
    private static let mostBytes = 1 << 20

    private let application: Application
    private let store: Store
    private var held: [Hold: [Held]] = [:]
    /// Those whose outcome was not looked for yet: it may be there.
    private var fresh: [Hold] = []
    private var deliveries = Deliveries()
    private var nextLook: UInt64 = 0

    init(application: Application, store: Store) {
        self.application = application
        self.store = store
    }

    /// Keeps a client until the outcome is there.
    ///
    /// - Parameter tags: what it has already; the outcome is 304 if it is that.
    func add(_ client: StreamClient, _ record: RequestRecord, _ tags: EntityTags?, _ wait: Wait) {
        if held[wait.hold] == nil { fresh.append(wait.hold) }
        held[wait.hold, default: []].append(
            Held(client: client, record: record, tags: tags, deadline: wait.deadline))
    }

    /// Looks for outcomes if it is time, and at once for those that nobody has waited for so far. Returns when it is time
    /// again, in microseconds of the monotonic clock; nil if nobody waits.
    func tick(_ now: UInt64) -> UInt64? {
        deliveries.dropFinished()
        guard !held.isEmpty else { return nil }
        if now >= nextLook {
            // What was there in time counts, however late it is seen.
            look(for: Array(held.keys))
            endOverdue()
            let end = MonotonicClock.microseconds
            nextLook = max(now + Self.interval, end + (end - now) * Self.share)
        } else if !fresh.isEmpty {
            look(for: fresh)
        }
        fresh = []
        return held.isEmpty ? nil : nextLook
    }

    private func look(for holds: [Hold]) {
        var next = 0
        while next < holds.count {
            let asked = holds[next..<min(next + Self.most, holds.count)]
            next += asked.count
            // While the store is away its outcomes are, and the limits hold all the same.
            do { try answerFinished(asked) } catch { return }
        }
    }

    /// Answers who waits for those of some outcomes that are there, except where there is no room for the body now.
    private func answerFinished(_ holds: ArraySlice<Hold>) throws(StoreError) {
        // Nearly always none is.
        guard try store.run(command("EXISTS", holds)).integer != 0 else { return }
        let lengths = try store.run(holds.map { command("STRLEN", [$0]) }).map { Int($0.integer ?? 0) }
        var group: [Hold] = []
        var size = 0
        for (hold, length) in zip(holds, lengths) where length > 0 {
            if size + length > Self.mostBytes, !group.isEmpty {
                try answer(group)
                group = []
                size = 0
            }
            guard deliveries.makeRoom(for: length, of: hold) else { continue }
            group.append(hold)
            size += length
        }
        if !group.isEmpty { try answer(group) }
    }

    private func answer(_ holds: [Hold]) throws(StoreError) {
        for (hold, value) in zip(holds, try store.run(command("MGET", holds[...])).array) {
            if let outcome = value.bytes.flatMap(Outcome.read) { answer(hold, outcome) }
        }
    }

    private func command(_ name: String, _ holds: ArraySlice<Hold>) -> Command {
        Command(name, holds.map { $0.key(in: store) })
    }

    private func endOverdue() {
        let now = MonotonicClock.microseconds
        for (hold, clients) in held where clients.contains(where: { $0.deadline <= now || !$0.client.isWaiting }) {
            let rest = clients.filter { $0.deadline > now && $0.client.isWaiting }
            held[hold] = rest.isEmpty ? nil : rest
            let others = clients.filter { $0.deadline <= now || !$0.client.isWaiting }
            answer(others, of: hold, Problem.outcomeMissing.response(requestID: nil))
        }
    }

    /// Answers everybody whose outcome is not there that they have to come again.
    func release() {
        look(for: Array(held.keys))
        for hold in Array(held.keys) { answer(hold, Problem.stopping.response(requestID: nil)) }
    }

    private func answer(_ hold: Hold, _ outcome: Response) {
        answer(held.removeValue(forKey: hold) ?? [], of: hold, outcome)
    }

    private func answer(_ waiters: [Held], of hold: Hold, _ outcome: Response) {
        // Once for all, and only if somebody is to have it.
        lazy var body = deliveries.body(of: hold) ?? Chunk(outcome.body)
        var takers: [StreamClient] = []
        for waiter in waiters {
            guard waiter.client.isWaiting else {
                tell(waiter.record, .clientClosedRequest)
                continue
            }
            let response = application.respond(to: waiter.record, with: outcome.conditional(on: waiter.tags))
            application.willSend(response)
            let content = response.content(for: waiter.record.method == "HEAD" ? .head : .get)
            // Nothing is compared where they are the same array. Only an error is not, which names the request.
            if !content.isEmpty, content == outcome.body {
                waiter.client.end(with: response.header, followedBy: body)
                takers.append(waiter.client)
            } else {
                waiter.client.end(with: response.header + content)
            }
            // Many may have waited for the same: what is told of them must not pile up.
            application.didSend()
        }
        if !takers.isEmpty { deliveries.add(takers, of: hold, taking: body) }
    }

    /// Nobody is there to be answered; the log has it all the same.
    private func tell(_ record: RequestRecord, _ status: HTTPResponse.Status) {
        application.willSend(application.respond(to: record, with: Response(status: status)))
        application.didSend()
    }
}

extension HTTPResponse.Status {
    /// 499, as nginx has it in its log: the client did not wait for the answer.
    fileprivate static let clientClosedRequest = Self(code: 499, reasonPhrase: "Client Closed Request")
}
