import TestSupport
import Testing

/// Clients that use one or several origins of a store as their users do, while something is done to what these stand on: some
/// write until they are acknowledged, some read. What all were answered is looked at, and in the end what is there.
///
/// They end with it: nobody is asked any more once a test has failed.
final class Traffic: Sendable {
    /// Reads of every capability that need no token.
    static let targets = [
        "/api/deploy/status", "/api/deploy/events", "/v1/deployments", "/healthz", "/metrics", "/api/version",
        "/api/events/recent", "/api/pool/status",
    ]

    /// What writers were told.
    let acknowledged = Acknowledged()
    /// What readers were answered.
    let readings = Readings()
    private let sites: [HTTPClient]
    private let isOver = Gate()
    private let clients: [Background<Void>]

    /// Starts the clients. The origins have to be started with `Traffic.environment`.
    ///
    /// - Parameters:
    ///   - sites: where they ask, in turns.
    ///   - writers: how many write. Each deployment is moved by one of them alone.
    ///   - readers: how many read `targets`, one after the other.
    ///   - allowed: what readers may be answered.
    ///   - endurance: seconds for which a write is sent again until it is taken.
    init(
        _ sites: [HTTPClient], writers: Int = 4, readers: Int = 0, of targets: [String] = Traffic.targets,
        allowing allowed: Set<Int> = [200, 204, 503], endurance: Double = 40
    ) {
        self.sites = sites
        let (acknowledged, readings, isOver) = (acknowledged, readings, isOver)
        let writing = (0..<writers).map { number in
            let client = WritingClient(
                http: sites[number % sites.count], name: "service-\(number)", acknowledged: acknowledged,
                endurance: endurance)
            return Background { while !isOver.isOpen { try client.round() } }
        }
        let reading = (0..<readers).map { number in
            let client = ReadingClient(
                http: sites[number % sites.count], targets: targets, readings: readings, allowed: allowed)
            return Background<Void> { while !isOver.isOpen { client.round() } }
        }
        clients = writing + reading
    }

    deinit { isOver.open() }

    /// What origins need in their environment to be used so.
    static let environment = [
        "DEPLOY_TOKEN": Origin.deployToken, "AUTH_ENABLED": "false", "QUEUE_DAILY_LIMIT": "1000000",
    ]

    /// Waits until so many further writes have been acknowledged.
    func pass(_ count: Int, within seconds: Double = patience) -> Bool {
        let goal = acknowledged.count + count
        return eventually(within: seconds) { acknowledged.count >= goal }
    }

    /// Lets each client bring to an end what it is at.
    func stop() throws {
        isOver.open()
        for client in clients { try client.value() }
    }

    /// Checks that nobody was answered anything wrong, and that all that was acknowledged is there, once, wherever one asks.
    ///
    /// - Parameters:
    ///   - others: the commits of deploys that others have recorded.
    ///   - counts: whether a fault of the queue's invariants counts.
    func expectNothingLost(
        in store: TestStore, besides others: [String] = [], where counts: (String) -> Bool = { _ in true },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(acknowledged.failures.prefix(5) == [], sourceLocation: sourceLocation)
        #expect(readings.failures.prefix(5) == [], sourceLocation: sourceLocation)
        try expectEvents(besides: others, sourceLocation)
        try expectDeployments(in: store, where: counts, sourceLocation)
    }

    private func expectEvents(besides others: [String], _ sourceLocation: SourceLocation) throws {
        let events = acknowledged.events
        for http in sites {
            let status = try http.get("/api/deploy/status").json
            #expect(status.total_deploys?.integer == events.count + others.count, sourceLocation: sourceLocation)
            let ring = try http.get("/api/deploy/events").json.events?.list.compactMap(\.sha?.text) ?? []
            #expect(ring.count == min(50, events.count + others.count), sourceLocation: sourceLocation)
            #expect(Set(ring).count == ring.count, sourceLocation: sourceLocation)
            #expect(Set(ring).isSubset(of: events.map(\.sha) + others), sourceLocation: sourceLocation)
        }
        try expectEach(of: events.suffix(5000), sourceLocation) { event in
            let answer = try self.sites[0].post("/api/deploy/events", event.json, token: Origin.deployToken)
            return try answer.json.duplicate == true ? nil : answer.text
        }
    }

    /// Checks that nothing is wrong with any of these, several at a time.
    private func expectEach<Item: Sendable>(
        of items: some Collection<Item>, _ sourceLocation: SourceLocation,
        _ fault: @escaping @Sendable (Item) throws -> String?
    ) throws {
        let (items, faults, threads) = (Array(items), Notes<[String]>([]), 4)
        try HTTPClient.concurrently(threads) { thread in
            for index in stride(from: thread, to: items.count, by: threads) {
                if let fault = try fault(items[index]) { faults.note { $0.append(fault) } }
            }
        }
        #expect(faults.current.prefix(5) == [], sourceLocation: sourceLocation)
    }

    private func expectDeployments(
        in store: TestStore, where counts: (String) -> Bool, _ sourceLocation: SourceLocation
    ) throws {
        let statuses = acknowledged.statuses
        let queue = try StoredQueue(store, organisation: WritingClient.organisation)
        #expect(Set(queue.deployments.map(\.id)) == Set(statuses.keys), sourceLocation: sourceLocation)
        for deployment in queue.deployments {
            #expect(deployment.status == statuses[deployment.id], sourceLocation: sourceLocation)
            let moves = deployment.history.compactMap(\.to)
            #expect(moves.count == Set(moves).count, "each change once: \(moves)", sourceLocation: sourceLocation)
        }
        let broken = try QueueInvariants.broken(in: store, organisation: WritingClient.organisation)
        #expect(broken.filter(counts).prefix(5) == [], sourceLocation: sourceLocation)
        try expectEach(of: acknowledged.keys, sourceLocation) { key, id in
            let fields = [("X-Organisation", WritingClient.organisation), ("Idempotency-Key", key.key)]
            let answer = try self.sites[self.sites.count - 1].post("/v1/deployments", key.body, fields)
            return try answer.status == 201 && answer.json.identifier == id ? nil : answer.text
        }
    }
}
