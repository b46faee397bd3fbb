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
    }

    /// Microseconds between two looks at the store …
    private static let interval: UInt64 = 10_000
    /// … and the part of the time that looking may take, where there is much to look at.
    private static let share: UInt64 = 10
    /// Outcomes that are asked for in one command.
    private static let most = 500

    private let application: Application
    private let store: Store
    private var held: [Hold: [Held]] = [:]
    private var nextLook: UInt64 = 0

    init(application: Application, store: Store) {
        self.application = application
        self.store = store
    }

    var isEmpty: Bool { held.isEmpty }

    /// Keeps a client until the outcome is there.
    ///
    /// - Parameter tags: what it has already; the outcome is 304 if it is that.
    func add(_ client: StreamClient, _ record: RequestRecord, _ tags: EntityTags?, for hold: Hold) {
        held[hold, default: []].append(Held(client: client, record: record, tags: tags))
    }

    /// Looks for outcomes if it is time. Returns when it is again, in microseconds of the monotonic clock; nil if nobody waits.
    func tick(_ now: UInt64) -> UInt64? {
        guard !held.isEmpty else { return nil }
        if now >= nextLook {
            // What was there in time counts, however late it is seen.
            look()
            endOverdue()
            let end = MonotonicClock.microseconds
            nextLook = max(now + Self.interval, end + (end - now) * Self.share)
        }
        return held.isEmpty ? nil : nextLook
    }

    private func look() {
        let holds = Array(held.keys)
        var next = 0
        while next < holds.count {
            let asked = holds[next..<min(next + Self.most, holds.count)]
            next += asked.count
            let command = Command("MGET", asked.map { Array($0.key(in: store).utf8) })
            // While the store is away its outcomes are, and the limits hold all the same.
            guard let reply = try? store.run(command) else { return }
            for (hold, value) in zip(asked, reply.array) {
                if let outcome = value.bytes.flatMap(Outcome.read) { answer(hold, outcome) }
            }
        }
    }

    private func endOverdue() {
        let now = Timestamp.now
        for (hold, clients) in held {
            if hold.limit <= now {
                answer(hold, Problem.outcomeMissing.response(requestID: nil))
            } else if clients.contains(where: { !$0.client.isWaiting }) {
                for gone in clients where !gone.client.isWaiting { tell(gone.record, .clientClosedRequest) }
                let rest = clients.filter(\.client.isWaiting)
                held[hold] = rest.isEmpty ? nil : rest
            }
        }
    }

    /// Answers everybody whose outcome is not there that they have to come again.
    func release() {
        if !held.isEmpty { look() }
        for hold in Array(held.keys) { answer(hold, Problem.stopping.response(requestID: nil)) }
    }

    private func answer(_ hold: Hold, _ outcome: Response) {
        // Many may wait for megabytes: they are there once.
        let body = Chunk(outcome.body)
        for waiter in held.removeValue(forKey: hold) ?? [] {
            guard waiter.client.isWaiting else {
                tell(waiter.record, .clientClosedRequest)
                continue
            }
            let response = application.respond(to: waiter.record, with: outcome.conditional(on: waiter.tags))
            application.willSend(response)
            if response.body == outcome.body {
                waiter.client.end(with: response.header, followedBy: body)
            } else {
                waiter.client.end(with: response.serialised(for: .get))
            }
            // Many may have waited for the same: what is told of them must not pile up.
            application.didSend()
        }
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
