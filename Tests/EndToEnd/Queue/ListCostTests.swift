import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// What a request of the queue costs follows from what it asks for, not from how many deployments there are.
    @Suite struct ListCostTests {
        @Test("100 rows of 4000 deployments cost the same few commands as of 240, and so do changes")
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
                    let queue = CountedQueue(origin: origin)
                    try queue.add(240)
                    // Once without counting: scripts are loaded at their first use.
                    for request in CountedQueue.Request.allCases { _ = try queue.commands(of: request) }
                    let few = try queue.commandsOfAll()

                    try queue.add(3760)
                    #expect(try origin.store.run("HLEN", queue.records).integer ?? 0 >= 4000)
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

    /// The full name of the key of the organisation's records.
    var records: String { origin.store.key("queue:{counted}:records") }

    private static let path = "/v1/deployments"
    /// The place that a list by taxonomy is about.
    private static let place = ["environment": "production", "cloud_account_id": "1", "region": "eu", "cell": "a"]

    /// Adds deployments, half of them of one service in one place, and some of each status but the first of it: what is
    /// scheduled stays in bounds.
    func add(_ count: Int) throws {
        let origin = origin
        try HTTPClient.concurrently(4) { thread in
            let connection = try origin.http.connect()
            for index in stride(from: thread, to: count, by: 4) {
                let isBusy = index % 8 < 4
                let created = try Self.exchange(
                    connection, "POST", Self.path,
                    Self.body(isBusy ? "busy" : "other-\(index % 40)", isBusy ? Self.place : [:]), status: 201)
                // In turns over both kinds: every other one of the busy service stays scheduled up to a bound.
                guard index % 4 > 1 || index > 480 else { continue }
                let status = ["in_progress", "failed", "skipped", "in_progress"][index % 4]
                _ = try Self.exchange(
                    connection, "PATCH", "\(Self.path)/\(created.id?.text ?? "")", #"{"status":"\#(status)"}"#)
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
        case .listByStatus: try commandsOfList("status=scheduled")
        case .listByTaxonomy:
            try commandsOfList(
                "name=busy&provider=aws&" + Self.place.map { "\($0.key)=\($0.value)" }.joined(separator: "&"))
        case .listByName: try commandsOfList("name=busy")
        case .create: try commands("POST", Self.path, Self.body("busy", Self.place), status: 201)
        case .changeNotes:
            try commands("PATCH", "\(Self.path)/\(create("busy", Self.place))", #"{"notes":"by hand"}"#)
        case .deploy:
            // Two older ones are skipped with it.
            try commands(
                "PATCH", "\(Self.path)/\((0..<3).map { _ in try create("deployed", Self.place) }[2])",
                #"{"status":"deployed"}"#)
        case .claim:
            _ = try create("claimed", Self.place)
            return try commands("POST", "\(Self.path)/claim", #"{"name":"claimed"}"#)
        }
    }

    private func commandsOfList(_ query: String) throws -> [String: Int] {
        var rows = 0
        let counts = try commands("GET", "\(Self.path)?limit=100&\(query)") { rows = $0.list.count }
        #expect(rows == 100)
        return counts
    }

    /// How many counters and settings there are to look at follows from the time that a request takes.
    private func commands(
        _ method: String, _ target: String, _ body: String? = nil, status: Int = 200, _ check: (JSON) -> Void = { _ in }
    ) throws -> [String: Int] {
        try origin.commands {
            check(try Self.exchange(origin.http.connect(), method, target, body, status: status))
        }.filter { !["hincrby", "hget"].contains($0.key) }
    }

    private func create(_ name: String, _ place: [String: String]) throws -> String {
        try #require(
            try Self.exchange(origin.http.connect(), "POST", Self.path, Self.body(name, place), status: 201).id?.text)
    }

    private static func body(_ name: String, _ place: [String: String]) -> String {
        let members = ["name": name, "version": "1.0.0", "provider": "aws", "type": "k8s"].merging(place) { $1 }
        return "{" + members.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",") + "}"
    }

    @discardableResult
    private static func exchange(
        _ connection: HTTPConnection, _ method: String, _ target: String, _ body: String?, status: Int = 200
    ) throws -> JSON {
        var fields = [("X-Organisation", "counted")]
        if body != nil { fields.append(("Content-Type", "application/json")) }
        try connection.send(method, target, fields, body: body.map { Array($0.utf8) })
        let answer = try connection.receive(to: method)
        guard answer.status == status else { throw TestSupportError("\(method) \(target): \(answer.text)") }
        return try answer.json
    }
}
