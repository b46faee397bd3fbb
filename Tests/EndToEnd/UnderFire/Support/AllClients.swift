import Foundation
import TestSupport
import Testing

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
        // Of such a file a string is made of its first page alone.
        let maps = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(pool)/maps")).readToEnd() ?? Data()
        #expect(maps.split(separator: 0x0A).count { $0.firstRange(of: Data("chimney-scoreboard".utf8)) != nil } == 1)
    }
}
