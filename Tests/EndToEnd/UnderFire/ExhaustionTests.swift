import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Processes that get no more descriptors, memory or children, while clients of all kinds go on.
    @Suite struct ExhaustionTests {
        private static let settings = Traffic.environment.merging(["CHIMNEY_FAULTS": "true"]) { $1 }

        /// Runs a test with an origin under traffic, in which nothing may be lost.
        private func underTraffic(
            workers: Int = 4, allowing allowed: Set<Int> = [200, 204],
            environment: [String: String] = [:], _ body: @Sendable (Origin, Traffic) throws -> Void
        ) async throws {
            try await withOrigin(workers: workers, environment: Self.settings.merging(environment) { $1 }) {
                origin throws in
                let traffic = Traffic([origin.http], writers: 2, readers: 2, allowing: allowed)
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                try body(origin, traffic)
                #expect(eventually { origin.pool.isWhole(workers) }, "\(origin.pool.states)")
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                try traffic.stop()
                try traffic.expectNothingLost(in: origin.store)
            }
        }

        private static func limit(_ pid: pid_t, _ resource: String, to value: String) throws {
            let run = try FinishedProcess("prlimit", ["--pid", "\(pid)", "--\(resource)=\(value):"])
            #expect(run.end == .exited(0), "\(run.errors)")
        }

        /// The number of the next descriptor that a process opens, once it is at rest: with this as its limit it opens none.
        private static func nextDescriptor(of pid: pid_t) -> Int {
            let looks = (0..<20).map { _ in
                let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
                usleep(5000)
                return (0...).first { !names.contains(String($0)) } ?? 0
            }
            return looks.min() ?? 0
        }

        @Test("Workers without a descriptor for another connection make room for others")
        func workers() async throws {
            try await underTraffic { origin, traffic in
                let starved = origin.pool.workers.prefix(3)
                for worker in starved { try Self.limit(worker, "nofile", to: "3") }
                #expect(traffic.pass(100), "\(traffic.acknowledged.failures)")
                #expect(eventually { starved.allSatisfy { !isAlive($0) } })
            }
        }

        @Test("A connection that no worker has a descriptor for is served by one that comes in place of them")
        func connection() async throws {
            try await withOrigin(workers: 2) { origin in
                let starved = origin.workers
                for worker in starved { try Self.limit(worker, "nofile", to: "3") }
                #expect(try origin.get("/ready").status == 200)
                #expect(origin.workers != starved)
                #expect(origin.pool.logs("cannot accept connections: Too many open files"))
            }
        }

        @Test("A streamer without descriptors keeps whom it has, and takes the others when it can")
        func streamer() async throws {
            try await underTraffic { origin, traffic in
                let streamer = try #require(value { origin.pool.streamers.first })
                let first = try (0..<10).map { _ in try origin.stream("/api/events") }
                #expect(try origin.keeps(10))
                try Self.limit(streamer, "nofile", to: "\(Self.nextDescriptor(of: streamer))")
                let others = try (0..<30).map { _ in try origin.stream("/api/events") }
                #expect(origin.pool.logs("no further connections can be accepted for the moment"))
                for stream in first { #expect(stream.next("deploy") != nil) }
                for stream in first.prefix(5) { stream.close() }
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                try Self.limit(streamer, "nofile", to: "1024")
                for stream in others {
                    #expect(stream.head()?.status == 200)
                    #expect(stream.next("deploy") != nil)
                }
                #expect(origin.pool.streamers == [streamer])
            }
        }

        @Test("An agent without descriptors fetches nothing: what is held is answered, and the rest once it has some")
        func agent() async throws {
            try await withCachingOrigin(environment: Self.settings) { origin, github in
                #expect(try origin.github("/issues").status == 200)
                // One that has no connection to GitHub yet.
                let first = try #require(value { origin.pool.agents.first })
                kill(first, SIGKILL)
                let agent = try #require(value { origin.pool.agents.first { $0 != first } })
                let isReady = try eventually {
                    let status = try origin.get("/api/pool/status").json.agents?[0]
                    return status?.pid?.integer == Int(agent) && status?.state == "idle"
                }
                #expect(isReady)
                try Self.limit(agent, "nofile", to: "\(Self.nextDescriptor(of: agent))")
                let traffic = Traffic([origin.http], writers: 1, readers: 1, allowing: [200, 204])
                let hits = Load(origin.http, "/api/github/issues", bodyEnding: "]")
                let refusal = try origin.http.patient.get("/api/github/pulls")
                expectProblem(refusal, 502)
                #expect(hits.pass(20))
                #expect(hits.stop().failures == [])
                #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                try Self.limit(agent, "nofile", to: "1024")
                #expect(try eventually(within: 60) { try origin.http.patient.get("/api/github/pulls").status == 200 })
                #expect(origin.pool.agents == [agent])
                try traffic.stop()
                try traffic.expectNothingLost(in: origin.store)
            }
        }

        @Test(
            "While no process can be forked who is left goes on, and whoever is missing comes once one can",
            .enabled(if: FailingCalls.isPossible))
        func processes() async throws {
            try await underTraffic { origin, traffic in
                let forks = try FailingCalls(
                    ["clone", "clone3", "fork", "vfork"], with: "EAGAIN", of: [origin.pool.pid])
                let victims = [
                    origin.pool.workers[0], origin.pool.workers[1], try #require(origin.pool.streamers.first),
                    try #require(origin.pool.agents.first),
                ]
                for victim in victims { kill(victim, SIGKILL) }
                #expect(origin.pool.logs("cannot fork"))
                #expect(traffic.pass(50), "\(traffic.acknowledged.failures)")
                let stream = try origin.stream("/api/events")
                forks.stop()
                #expect(stream.head()?.status == 200)
                #expect(eventually { origin.pool.agents.count == 1 && origin.pool.streamers.count == 1 })
            }
        }

        @Test("A worker without memory for a request costs that request, and is replaced")
        func memory() async throws {
            // A worker that has none for what the store answers says so.
            try await underTraffic(allowing: [200, 204, 500, 503]) { origin, traffic in
                let before = origin.workers
                for worker in before {
                    let text = try String(contentsOfFile: "/proc/\(worker)/statm", encoding: .utf8)
                    let pages = text.split(separator: " ").first.flatMap { Int($0) } ?? 0
                    try Self.limit(worker, "as", to: "\(pages * 4096 + 100_000)")
                }
                let large = #"{"sha":"\#(String(repeating: "a", count: 1_000_000))"}"#
                // Until everybody has met it.
                let areNew = try eventually {
                    let answer = try origin.post(large)
                    #expect([422, 500, 502, 503].contains(answer.status), "\(answer.text)")
                    if answer.status >= 500 { #expect(answer.faultOfProblem == nil) }
                    return origin.workers.isDisjoint(with: before)
                }
                #expect(areNew)
            }
        }
    }
}
