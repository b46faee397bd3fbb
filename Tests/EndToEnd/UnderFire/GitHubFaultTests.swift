import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// A GitHub that is bad at what it does in every way, one after the other, beside clients that want something of it.
    /// What each single one is told is in `GitHubFailureTests`.
    @Suite(.serialized) struct GitHubFaultTests {
        private static let paths = ["/pulls?state=open", "/issues", "/releases"].map { "/api/github\($0)" }
        private static let summary = "/api/pipeline/summary"

        /// Ways to answer; by `Tests/run --long` also those that take until a time is over.
        private static let behaviours: [FakeGitHub.Behaviour] = {
            let quick: [FakeGitHub.Behaviour] = [
                .slow(0.1), .slow(2), .reset, .resetInMiddle, .endlessHeader, .endlessBody, .bomb, .circle, .noHTTP,
                .serverError(500), .serverError(503),
            ]
            let others = GitHubFailure.all.filter { $0.retryAfter == nil }.map(\.behaviour)
            return EndToEnd.UnderFire.isLong ? quick + others + [.silent, .dripping(0.2)] : quick
        }()

        @Test(
            "Whatever it does, what is held is served at once, no worker waits, and all is fresh afterwards by itself")
        func storm() async throws {
            try await withCachingOrigin(workers: 3) { origin, github throws in
                let targets = Self.paths + [Self.summary]
                let before = try targets.map { try origin.http.patient.get($0) }
                #expect(before.allSatisfy { $0.status == 200 })
                let processes = Set(origin.pool.workers + origin.pool.agents + origin.pool.streamers)
                let memory = Self.peaks(origin.pool)
                let traffic = Traffic(
                    [origin.http.patient], writers: 0, readers: 4,
                    of: targets + ["/api/version", "/healthz", "/ready"],
                    allowing: [200])
                for (round, behaviour) in Self.behaviours.enumerated() {
                    github.always(behaviour)
                    // Old enough to be renewed, and not so old that anybody would wait for that.
                    try origin.ageAll(40)
                    try origin.forgetFailures()
                    let asked = github.count()
                    #expect(eventually { github.count() > asked }, "\(round)")
                    let read = traffic.readings.total
                    #expect(eventually { traffic.readings.total >= read + 30 }, "\(round)")
                    #expect(traffic.readings.failures == [], "\(round)")
                    github.answerAsUsual()
                }
                try origin.forgetFailures()
                try origin.ageAll(40)
                for (target, old) in zip(Self.paths, before) {
                    let isFresh = try eventually { try origin.get(target)["X-Cache"] == "hit" }
                    #expect(isFresh, "\(target)")
                    #expect(try origin.get(target).body == old.body, "\(target)")
                }
                #expect(try eventually { try origin.get("/healthz").json.github?.breaker == "closed" })
                try traffic.stop()
                #expect(traffic.readings.failures == [])
                #expect(Set(origin.pool.workers + origin.pool.agents + origin.pool.streamers) == processes)
                #expect(try origin.samples["chimney_panics_total"] == 0)
                for (process, peak) in Self.peaks(origin.pool) {
                    #expect(peak - (memory[process] ?? 0) < 100 << 20, "bytes more at most, of process \(process)")
                }
            }
        }

        @Test("An empty repository in place of the real one is shown as it is, and the real one when it is back")
        func empty() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                let full = github.contents
                let lists = ["/pulls?state=open", "/issues", "/releases"].map { "/api/github\($0)" }
                let before = try lists.map { try origin.http.patient.get($0).json.list }
                #expect(try origin.http.patient.get(Self.summary).json.open_prs?.integer ?? 0 > 0)
                github.update { $0 = FakeGitHub.Repository(full.fullName) }
                try origin.ageAll(7200)
                for target in lists {
                    let answer = try origin.http.patient.get(target)
                    #expect(answer.status == 200)
                    #expect(try answer.json.list == [], "\(target)")
                }
                let summary = try origin.http.patient.get(Self.summary)
                #expect(summary.status == 200)
                #expect(try summary.json.open_prs?.integer == 0)
                #expect(try summary.json.partial?.list == [])
                #expect(try origin.http.patient.get("/api/github/pulls/\(full.pulls[0].number)").status == 404)

                github.update { $0 = full }
                try origin.ageAll(7200)
                #expect(try lists.map { try origin.http.patient.get($0).json.list } == before)
                #expect(try origin.http.patient.get(Self.summary).json.open_prs?.integer ?? 0 > 0)
                #expect(try origin.http.patient.get("/api/github/pulls/\(full.pulls[0].number)").status == 200)
            }
        }

        @Test("JSON of other types than expected is passed on as what GitHub says, and names a part of the summary")
        func otherTypes() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.always(.otherTypes)
                #expect(try origin.http.patient.get("/api/github/issues").json.id == "x")
                let summary = try origin.http.patient.get(Self.summary)
                #expect([200, 502].contains(summary.status), "\(summary.text)")
                github.answerAsUsual()
                try origin.ageAll(7200)
                #expect(try eventually { try origin.http.patient.get(Self.summary).json.partial?.list == [] })
            }
        }

        /// The most bytes of memory that each process of a pool has had so far.
        private static func peaks(_ pool: PoolProcess) -> [pid_t: Int] {
            let processes = pool.workers + pool.agents + pool.streamers
            return Dictionary(uniqueKeysWithValues: processes.map { ($0, Footprint.mostMemory(of: $0) ?? 0) })
        }
    }
}
