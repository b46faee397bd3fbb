import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Whatever is asked for at once, the parts of the queue fit together afterwards.
    @Suite struct QueueLoadTests {
        @Test("64 clients deploy different deployments of a taxonomy at once while others create, claim and roll back")
        func atOnce() async throws {
            try await withOrigin(workers: 6, environment: Tenant.environment) { origin throws in
                let client = Tenant(origin, "Acme")
                let claims = Claims()
                for round in 0..<4 {
                    let ids = try (0..<64).map { try client.create(["version": version(round, $0)]).identifier }
                    ids.forEach(claims.created)
                    let deployed = Statuses()
                    try HTTPClient.concurrently(80) { index in
                        switch index {
                        case 0..<64:
                            let answer = try client.insist("PATCH", "/\(ids[index])", ["status": "deployed"])
                            deployed.add(answer.status)
                            // Another one that is younger was faster, or one who has claimed it has given it up.
                            claims.expect(answer, 200, 409)
                        case 64..<70: try create(client, claims, round: round, client: index, count: 10)
                        case 70..<78: try claim(client, claims, count: 10)
                        default: try rollBack(client, claims, count: 5)
                        }
                    }
                    #expect(deployed.count(of: 200) > 0)
                    #expect(try QueueInvariants.broken(in: origin.store, organisation: "acme").prefix(10) == [])
                }
                #expect(claims.failures.prefix(5) == [])
                let queue = try StoredQueue(origin.store, organisation: "acme")
                #expect(queue.claims == claims.all, "each claim was answered to one client")
                #expect(Set(queue.deployments.map(\.id)) == Set(claims.new))
            }
        }

        @Test("The same with a worker killed every 100 ms: nothing is made, claimed or rolled back twice")
        func killed() async throws {
            try await withOrigin(workers: 6, environment: Tenant.environment) { origin throws in
                let client = Tenant(origin, "Acme")
                let claims = Claims()
                let isDone = Gate()
                let clients = Background {
                    try HTTPClient.concurrently(24) { index in
                        var round = 0
                        while !isDone.isOpen {
                            round += 1
                            switch index {
                            case 0..<10: try deploy(client, claims, round: round, client: index)
                            case 10..<14: try create(client, claims, round: round, client: index, count: 1)
                            case 14..<22: try claim(client, claims, count: 1)
                            default: try rollBack(client, claims, count: 1)
                            }
                        }
                    }
                }
                let kills = origin.pool.killWorkers(every: 100, for: 12)
                isDone.open()
                try clients.value()
                #expect(kills > 30)
                #expect(claims.failures.prefix(5) == [])
                #expect(try QueueInvariants.broken(in: origin.store, organisation: "acme").prefix(10) == [])
                let queue = try StoredQueue(origin.store, organisation: "acme")
                #expect(queue.deployments.count > 200)
                #expect(queue.claims == claims.all, "each claim was answered to one client")
                #expect(Set(queue.deployments.map(\.id)) == Set(claims.new))
                #expect(queue.deployments.count == claims.new.count)
            }
        }
    }
}

/// Semantic versions that grow, some of their pre-releases, and some that are none.
private func version(_ round: Int, _ number: Int) -> JSON {
    switch number % 8 {
    case 0: .string("build-\(round)-\(number)")
    case 1: .string("\(round).\(100 - number).0-rc.\(number)")
    default: .string("v\(round).\(number).0")
    }
}

/// Makes deployments, each once, however often that has to be said.
private func create(_ client: Tenant, _ claims: Claims, round: Int, client index: Int, count: Int) throws {
    for number in 0..<count {
        let body = Tenant.usual.merging(["version": version(round % 10, index + number)]) { $1 }
        let answer = try client.insist("POST", "", body, key: UUID().uuidString)
        claims.expect(answer, 201, 409)
        if answer.status == 201 { claims.created(try answer.json.identifier) }
    }
}

/// Makes a deployment and deploys it.
private func deploy(_ client: Tenant, _ claims: Claims, round: Int, client index: Int) throws {
    let body = Tenant.usual.merging(["version": version(round % 10, index)]) { $1 }
    let answer = try client.insist("POST", "", body, key: UUID().uuidString)
    claims.expect(answer, 201, 409)
    guard answer.status == 201 else { return }
    let id = try answer.json.identifier
    claims.created(id)
    claims.expect(try client.insist("PATCH", "/\(id)", ["status": "deployed"]), 200, 409)
}

/// Claims, and brings to an end in one way or another: some are put back.
private func claim(_ client: Tenant, _ claims: Claims, count: Int) throws {
    for _ in 0..<count {
        let answer = try client.insist("POST", "/claim", ["name": "api"], key: UUID().uuidString)
        claims.expect(answer, 200, 204)
        guard answer.status == 200 else { continue }
        let id = try answer.json.identifier
        claims.claimed(id)
        let end = ["deployed", "failed", "scheduled"].randomElement() ?? ""
        // Somebody may have rolled it back, or deployed it, in the meantime.
        claims.expect(try client.insist("PATCH", "/\(id)", ["status": .string(end)]), 200, 409)
    }
}

/// Rolls back: what is deployed, or what is in progress or has failed.
private func rollBack(_ client: Tenant, _ claims: Claims, count: Int) throws {
    for _ in 0..<count {
        let status = ["deployed", "failed", "in_progress"].randomElement() ?? ""
        let given = try client.insist("GET", "?status=\(status)&limit=1").json[0]?.identifier
        let path = Bool.random() ? given.map { "/\($0)/rollback" } : nil
        let answer = try client.insist("POST", path ?? "/rollback?name=api&provider=aws", key: UUID().uuidString)
        claims.expect(answer, 201, 404, 409)
        if answer.status == 201 { claims.created(try answer.json.identifier) }
    }
}
