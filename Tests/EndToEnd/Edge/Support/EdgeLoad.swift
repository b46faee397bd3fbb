import TestSupport
import Testing

/// Clients of all kinds at an edge: some read, some write, one follows the events.
final class EdgeLoad {
    let follower: Follower
    private let edge: Edge
    private let reads: [Load]
    private let writers: Writers
    private let queue: QueueClient?
    private var extra: Set<String> = []

    /// Starts them.
    ///
    /// - Parameter targets: what is read, with what each whole body ends with.
    init(_ edge: Edge, _ targets: [(target: String, end: String)]) throws {
        self.edge = edge
        // There is no status before the first one.
        let first = Event()
        #expect(try edge.post(first.json).status == 200)
        // Clients that come over a unix socket have no address, and the queue serves this host's alone here.
        if case .port = edge.http.address { queue = QueueClient(edge.http) } else { queue = nil }
        follower = Follower(edge.http.address)
        // Whoever has got nothing yet begins with the newest when it is cut off, and has no claim to what was before.
        #expect(follower.sees([first.commit], within: 30))
        reads = targets.map { Load(edge.http, $0.target, clients: 2, bodyEnding: $0.end) }
        writers = Writers(edge.http, queue: queue)
    }

    /// Waits until every kind of request has been answered again and again. None waits for longer than an origin may take.
    func goesOn() -> Bool {
        reads.allSatisfy { $0.pass(50, within: 60) } && writers.pass(10, within: 60)
    }

    /// Waits until the one who follows sees an event that an origin takes now.
    func isFollowed() throws -> Bool {
        let event = Event()
        let isTaken = try eventually(within: 60, every: 50) { try edge.post(event.json).status == 200 }
        extra.insert(event.commit)
        return isTaken && follower.sees(extra, within: 60)
    }

    /// Ends them, and checks what became of all that they asked for.
    func expectNothingLost() throws {
        let reports = reads.map { $0.stop() }
        let written = try writers.stop()
        let total = written.events.count + extra.count + 1
        // What was told is what the ring has. (An origin that is lost may take with it what it has stored and not told yet.)
        let told = try edge.http.get("/api/events/recent?limit=500").json.events?.list.compactMap(\.id?.integer) ?? []
        #expect(follower.reaches(told.last ?? 0, within: 40))
        let followed = try follower.stop()
        let seen = Set(followed.ids)
        #expect(told.allSatisfy(seen.contains))

        for report in reports {
            // An answer that has begun cannot be taken back.
            #expect(report.failures.filter { !$0.hasPrefix("the connection ended after") }.isEmpty)
        }
        #expect(written.unclear.prefix(3) == [])
        #expect(try edge.storedTotal == total)
        if let queue {
            let ids = Array(written.deployments.values)
            #expect(try queue.ids().sorted() == ids.sorted())
        }
        #expect(followed.gaps == 0)
        #expect(zip(followed.ids, followed.ids.dropFirst()).allSatisfy { $0 < $1 }, "each once, and in order")
        // What an origin could not note as told before it was lost, it tells when it is back, and the other one when the client
        // asks again: twice rather than never.
        let isTwice = Dictionary(followed.commits.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
        #expect(isTwice.keys.allSatisfy(written.repeated.contains))

        let status = try Edge.status(edge.north.front.http)
        let other = try Edge.status(edge.south.front.http)
        #expect(other == status)
        #expect(status.contains("\"total_deploys\":\(total),"))
    }
}

extension Edge {
    /// How many deploy events the store has accepted.
    var storedTotal: Int {
        get throws { try Int(store.run("HGET", store.key("{deploys}:meta"), "total").integer ?? 0) }
    }
}
