import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// What a request of the queue costs follows from what it asks for, not from how many deployments there are.
    @Suite struct ListCostTests {
        @Test("100 rows of 3000 deployments cost the same few commands as of 480, and so do changes")
        func cost() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                // Commands are counted by the server, so it has to be the test's own.
                let server = try StoreServer()
                let settings = ["AUTH_ENABLED": "false", "QUEUE_DAILY_LIMIT": "100000"]
                try await withOrigin(workers: 1, environment: settings, server: server) { origin throws in
                    // What an agent does besides would be counted as well.
                    let agent = try #require(value { origin.pool.agents.first })
                    kill(agent, SIGSTOP)
                    defer { kill(agent, SIGCONT) }
                    let queue = CountedQueue(origin)
                    try queue.add(480)
                    // Once without counting: scripts are loaded at their first use.
                    for request in CountedQueue.Request.allCases { _ = try queue.commands(of: request) }
                    let few = try queue.commandsOfAll()

                    try queue.add(2520)
                    #expect(try origin.store.run("HLEN", queue.records).integer ?? 0 >= 3000)
                    let many = try queue.commandsOfAll()
                    for request in CountedQueue.Request.allCases {
                        let counts = try (#require(few[request]), #require(many[request]))
                        #expect(counts.0 == counts.1, "\(request)")
                        // One script, its look-ups and its telemetry's.
                        if request.isList {
                            #expect(
                                counts.1["zrevrangebyscore"] == 1 && counts.1["hmget"] == 1, "\(request): \(counts.1)")
                            #expect(counts.1.values.reduce(0, +) < 15, "\(request): \(counts.1)")
                        }
                        let scans = [
                            "scan", "keys", "hscan", "zscan", "hgetall", "hkeys", "hvals", "zrange", "smembers",
                        ]
                        #expect(scans.allSatisfy { counts.1[$0] == nil }, "\(request): \(counts.1)")
                    }
                }
            }
        }
    }
}

/// An organisation's queue, and what its requests cost.
private struct CountedQueue {
    /// What is asked for and counted.
    enum Request: CaseIterable {
        case listByStatus, listByTaxonomy, listByName, create, changeNotes, deploy, claim

        var isList: Bool { [.listByStatus, .listByTaxonomy, .listByName].contains(self) }
    }

    let origin: Origin
    let queue: QueueClient

    init(_ origin: Origin) {
        self.origin = origin
        queue = QueueClient(origin.http, "counted")
    }

    /// The full name of the key of the organisation's records.
    var records: String { origin.store.key("queue:{counted}:records") }

    /// The place that a list by taxonomy is about.
    private static let place = ["environment": "production", "cloud_account_id": "1", "region": "eu", "cell": "a"]

    /// Adds deployments: half of them of one service in one place, half of other services; the first ones are scheduled in part, so
    /// that there are enough of them, the others not, so that they stay in bounds.
    func add(_ count: Int) throws {
        let queue = queue
        try HTTPClient.concurrently(4) { thread in
            for index in stride(from: thread, to: count, by: 4) {
                let status = ["scheduled", "failed", "skipped", "in_progress"][index % 4]
                let texts = index % 8 < 4 ? Self.texts("busy") : ["name": "other-\(index % 40)"]
                _ = try queue.create(texts, index < 480 || status != "scheduled" ? status : "failed") as String
            }
        }
    }

    /// The counts of each request.
    func commandsOfAll() throws -> [Request: [String: Int]] {
        try Dictionary(uniqueKeysWithValues: Request.allCases.map { ($0, try commands(of: $0)) })
    }

    /// What the store has done for a request and its telemetry, by command.
    func commands(of request: Request) throws -> [String: Int] {
        switch request {
        case .listByStatus: return try commandsOfList("status=scheduled")
        case .listByTaxonomy:
            let values = Self.texts("busy").map { "\($0.key)=\($0.value)" }
            return try commandsOfList("provider=aws&" + values.joined(separator: "&"))
        case .listByName: return try commandsOfList("name=busy")
        case .create: return try commands { try queue.post(Self.body("busy")) }
        case .changeNotes:
            let id: String = try queue.create(Self.texts("busy"), "failed")
            return try commands { try queue.patch(id, #"{"notes":"by hand"}"#) }
        case .deploy:
            // Two older ones are skipped with it.
            let ids = try (0..<3).map { _ in try queue.create(Self.texts("deployed"), "scheduled") as String }
            return try commands { try queue.patch(ids[2], #"{"status":"deployed"}"#) }
        case .claim:
            _ = try queue.create(Self.texts("claimed"), "scheduled") as String
            return try commands { try queue.claim(#"{"name":"claimed"}"#) }
        }
    }

    private func commandsOfList(_ query: String) throws -> [String: Int] {
        try commands {
            let answer = try queue.list("limit=100&" + query)
            #expect(try answer.json.list.count == 100)
            return answer
        }
    }

    /// How many counters and settings there are to look at follows from the time that a request takes.
    private func commands(of request: () throws -> HTTPAnswer) throws -> [String: Int] {
        try origin.commands { () throws in
            let answer = try request()
            #expect([200, 201].contains(answer.status), "\(answer.text)")
        }.filter { !["hincrby", "hget"].contains($0.key) }
    }

    private static func texts(_ name: String) -> [String: String] { place.merging(["name": name]) { $1 } }

    private static func body(_ name: String) -> String { QueueClient.body(texts(name).mapValues { JSON.quoted($0) }) }
}
