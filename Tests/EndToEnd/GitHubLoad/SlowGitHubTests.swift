import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A GitHub that answers late, or not at all, is waited for by nobody but who wants something new of it.
    @Suite struct SlowGitHubTests {
        @Test("While GitHub lets 40 clients wait, no worker does, and all else is answered")
        func late() async throws {
            try await withCachingOrigin(workers: 3) { origin, github throws in
                #expect(try origin.get("/api/github/pulls").status == 200)
                github.hold(on: "/issues*")
                let statuses = Statuses()
                let clients = (0..<40).map { index in
                    Background {
                        let target = "/api/github/issues?page=\(index % 10 + 1)"
                        statuses.add(try origin.http.patient.get(target).status)
                    }
                }
                let areHeld = eventually(within: 9, every: 50) {
                    origin.pool.heldClients == 40 && github.requestsUnderWay.count == 10
                }
                #expect(areHeld, "\(origin.pool.heldClients) wait, \(github.requestsUnderWay.count) asked")
                #expect(eventually { origin.pool.workersAtGitHub == 0 }, "\(origin.pool.states)")
                let cached = try HTTPClient.statuses(of: "/api/github/pulls", at: origin.http, 8, 20)
                #expect(cached == [200: 160])
                #expect(try origin.get("/api/github/pulls")["X-Cache"] == "hit")
                for path in ["/health", "/healthz", "/ready", "/api/version", "/api/cache/stats", "/metrics"] {
                    #expect(try origin.get(path).status == 200, "\(path)")
                }
                #expect(try origin.post(Event().json).status == 200)
                #expect(try origin.http.invalidate("/releases").status == 200)
                #expect(origin.pool.heldClients == 40, "they wait still")
                #expect(github.requestsUnderWay.count == 10)
                github.release()
                for client in clients { try client.value() }
                #expect(statuses.all == [200: 40])
                #expect(github.count("/issues*") == 10)
                #expect(github.count() == 11)
            }
        }

        @Test(
            "No answer at all is 502, or what is held, within the limit; then GitHub is left alone by all hosts, until one request finds it back"
        )
        func never() async throws {
            try await withCachingHosts(workers: 2) { north, south, github throws in
                let sites = [north, south]
                #expect(try north.http.get("/api/github/pulls").status == 200)
                try north.store.age("/pulls?", bySeconds: 3600)
                github.always(.silent)
                let limited = sites.map(\.http.patient)
                let old = Background { try limited[0].get("/api/github/pulls") }
                let absent = (0..<5).map { index in
                    Background { try limited[index % 2].get("/api/github/issues?page=\(index + 1)") }
                }
                #expect(github.receives(7))
                #expect(eventually { sites.allSatisfy { $0.pool.workersAtGitHub == 0 } })
                let held = try old.value()
                #expect(held.status == 200)
                #expect(held["X-Cache"] == "stale")
                #expect(held["X-Cache-Tier"] == "dragonfly")
                for client in absent {
                    let answer = try client.value()
                    expectProblem(answer, 502)
                    #expect(answer["X-Cache"] == "miss")
                    #expect(answer["X-Cache-Tier"] == "none")
                }
                for site in sites {
                    let isOpen = try eventually { try site.http.get("/healthz").json.github?.breaker == "open" }
                    #expect(isOpen)
                }
                // Nobody asks it now.
                github.answerAsUsual()
                let asked = github.count()
                for site in sites {
                    for _ in 0..<4 {
                        let answer = try site.http.get("/api/github/releases")
                        expectProblem(answer, 502)
                        #expect(answer["Retry-After"].flatMap { Int($0) }.map { (1...15).contains($0) } == true)
                        let stale = try site.http.get("/api/github/pulls")
                        #expect(stale.status == 200)
                        #expect(stale["X-Cache"] == "stale")
                    }
                }
                #expect(github.count() == asked)
                try expectNoLeftovers(north.store)
                // What an agent tells follows what it does.
                func told() throws -> Int {
                    try north.http.get("/api/events/recent?type=github.down").json.events?.list.count ?? 0
                }
                #expect(try eventually { try told() > 0 })
                #expect(try told() == 1)

                // When the pause is over, one request finds out.
                try north.store.run("HSET", north.store.cacheKey("github"), "open_until", "0")
                github.hold()
                let probe = Background { try north.http.patient.get("/api/github/releases") }
                #expect(github.receives(asked + 1))
                for site in sites {
                    for page in 1...5 {
                        expectProblem(try site.http.get("/api/github/issues?page=\(page)"), 502)
                    }
                }
                #expect(github.count() == asked + 1)
                github.release()
                #expect(try probe.value().status == 200)
                for site in sites {
                    let isClosed = try eventually { try site.http.get("/healthz").json.github?.breaker == "closed" }
                    #expect(isClosed)
                    let answer = try site.http.get("/api/github/pulls")
                    #expect(answer["X-Cache"] != "stale")
                }
                let isTold = try eventually {
                    try north.http.get("/api/events/recent?type=github.up").json.events?.list.count == 1
                }
                #expect(isTold)
            }
        }

        @Test(
            "Workers that fetch themselves, with the store and without, give up in time, and meanwhile the others answer"
        )
        func workersThemselves() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withCachingOrigin(workers: 8, server: server) { origin, github throws in
                    github.always(.silent)
                    let workers = origin.workers
                    let limited = FastCGIClient(.unix(origin.pool.socket), timeout: 60)
                    let first = Background { try limited.request("GET", "/api/github/pulls") }
                    #expect(github.receives(1))
                    server.stop()
                    let second = Background { try limited.request("GET", "/api/github/pulls") }
                    #expect(github.receives(2))
                    #expect(try origin.statuses(of: "/api/version", clients: 8, each: 20) == [200: 160])
                    #expect(origin.pool.workersAtGitHub == 2)
                    for client in [first, second] {
                        let answer = try client.value()
                        #expect(answer.status == 502)
                        #expect(answer["X-Cache"] == "miss")
                    }
                    #expect(origin.workers == workers, "no worker was ended for it")
                    github.answerAsUsual()
                    #expect(try limited.request("GET", "/api/github/pulls").status == 200)
                }
            }
        }

        @Test("More fetches than are made at a time have their turn as well")
        func many() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.hold()
                let statuses = Statuses()
                let clients = (1...90).map { page in
                    Background { statuses.add(try origin.http.patient.get("/api/github/issues?page=\(page)").status) }
                }
                let areHeld = eventually(within: 9, every: 50) {
                    origin.pool.heldClients == 90 && github.requestsUnderWay.count == 32
                }
                #expect(areHeld, "\(origin.pool.heldClients) wait, \(github.requestsUnderWay.count) asked")
                github.release()
                for client in clients { try client.value() }
                #expect(statuses.all == [200: 90])
                #expect(github.count() == 90)
                #expect(github.mostRequestsUnderWay == 32)
                try expectNoLeftovers(origin.store)
            }
        }
    }
}
