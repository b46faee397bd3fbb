import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Many who want the same at once are one request of GitHub.
    @Suite struct OneFetchTests {
        @Test(
            "200 clients at once for one absent key, over 16 workers of two hosts: one request of GitHub, 200 times 200"
        )
        func together() async throws {
            try await withCachingHosts(workers: 8) { north, south, github throws in
                let sites = [north, south]
                for round in 0..<3 {
                    let target = "/api/github/pulls?state=open&page=\(round + 1)"
                    let statuses = Statuses()
                    let bodies = Bodies()
                    try HTTPClient.concurrently(200) { index in
                        let answer = try sites[index % 2].http.patient.get(target)
                        statuses.add(answer.status)
                        bodies.add(answer)
                    }
                    #expect(statuses.all == [200: 200])
                    #expect(github.count("/pulls?state=open&page=\(round + 1)") == 1)
                    #expect(bodies.distinct == 1)
                }
                #expect(github.count() == 3)
                try expectNoLeftovers(north.store)
            }
        }

        @Test("Also while GitHub takes its time: all 200 wait with the streamers, and no worker does")
        func waiting() async throws {
            try await withCachingHosts(workers: 8) { north, south, github throws in
                let sites = [north, south]
                github.hold(on: "/issues")
                let statuses = Statuses()
                let bodies = Bodies()
                let clients = (0..<200).map { index in
                    Background {
                        let answer = try sites[index % 2].http.patient.get("/api/github/issues?state=open")
                        statuses.add(answer.status)
                        bodies.add(answer)
                    }
                }
                let isHeld = eventually(within: 9, every: 50) {
                    north.pool.heldClients == 100 && south.pool.heldClients == 100
                }
                #expect(isHeld, "\(north.pool.heldClients) and \(south.pool.heldClients) wait; \(statuses.all)")
                #expect(eventually { north.pool.workersAtGitHub + south.pool.workersAtGitHub == 0 })
                #expect(github.receives(1))
                #expect(github.count() == 1)
                github.release()
                for client in clients { try client.value() }
                #expect(statuses.all == [200: 200])
                #expect(bodies.distinct == 1)
                #expect(github.count() == 1)
                // Each of the 16 workers has it now.
                for site in sites {
                    let answered = try HTTPClient.statuses(of: "/api/github/issues?state=open", at: site.http, 8, 10)
                    #expect(answered == [200: 80])
                }
                #expect(github.count() == 1)
            }
        }

        @Test("An answer of megabytes is in the streamer once, and not once for each who waits for it")
        func large() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.always(.oversized(8 << 20), on: "/issues")
                github.hold()
                let bodies = Bodies()
                let clients = (0..<40).map { _ in
                    Background { bodies.add(try origin.http.patient.get("/api/github/issues")) }
                }
                #expect(eventually(every: 50) { origin.pool.heldClients == 40 })
                let streamer = try #require(value { origin.pool.streamers.first })
                github.release()
                for client in clients { try client.value() }
                #expect(bodies.distinct == 1)
                #expect(bodies.size == 8 << 20)
                let most = try #require(Footprint.mostMemory(of: streamer))
                #expect(most < 128 << 20, "\(most) bytes")
            }
        }

        @Test("Different keys are fetched at the same time, and each once")
        func different() async throws {
            try await withCachingHosts(workers: 4) { north, south, github throws in
                let sites = [north, south]
                github.hold()
                let statuses = Statuses()
                let clients = (0..<60).map { index in
                    Background {
                        let target = "/api/github/issues?page=\(index / 3 + 1)"
                        statuses.add(try sites[index % 2].http.patient.get(target).status)
                    }
                }
                let areHeld = eventually(within: 9, every: 50) {
                    north.pool.heldClients + south.pool.heldClients == 60 && github.count() == 20
                }
                #expect(
                    areHeld, "\(north.pool.heldClients) and \(south.pool.heldClients) wait, \(github.count()) asked")
                github.release()
                for client in clients { try client.value() }
                #expect(statuses.all == [200: 60])
                #expect(github.count() == 20)
            }
        }
    }
}

/// Collects bodies that several threads got.
private final class Bodies: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [Data] = []

    func add(_ answer: HTTPAnswer) {
        let body = Data(answer.body)
        lock.withLock { if !all.contains(body) { all.append(body) } }
    }

    var distinct: Int { all.count }
    var size: Int? { all.first?.count }
}

extension HTTPClient {
    /// Makes the same GET request on several threads; returns how often each status came back.
    static func statuses(
        of target: String, at client: HTTPClient, _ threads: Int, _ times: Int
    ) throws -> [Int: Int] {
        let statuses = Statuses()
        try concurrently(threads) { _ in
            for _ in 0..<times { statuses.add(try client.get(target).status) }
        }
        return statuses.all
    }
}
