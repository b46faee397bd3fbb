import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Clocks that are an hour off, and clocks that are set while clients of all kinds go on.
    @Suite struct ClockTests {
        /// Seconds for the writes between two settings: each look at the clock is one at a file.
        private static let limit = patience * Double(EndToEnd.UnderFire.count(1, long: 20))

        @Test("Of two hosts on a store one is an hour off: they serve as one, and nobody notices", arguments: [1, -1])
        func apart(hours: Int) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let github = try FakeGitHub(token: CachingSettings.githubToken)
                defer { github.stop() }
                let settings = Traffic.environment.merging(CachingSettings.environment(github)) { $1 }
                let store = try TestStore()
                let north = try Site("north", store: store, environment: settings)
                defer { north.stop() }
                let clock = try FalseClock(hours: hours)
                let south = try Site("south", store: store, environment: settings.merging(clock.environment) { $1 })
                defer { south.stop() }
                let sites = [north, south]
                let before = github.count()

                let traffic = Traffic(sites.map(\.http), writers: 2, readers: 2, allowing: [200, 204])
                let reads = sites.map { Load($0.http.patient, "/api/github/issues", clients: 2, bodyEnding: "]") }
                let followers = sites.map { Follower($0.http.address) }
                let writes = EndToEnd.UnderFire.count(60, long: 5000)
                #expect(traffic.pass(writes, within: Self.limit), "\(traffic.acknowledged.failures)")
                for read in reads { #expect(read.pass(50)) }
                // Each sees all hosts as they are now.
                for site in sites {
                    #expect(
                        try eventually { try Set(site.processes().compactMap(\.host?.text)) == ["north", "south"] })
                }
                for read in reads { #expect(read.stop().failures == []) }
                #expect(github.count() - before <= 2, "what one has fetched is fresh for the other")
                try traffic.stop()
                try traffic.expectNothingLost(in: store)
                #expect(traffic.acknowledged.refusals == 0)
                try Self.expectSeen(traffic, followers)
                for site in sites {
                    let event = Event().with("deployed_at", nil).json
                    #expect(try site.http.post("/api/deploy/events", event, token: Origin.deployToken).status == 200)
                    for site in sites {
                        let last = try site.http.get("/api/deploy/status").json.last_deploy
                        #expect((0..<600).contains(last?.age_s?.integer ?? -1))
                    }
                }
            }
        }

        @Test(
            "A host that is an hour off answers as one that is right, and knows whose token is good",
            arguments: [1, -1])
        func wrong(hours: Int) async throws {
            let clock = try FalseClock(hours: hours)
            let settings = [
                "CHIMNEY_FAULTS": "true", "QUEUE_STUCK_AFTER": hours > 0 ? "30m" : "1s", "CHIMNEY_HOST": "wrong",
                "GITHUB_REPO": "acme/app",
            ]
            try await withCallers(environment: clock.environment.merging(settings) { $1 }) { origin, callers throws in
                // As it would be answered anywhere else: also what was signed to be good for five minutes.
                let token = try callers.workflow()
                #expect(try origin.queue(token).status == 200)
                let made = try origin.schedule("web", token)
                #expect(made.status == 201, "\(made.text)")
                let path = "\(Callers.path)/\(try made.json.identifier)"
                let moved = try origin.http.request(
                    "PATCH", path, [("Content-Type", "application/json"), ("Authorization", "Bearer \(token)")],
                    body: Array(#"{"status":"in_progress"}"#.utf8))
                #expect(moved.status == 200, "\(moved.text)")
                // What was asked for stays for as long as it should, and no longer.
                let held = Background { try origin.get("/debug/hold?name=a&ms=20000") }
                #expect(try origin.keeps(1))
                #expect(try origin.get("/debug/hold?ms=300").status == 504)
                #expect(try origin.http.post("/debug/hold/finish?name=a", "").status == 200)
                #expect(try held.value().status == 200)
                // Its own lines have the time of the others.
                let line = try #require(try origin.logLines("limit=1").first)
                #expect(Self.isNow(line.time?.text), "\(line)")
                #expect((0..<600).contains(try origin.samples["chimney_uptime_seconds"]))
                let posted = try origin.post(Event().with("deployed_at", nil).json)
                #expect(posted.status == 200, "\(posted.text)")
                let last = try origin.get("/api/deploy/status").json.last_deploy
                #expect((0..<600).contains(last?.age_s?.integer ?? -1))
                #expect(Self.isNow(last?.deployed_at?.text))
                // What is in progress is told to be stuck when it is, and not an hour early or late.
                func stuck() throws -> Bool {
                    try origin.get("/api/events/recent?type=queue").json.events?.list.contains { $0.data?.stuck != nil }
                        ?? false
                }
                if hours < 0 { #expect(try eventually { try stuck() }) } else { #expect(try !stuck()) }
            }
        }

        /// Whether a time is one of the last minutes.
        private static func isNow(_ text: String?) -> Bool {
            guard let text, let time = try? Date(text.prefix(19) + "Z", strategy: .iso8601) else { return false }
            return abs(time.timeIntervalSinceNow) < 600
        }

        /// Whose clock is set.
        enum Subject: String, CaseIterable, CustomTestStringConvertible {
            /// The pool's: the store is on another host.
            case pool
            /// Both: they are on the same host.
            case poolAndStore = "pool and store"

            var testDescription: String { rawValue }

            /// A store that goes by the clock if it is on the same host.
            func store(by clock: FalseClock) throws -> StoreServer {
                let variables = clock.environment.map { "\($0.key)=\($0.value)" }
                return try StoreServer(command: { self == .pool ? $0 : ["/usr/bin/env"] + variables + $0 })
            }
        }

        @Test("A clock that is set by an hour, and back, under load: no request fails", arguments: Subject.allCases)
        func set(subject: Subject) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let clock = try FalseClock()
                let server = try subject.store(by: clock)
                let github = try FakeGitHub(token: CachingSettings.githubToken)
                defer { github.stop() }
                let settings = Traffic.environment.merging(CachingSettings.environment(github)) { $1 }
                try await withOrigin(environment: settings.merging(clock.environment) { $1 }, server: server) {
                    origin throws in
                    let traffic = Traffic([origin.http], writers: 2, readers: 2, allowing: [200, 204])
                    let read = Load(origin.http.patient, "/api/github/issues", clients: 2, bodyEnding: "]")
                    let fetch = Load(origin.http.patient, "/api/pipeline/summary", clients: 1)
                    let follower = Follower(origin.http.address)
                    #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                    #expect(read.pass(1))
                    #expect(fetch.pass(1))
                    let writes = EndToEnd.UnderFire.count(20, long: 1000)
                    for hours in [1, 0, -1, 0] {
                        try clock.set(hours: hours)
                        #expect(traffic.pass(writes, within: Self.limit), "\(traffic.acknowledged.failures)")
                        #expect(read.pass(20))
                        #expect(fetch.pass(5))
                        let age = try origin.get("/api/deploy/status").json.last_deploy?.age_s?.integer
                        #expect((0...Int.max).contains(age ?? -1))
                    }
                    #expect(read.stop().failures == [])
                    #expect(fetch.stop().failures == [])
                    try traffic.stop()
                    try traffic.expectNothingLost(in: origin.store)
                    #expect(traffic.acknowledged.refusals == 0)
                    try Self.expectSeen(traffic, [follower])
                }
            }
        }

        @Test(
            "Set while a client is handed over, and while GitHub is asked: both are waited with as if it had not been",
            arguments: Subject.allCases)
        func waiting(subject: Subject) async throws {
            let clock = try FalseClock()
            let server = try subject.store(by: clock)
            let settings = clock.environment.merging(["CHIMNEY_FAULTS": "true"]) { $1 }
            try await withCachingOrigin(environment: settings, server: server) { origin, github throws in
                let wait = try origin.handover(for: "a")
                // What tells the rehearsal by its name goes with time.
                #expect(try origin.store.run("PERSIST", origin.store.key("debug:hold:a")).integer == 1)
                github.hold()
                let summary = Background { try origin.http.patient.get("/api/pipeline/summary") }
                #expect(github.receives())
                try clock.set(hours: 1)
                // As the front end does, once it has heard of the worker.
                let handed = Background {
                    try FastCGIClient(.unix(origin.pool.streamSocket)).request(
                        "GET", "/hold/\(wait)", variables: ["CHIMNEY_HOLD": wait])
                }
                #expect(try origin.keeps(2))
                let looks = try origin.store.commandCounts["exists"] ?? 0
                #expect(try eventually { try origin.store.commandCounts["exists"] ?? 0 > looks + 5 })
                #expect(try origin.http.post("/debug/hold/finish?name=a", "").status == 200)
                #expect(try handed.value().status == 200)
                github.release()
                let answer = try summary.value()
                #expect(answer.status == 200, "\(answer.text)")
            }
        }

        @Test(
            "The first request of a process after a jump goes by the new time, all of it", arguments: Subject.allCases)
        func first(subject: Subject) async throws {
            let clock = try FalseClock()
            let server = try subject.store(by: clock)
            try await withCachingOrigin(workers: 1, environment: clock.environment, server: server) {
                origin, _ throws in
                for (page, hours) in [1, 0, -1, 0].enumerated() {
                    // It has just heard of the old one.
                    #expect(try origin.get("/api/events/recent").status == 200)
                    try clock.set(hours: hours)
                    let answer = try origin.http.patient.get("/api/github/issues?page=\(page + 1)")
                    #expect(answer.status == 200, "\(hours): \(answer.text)")
                }
            }
        }

        @Test(
            "Set in the middle of a deployment: that comes to its end, and so does the next one",
            arguments: Subject.allCases)
        func deployment(subject: Subject) async throws {
            let clock = try FalseClock()
            let server = try subject.store(by: clock)
            try await withDeployOrigin(
                environment: clock.environment, server: server, services: DeployOrigin.patientSwap
            ) { origin throws in
                try origin.publish(1...4)
                try origin.succeed(1)
                for (hours, digit) in [(1, 2), (0, 3)] {
                    let place = try origin.docker.pause(matching: "up --detach")
                    let caller = Background { () throws -> HTTPAnswer in
                        // Right after the clock was set ahead the runner seems to have been silent for an hour.
                        let answer = try value(within: 4 * patience, every: 100) {
                            let answer = try origin.deploy(DeployOrigin.sha(digit))
                            return answer.status == 503 ? nil : answer
                        }
                        return try #require(answer, "Nobody takes the call.")
                    }
                    try #require(place.waitUntilReached())
                    try clock.set(hours: hours)
                    place.resume()
                    // A runner whose right to go on is over by the store's clock ends, and systemd starts it again.
                    let isOver = try eventually {
                        if origin.runner.process.isRunning { return try origin.newest().finished_at?.text != nil }
                        try origin.runner.startSuccessor()
                        return false
                    }
                    #expect(isOver, "\(origin.runner.log.suffix(1000))")
                    let status = try origin.end(for: caller).status?.text ?? ""
                    #expect((subject == .pool ? ["succeeded"] : ["succeeded", "rolled_back"]).contains(status))
                    #expect(try origin.docker.running("app").count == 1)
                }
                try origin.expectWorks(4)
            }
        }

        /// Checks that everybody who follows the events has seen every deploy, in one order.
        private static func expectSeen(_ traffic: Traffic, _ followers: [Follower]) throws {
            let posted = Set(traffic.acknowledged.events.suffix(20).map(\.sha))
            for follower in followers {
                #expect(follower.sees(posted, within: patience))
                let report = try follower.stop()
                #expect(report.gaps == 0)
                #expect(zip(report.ids, report.ids.dropFirst()).allSatisfy { $0 < $1 }, "each once, and in order")
            }
        }
    }
}
