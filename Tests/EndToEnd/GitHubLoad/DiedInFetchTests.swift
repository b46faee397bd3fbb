import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Processes that die, or end, while they fetch.
    @Suite struct DiedInFetchTests {
        /// Clients that wait for one key each.
        private func clients(_ count: Int, of origin: Origin) -> [Background<HTTPAnswer>] {
            let http = origin.http.patient
            return (0..<count).map { index in
                Background { try http.get("/api/github/issues?page=\(index % 3 + 1)") }
            }
        }

        @Test("The agent is killed during fetches: the next one makes them, and the clients have their answers")
        func killed() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.hold()
                let clients = clients(6, of: origin)
                #expect(github.receives(3))
                let victim = try #require(value { origin.pool.agents.first })
                kill(victim, SIGKILL)
                #expect(github.receives(6), "the next one asks again")
                #expect(eventually { origin.pool.workersAtGitHub == 0 })
                github.release()
                for client in clients { #expect(try client.value().status == 200) }
                #expect(github.count() == 6)
                try expectNoLeftovers(origin.store)
                #expect(origin.pool.agents.first != victim)
                for page in 1...3 { #expect(try origin.get("/api/github/issues?page=\(page)")["X-Cache"] == "hit") }
            }
        }

        @Test("Where no agent comes to it in time, they are answered 504, and the next who asks gets it")
        func absent() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.hold()
                let clients = clients(3, of: origin)
                #expect(github.receives(3))
                let victim = try #require(value { origin.pool.agents.first })
                kill(victim, SIGSTOP)
                defer { kill(victim, SIGCONT) }
                for client in clients { expectProblem(try client.value(), 504) }
                let isFree = try eventually { try origin.store.keys("{cache}:lock:*") == [] }
                #expect(isFree, "no lock outlives it")
                let again = Background { try origin.http.patient.get("/api/github/issues?page=1") }
                #expect(eventually(every: 50) { origin.pool.heldClients == 1 })
                kill(victim, SIGCONT)
                github.release()
                #expect(try again.value().status == 200)
                try expectNoLeftovers(origin.store)
            }
        }

        @Test("Agents that are killed one after the other leave neither locks nor jobs nor halves behind")
        func killedOften() async throws {
            try await withCachingOrigin(workers: 3) { origin, github throws in
                let end = monotonicMilliseconds + 5000
                let isOver = Gate()
                defer { isOver.open() }
                let statuses = Statuses()
                let readers = (0..<6).map { reader in
                    Background {
                        var page = 0
                        while !isOver.isOpen {
                            page += 1
                            let target = "/api/github/issues?page=\(page % 20 + 1)&sort=\(reader)"
                            statuses.add(try origin.http.patient.get(target).status)
                            if page % 20 == 0 { _ = try origin.http.invalidate("/issues") }
                        }
                    }
                }
                var kills = 0
                // On a busy machine few come to their fetches between two of them; then it goes on until enough have.
                let isEnough = eventually(every: 300) {
                    if let victim = origin.pool.agents.first, kill(victim, SIGKILL) == 0 { kills += 1 }
                    return monotonicMilliseconds >= end && kills > 5 && statuses.count(of: 200) > 20
                }
                #expect(isEnough, "\(kills), \(statuses.all)")
                isOver.open()
                for reader in readers { try reader.value() }
                #expect(Set(statuses.all.keys).isSubset(of: [200, 504]), "\(statuses.all)")
                try expectNoLeftovers(origin.store, within: 14)
                #expect(try origin.http.patient.get("/api/github/issues?page=1").status == 200)
            }
        }

        @Test("A reload during fetches: the next agent makes them")
        func reloaded() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.hold()
                let clients = clients(6, of: origin)
                #expect(github.receives(3))
                let first = try #require(value { origin.pool.agents.first })
                origin.pool.process.signal(SIGHUP)
                #expect(github.receives(6, within: 11))
                github.release()
                for client in clients { #expect(try client.value().status == 200) }
                #expect(eventually { !isAlive(first) })
                try expectNoLeftovers(origin.store)
                #expect(!origin.pool.log.contains("has not ended in"))
            }
        }

        @Test("The agent of one of two hosts is killed: its own successor, or the other host, answers")
        func otherHost() async throws {
            try await withCachingHosts(workers: 2) { north, south, github throws in
                let sites = [north, south]
                github.hold()
                let clients = (0..<8).map { index in
                    Background {
                        try sites[index % 2].http.patient.get("/api/github/issues?page=\(index + 1)").status
                    }
                }
                #expect(github.receives(8))
                for site in sites { for agent in site.pool.agents { kill(agent, SIGKILL) } }
                #expect(github.receives(16))
                github.release()
                for client in clients { #expect(try client.value() == 200) }
                #expect(github.count() == 16)
                try expectNoLeftovers(north.store)
            }
        }

        @Test("A worker is killed while it fetches itself: its lock goes in time, and others get the entry then")
        func worker() async throws {
            try await withCachingOrigin(workers: 4) { origin, github throws in
                github.hold()
                // A front end without holds.
                let alone = Background { try origin.pool.fastCGI.request("GET", "/api/github/pulls").status }
                #expect(github.receives(1))
                let victim = try #require(origin.pool.status.first { $0.route?.text?.contains("github") == true })
                kill(pid_t(victim.pid?.integer ?? 0), SIGKILL)
                #expect(throws: (any Error).self) { try alone.value() }
                #expect(eventually { origin.pool.isWhole(4) })
                // It may have its answer from nobody; then it is told so in time.
                let held = try origin.http.patient.get("/api/github/pulls")
                expectProblem(held, 504)
                github.release()
                #expect(try origin.http.patient.get("/api/github/pulls").status == 200)
                try expectNoLeftovers(origin.store)
            }
        }

        @Test("The pool stops during fetches: it ends in order, and another host does what it left")
        func stopped() async throws {
            try await withCachingHosts(workers: 2) { north, south, github throws in
                let agent = try #require(value { south.pool.agents.first })
                kill(agent, SIGSTOP)
                defer { kill(agent, SIGCONT) }
                github.hold()
                let held = Background { try south.http.patient.get("/api/github/pulls").status }
                #expect(github.receives(1))
                #expect(north.pool.stop() == .exited(0))
                kill(agent, SIGCONT)
                #expect(github.receives(2))
                github.release()
                #expect(try held.value() == 200)
                try expectNoLeftovers(north.store)
            }
        }
    }
}
