import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Processes of every kind that are killed, stopped and asked to end at random, while clients of every kind go on.
    @Suite struct KilledAtRandomTests {
        private static let seed: UInt64 = 20_261_122
        private static let children: [MortalOrigin.Role] =
            Array(repeating: .worker, count: 8) + [.streamer, .streamer, .agent, .agent, .runner]

        @Test("Who serves is killed: no reader notices, and nothing that was acknowledged is lost or done twice")
        func servants() async throws {
            try await withMortalOrigin { origin throws in
                let before = Footprint(of: origin.processes(.supervisor)).descriptors
                let clients = try AllClients(origin, allowing: [200, 204])
                let versions = Load(origin.http, "/api/version", clients: 2)
                let hits = Load(origin.http.patient, "/api/github/issues", clients: 1, bodyEnding: "]")
                #expect(clients.traffic.pass(20), "\(clients.traffic.acknowledged.failures)")
                var signals = RandomSignals(seed: Self.seed, Self.children)
                try signals.strike(origin, for: Double(EndToEnd.UnderFire.count(6, long: 600)))
                #expect(signals.deaths > 20, "\(signals.counts)")
                let answered = versions.stop()
                #expect(answered.failures == [])
                #expect(hits.stop().failures == [])
                try clients.stop()

                #expect(origin.isWhole(), "\(origin.leftovers) \(origin.log.suffix(1000))")
                try clients.expectNothingLost(in: origin)
                #expect(clients.follower.sees(Set(clients.traffic.acknowledged.events.map(\.sha)), within: patience))
                try clients.expectFollowed(in: origin)
                // Who was killed after it had noted a request, and before its answer was out, has it counted as well.
                let counted = try Samples(origin.http.get("/metrics").text).requests("/api/version", "2xx")
                #expect((answered.answered...answered.answered + signals.deaths).contains(counted))
                #expect(Footprint(of: origin.processes(.supervisor)).descriptors == before)
                try origin.expectNothingLeft()
            }
        }

        @Test("The supervisor is killed as well, and all of them with it: what is refused meanwhile can be sent again")
        func supervisor() async throws {
            try await withMortalOrigin { origin throws in
                let clients = try AllClients(origin, allowing: [200, 204, 502, 503, 504])
                #expect(clients.traffic.pass(20), "\(clients.traffic.acknowledged.failures)")
                var signals = RandomSignals(
                    seed: Self.seed, Self.children + Array(repeating: .supervisor, count: 6))
                try signals.strike(origin, for: Double(EndToEnd.UnderFire.count(5, long: 600)))
                #expect(signals.counts["supervisor killed"] ?? 0 > 0, "\(signals.counts)")
                try clients.stop()

                #expect(origin.isWhole(), "\(origin.leftovers) \(origin.log.suffix(1000))")
                try clients.expectNothingLost(in: origin)
                try clients.expectFollowed(in: origin)
                try origin.expectNothingLeft()
            }
        }
    }
}

/// Clients of every kind at an origin whose processes die.
struct AllClients {
    let traffic: Traffic
    let follower: Follower
    let deployer: DeployingClient

    /// Starts them.
    ///
    /// - Parameter statuses: what readers may be answered.
    init(_ origin: MortalOrigin, allowing statuses: Set<Int>) throws {
        // What everybody asks for is held by the time at which anybody dies.
        let held = ["/api/github/issues"] + (1...5).map { "/api/github/issues?page=\($0)" }
        for target in held { #expect(try origin.http.patient.get(target).status == 200) }
        follower = Follower(origin.http.address)
        traffic = Traffic(
            [origin.http.patient], writers: 2, readers: 2, of: Traffic.targets + held, allowing: statuses,
            endurance: 60)
        deployer = DeployingClient(origin)
    }

    /// Lets each of them bring to an end what it is at.
    func stop() throws {
        try deployer.stop()
        try traffic.stop()
    }

    /// Checks that nothing that was acknowledged is lost, and that no deployment was made twice.
    func expectNothingLost(in origin: MortalOrigin) throws {
        let calls = deployer.calls
        #expect(deployer.failures.prefix(5) == [])
        #expect(!calls.isEmpty)
        try traffic.expectNothingLost(in: origin.store, besides: calls.map(\.sha))
        #expect(Set(calls.map(\.status)).isSubset(of: ["succeeded", "rolled_back", "failed"]), "\(calls)")
        let pulls = try origin.docker.changes.filter { $0.hasPrefix("pull ") }
        #expect(pulls.count == Set(pulls).count, "each version is brought once at most")
        let last = calls.last { $0.status == "succeeded" }
        #expect(try origin.docker.running("app") == (last.map { [$0.sha] } ?? []))
    }

    /// Checks that who followed the events has got each of them once, whoever kept the stream.
    func expectFollowed(in origin: MortalOrigin) throws {
        let told = try origin.http.get("/api/events/recent?limit=500").json.events?.list.compactMap(\.id?.integer) ?? []
        #expect(follower.reaches(told.last ?? 0, within: patience))
        let report = try follower.stop()
        #expect(report.gaps == 0)
        #expect(report.streams > 1)
        #expect(zip(report.ids, report.ids.dropFirst()).allSatisfy { $0 < $1 }, "each once, and in order")
        let first = report.ids.first ?? 0
        #expect(Set(told.filter { $0 >= first }).isSubset(of: report.ids))
    }
}

extension MortalOrigin {
    /// Checks that nobody holds anything on behalf of who is dead: no lock, no lease, no command, no memory.
    func expectNothingLeft() throws {
        let keys = ["{deployer}:lease", "{deployer}:jobs", "{deployer}:active", "{cache}:lock:"]
        var left: [String] = []
        let isFree = try eventually(within: 60) {
            left = try keys.flatMap { try store.keys(beginning: $0) }
            return left.isEmpty
        }
        #expect(isFree, "\(left)")
        for name in ["journal/turns", "journal/synced", "cache"] {
            let file = open(files.file(name), O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            #expect(eventually { flock(file, LOCK_EX | LOCK_NB) == 0 }, "\(name)")
            flock(file, LOCK_UN)
        }
        #expect(try docker.unknownCommands == [])
        #expect(try docker.commands.allSatisfy { $0.status != nil || !docker.isRunning($0) })
        let pool = try #require(processes(.supervisor).first)
        let maps = try String(contentsOfFile: "/proc/\(pool)/maps", encoding: .utf8)
        #expect(maps.split(separator: "\n").count { $0.contains("chimney-scoreboard") } == 1)
    }
}
