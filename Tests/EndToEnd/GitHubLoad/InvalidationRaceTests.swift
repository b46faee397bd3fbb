import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What was invalidated does not come back, however fetches and invalidations meet.
    @Suite struct InvalidationRaceTests {
        private static let target = "/api/github/issues/5"

        /// Gives the issue that is asked for another title.
        private static func retitle(_ github: FakeGitHub, _ title: String) {
            github.update { repository in
                let index = repository.issues.firstIndex { $0.number == 5 }
                if let index { repository.issues[index].title = title }
            }
        }

        @Test("A fetch that was under way brings the new content to all who wait, and the old nowhere")
        func underWay() async throws {
            try await withCachingHosts(workers: 4) { north, south, github throws in
                Self.retitle(github, "old")
                let gate = github.hold()
                let before = [north, south].map { site in
                    Background { try site.http.patient.get(Self.target).json.title?.text }
                }
                #expect(eventually(every: 50) { north.pool.heldClients == 1 && south.pool.heldClients == 1 })
                // Clients are held before the agent has come to their fetch.
                #expect(github.receives(1))
                #expect(github.count() == 1)
                Self.retitle(github, "new")
                let done = try south.http.invalidate("/issues/5")
                #expect(done.status == 200)
                // Who comes now waits for the same fetch, and must not get what it has seen before.
                let after = [north, south].map { site in
                    Background { try site.http.patient.get(Self.target).json.title?.text }
                }
                #expect(eventually(every: 50) { north.pool.heldClients == 2 && south.pool.heldClients == 2 })
                #expect(github.count() == 1)
                github.release()
                gate.open()
                for client in after + before { #expect(try client.value() == "new") }
                #expect(github.count() == 2)
                for site in [north, south] {
                    for _ in 0..<12 { #expect(try site.http.get(Self.target).json.title == "new") }
                    let isMirrored = eventually {
                        let files = site.pool.cachedFiles
                        return files.count == 1 && files[0].contains(#""new""#)
                    }
                    #expect(isMirrored)
                }
                #expect(github.count() == 2)
                try expectNoLeftovers(north.store)
            }
        }

        @Test("A refresh of what is stale, likewise; an invalidation of something else does not disturb it")
        func refresh() async throws {
            try await withCachingHosts(workers: 2) { north, south, github throws in
                Self.retitle(github, "old")
                #expect(try north.http.patient.get(Self.target).json.title == "old")
                try north.store.age("/issues/5?", bySeconds: 150)
                github.hold()
                let stale = try south.http.get(Self.target)
                #expect(stale["X-Cache"] == "stale")
                #expect(github.receives(2))
                #expect(try north.http.invalidate("/pulls").status == 200)
                #expect(try north.http.invalidate("/issues/55").status == 200)
                github.release()
                let isFresh = try eventually { try south.http.get(Self.target)["X-Cache"] == "hit" }
                #expect(isFresh)
                #expect(github.count() == 2)

                try north.store.age("/issues/5?", bySeconds: 150)
                github.hold()
                // Each worker asks for it once a second at most.
                let isAsked = try eventually { () throws in
                    #expect(try south.http.get(Self.target)["X-Cache"] == "stale")
                    return github.count() == 3
                }
                #expect(isAsked)
                Self.retitle(github, "new")
                #expect(try north.http.invalidate("/issues").status == 200)
                github.release()
                for site in [north, south] {
                    #expect(try site.http.patient.get(Self.target).json.title == "new")
                }
                try expectNoLeftovers(north.store)
            }
        }

        @Test("Under load over both hosts, nobody sees what was invalidated before the request began")
        func underLoad() async throws {
            try await withCachingHosts(workers: 4) { north, south, github throws in
                let sites = [north, south]
                Self.retitle(github, "0")
                let known = Known()
                let readers = (0..<8).map { index in
                    Background { () throws -> Int in
                        var count = 0
                        while !known.isOver {
                            let least = known.value
                            let answer = try sites[index % 2].http.patient.get(Self.target)
                            let seen = try answer.json.title?.text.flatMap { Int($0) } ?? -1
                            if answer.status != 200 || seen < least {
                                Issue.record(
                                    "\(answer.status) \(seen), \(least) was the least: \(answer["X-Cache"] ?? "")")
                            }
                            count += 1
                        }
                        return count
                    }
                }
                defer { known.end() }
                for round in 1...300 {
                    Self.retitle(github, String(round))
                    #expect(try sites[round % 2].http.patient.invalidate("/issues").status == 200)
                    known.raise(to: round)
                }
                known.end()
                for reader in readers { #expect(try reader.value() > 0) }
                try expectNoLeftovers(north.store)
            }
        }

        @Test("The memory tiers of both hosts lose what was invalidated, and nothing else")
        func memory() async throws {
            try await withCachingHosts(workers: 2) { north, south, github throws in
                let sites = [north, south]
                for target in ["/pulls", "/pulls?state=closed", "/pulls/11", "/issues", "/releases"] {
                    #expect(try north.http.get("/api/github" + target).status == 200)
                }
                #expect(eventually { sites.allSatisfy { $0.pool.cachedFiles.count == 5 } })
                let done = try south.http.invalidate("/pulls").json
                #expect(done.dragonfly == 3)
                #expect(done.memory == 3)
                #expect(done.deleted == 6)
                #expect(south.pool.cachedFiles.count == 2, "the own host's at once")
                #expect(eventually { north.pool.cachedFiles.count == 2 })
                for site in sites {
                    #expect(site.pool.cachedFiles.allSatisfy { !$0.contains("/pulls") || $0.contains("/issues?") })
                }
                let all = try north.http.post(
                    "/api/cache/invalidate", #"{"all":true}"#, token: CachingSettings.invalidateToken)
                #expect(try all.json.deleted == 4)
                #expect(eventually { sites.allSatisfy { $0.pool.cachedFiles.isEmpty } })
            }
        }
    }
}

/// A number that grows, for several threads.
private final class Known: @unchecked Sendable {
    private let lock = NSLock()
    private var number = 0
    private var isEnded = false

    var value: Int { lock.withLock { number } }
    var isOver: Bool { lock.withLock { isEnded } }
    func raise(to value: Int) { lock.withLock { number = value } }
    func end() { lock.withLock { isEnded = true } }
}
