import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A store that crashes and comes back without what it had, and two hosts that keep journals.
    @Suite struct StoreLossTests {
        @Test("Killed and started empty in the middle of writes: all that was acknowledged is there, once, by itself")
        func lost() async throws {
            try await withJournals { lossy throws in
                let acknowledged = Acknowledged()
                let isOver = Gate()
                let clients = Background {
                    try HTTPClient.concurrently(8) { number in
                        let client = LossClient(lossy.sites[number % 2].http, number, acknowledged)
                        while !isOver.isOpen { try client.round() }
                    }
                }
                // Some of these are between the store and the journal: nobody was told of what they have written.
                let kills = Background { lossy.sites[0].pool.killWorkers(every: 200, for: 5) }
                for _ in 0..<3 {
                    let before = acknowledged.count
                    #expect(eventually(within: 30) { acknowledged.count >= before + 150 }, "\(acknowledged.failures)")
                    lossy.server.crash()
                    try lossy.server.start()
                }
                let before = acknowledged.count
                #expect(eventually(within: 30) { acknowledged.count >= before + 150 }, "\(acknowledged.failures)")
                isOver.open()
                try clients.value()
                #expect(try kills.value() > 5)
                #expect(acknowledged.failures.prefix(5) == [])

                for site in lossy.sites {
                    let health = try site.http.get("/healthz").json
                    #expect(health.status?.text == "ok")
                    #expect(health.journal?.text == "ok")
                    let status = try site.http.get("/api/deploy/status").json
                    #expect(status.total_deploys?.integer == acknowledged.events.count)
                    let ring = try site.http.get("/api/deploy/events").json.events?.list.compactMap(\.sha?.text) ?? []
                    #expect(ring.count == 50)
                    #expect(Set(ring).count == ring.count)
                    #expect(Set(ring).isSubset(of: acknowledged.events.map(\.sha)))
                }
                for event in acknowledged.events {
                    let answer = try lossy.sites[0].http.post(
                        "/api/deploy/events", event.json, token: Origin.deployToken)
                    #expect(try answer.json.duplicate == true, "\(answer.text)")
                }

                let queue = try StoredQueue(lossy.store, organisation: LossClient.organisation)
                #expect(Set(queue.deployments.map(\.id)) == Set(acknowledged.statuses.keys))
                for deployment in queue.deployments {
                    #expect(deployment.status == acknowledged.statuses[deployment.id])
                    let moves = deployment.history.compactMap(\.to)
                    #expect(moves.count == Set(moves).count, "each change once: \(moves)")
                }
                // What nobody was told of was counted, where a later change that was told of had been counted after it.
                let broken = try QueueInvariants.broken(in: lossy.store, organisation: LossClient.organisation)
                #expect(broken.filter { !$0.hasPrefix("counters") && !$0.contains(" made") }.prefix(5) == [])
                for (key, id) in acknowledged.keys {
                    let answer = try lossy.sites[1].http.post(
                        "/v1/deployments", key.body,
                        [("X-Organisation", LossClient.organisation), ("Idempotency-Key", key.key)])
                    #expect(answer.status == 201)
                    #expect(try answer.json.identifier == id)
                }
                #expect(
                    try lossy.sites[0].http.get("/api/events/recent?type=store.restored").json.events?.list.isEmpty
                        == false)
            }
        }

        @Test("A host that is away holds up writes for a while and no longer, and brings what it has when it is back")
        func away() async throws {
            try await withJournals { lossy throws in
                let events = (0..<4).map { _ in Event().json }
                for (index, event) in events.enumerated() {
                    let answer = try lossy.insist(index % 2, "/api/deploy/events", event)
                    #expect(answer.status == 200)
                }
                // Each has noted whom to wait for.
                #expect(
                    eventually(within: 10) {
                        (0..<2).allSatisfy { lossy.knownHosts($0) == ["north", "south"] }
                    })
                lossy.sites[1].stop()
                lossy.server.crash()
                try lossy.server.start()
                let north = lossy.sites[0]
                let refusal = try value(within: 10) {
                    let answer = try north.http.post("/api/deploy/events", events[0], token: Origin.deployToken)
                    return answer.text.contains("being restored") ? answer : nil
                }
                try expectProblem(#require(refusal), 503)
                #expect(refusal?["Retry-After"] == "1")
                let health = try north.http.get("/healthz").json
                #expect(health.status?.text == "degraded")
                #expect(health.journal?.text == "restoring")
                // Reads are answered, with what there is by now.
                #expect(try north.http.get("/v1/deployments", [("X-Organisation", "acme")]).status == 200)

                #expect(try lossy.insist(0, "/api/deploy/events", Event().json).status == 200)
                #expect(try north.http.get("/api/deploy/events").json.events?.list.count == 3)
                #expect(eventually(within: 10) { north.pool.log.contains(#""hosts":"south""#) })
                let south = try lossy.start("south")
                defer { south.stop() }
                #expect(
                    try eventually(within: 20) {
                        try south.http.get("/api/deploy/status").json.total_deploys?.integer == 5
                    })
            }
        }

        @Test("By hand: what the journal has is told, restored, and restored again without harm")
        func byHand() async throws {
            try await withJournals { lossy throws in
                #expect(try lossy.insist(0, "/api/deploy/events", Event().json).status == 200)
                func restore(_ arguments: String...) throws -> FinishedProcess {
                    try FinishedProcess(Binary.path, ["restore"] + arguments, environment: lossy.environment("north"))
                }
                let check = try restore("--check")
                #expect(check.end == .exited(0))
                #expect(check.output.contains("1 of deploys"))
                #expect(check.output.contains("Other hosts with a journal: south."))
                #expect(try restore().output.contains("Of 1 entries"))
                #expect(try restore("--alone").output.contains("the store lacked 0."))
                let files = try TemporaryDirectory()
                let settings = lossy.environment("north").map { "\($0)=\($1)\n" }.joined()
                let byFile = try FinishedProcess(
                    Binary.path, ["restore", "--env-file", files.write("chimney.env", settings)], environment: [:])
                #expect(byFile.output.contains("the store lacked 0."), "\(byFile.errors)")
                let without = try FinishedProcess(Binary.path, ["restore"], environment: lossy.store.environment)
                #expect(without.end == .exited(78))
                #expect(without.errors.contains("CHIMNEY_JOURNAL_DIR"))
            }
        }
    }
}

// MARK: The clients

/// What clients were told.
private final class Acknowledged: @unchecked Sendable {
    struct Posted { let sha, json: String }
    struct Key: Hashable { let key, body: String }

    private let lock = NSLock()
    private var posted: [Posted] = []
    private var last: [String: String] = [:]
    private var created: [Key: String] = [:]
    private var unexpected: [String] = []
    private var told = 0

    func event(_ sha: String, _ json: String) {
        lock.withLock {
            posted.append(Posted(sha: sha, json: json))
            told += 1
        }
    }
    func status(_ id: String, _ status: String) {
        lock.withLock {
            last[id] = status
            told += 1
        }
    }
    func created(_ key: Key, _ id: String) { lock.withLock { created[key] = id } }
    func fail(_ what: String) { lock.withLock { unexpected.append(what) } }

    var count: Int { lock.withLock { told } }
    var events: [Posted] { lock.withLock { posted } }
    /// The last status that anybody was told of each deployment.
    var statuses: [String: String] { lock.withLock { last } }
    var keys: [Key: String] { lock.withLock { created } }
    var failures: [String] { lock.withLock { unexpected } }
}

/// A client that records deploys, and moves deployments of a name that nobody else moves. It sends again what was not
/// taken, until it is.
private struct LossClient {
    static let organisation = "acme"
    let http: HTTPClient
    let name: String
    let acknowledged: Acknowledged

    init(_ http: HTTPClient, _ number: Int, _ acknowledged: Acknowledged) {
        self.http = http
        name = "service-\(number)"
        self.acknowledged = acknowledged
    }

    func round() throws {
        let sha = Event.freshSHA()
        let event = Event().with("sha", "\"\(sha)\"").json
        if try insist("POST", "/api/deploy/events", event, [("Authorization", "Bearer \(Origin.deployToken)")]) != nil {
            acknowledged.event(sha, event)
        }
        guard let first = try create("1.0.0"), let second = try create("1.1.0") else { return }
        guard let claimed = try insist("POST", "/v1/deployments/claim", #"{"name":"\#(name)"}"#, key: UUID().uuidString)
        else { return }
        guard claimed.identifier == first else { return acknowledged.fail("\(claimed.identifier) instead of \(first)") }
        acknowledged.status(first, "in_progress")
        if Bool.random() {
            guard try move(first, "failed"), try move(second, "deployed") else { return }
        } else {
            guard try move(first, "deployed"), let third = try create("1.2.0"), try move(third, "deployed") else {
                return
            }
            acknowledged.status(second, "skipped")
        }
    }

    private func create(_ version: String) throws -> String? {
        let body = #"{"name":"\#(name)","version":"\#(version)","provider":"aws","type":"k8s"}"#
        let key = UUID().uuidString
        guard let made = try insist("POST", "/v1/deployments", body, key: key) else { return nil }
        acknowledged.created(.init(key: key, body: body), made.identifier)
        acknowledged.status(made.identifier, "scheduled")
        return made.identifier
    }

    private func move(_ id: String, _ status: String) throws -> Bool {
        guard try insist("PATCH", "/v1/deployments/\(id)", #"{"status":"\#(status)"}"#) != nil else { return false }
        acknowledged.status(id, status)
        return true
    }

    private func insist(
        _ method: String, _ path: String, _ body: String, key: String? = nil, _ fields: [(String, String)] = []
    ) throws -> JSON? {
        var all = fields + [("Content-Type", "application/json"), ("X-Organisation", Self.organisation)]
        if let key { all.append(("Idempotency-Key", key)) }
        let answer = value(within: 40) {
            let answer = try? http.request(method, path, all, body: Array(body.utf8))
            return answer.flatMap { $0.status < 500 ? $0 : nil }
        }
        guard let answer, [200, 201].contains(answer.status) else {
            acknowledged.fail("\(method) \(path): \(answer.map { "\($0.status) \($0.text.prefix(200))" } ?? "nothing")")
            return nil
        }
        return try answer.json
    }
}
