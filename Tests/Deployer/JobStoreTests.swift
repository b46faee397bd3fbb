import Dragonfly
import Essentials
import TestSupport
import Testing

@testable import Deployer

/// What the store keeps of deployments, with a real store.
@Suite("JobStore")
struct JobStoreTests {
    private let server: TestStore
    private let jobs: JobStore

    init() throws {
        server = try TestStore()
        jobs = JobStore(store: Store(url: try #require(StoreURL(server.url)), prefix: server.prefix, timeout: 5000))
        for host in ["h1", "h2"] { try jobs.beat(host) }
    }

    private func job(_ id: String, hosts: String = "h1", digest: String? = nil) -> Job {
        var job = Job(id: id, fields: [:])
        job[.service] = "app"
        job[.hosts] = hosts
        job[.sha] = "abcdef1"
        job[.digest] = digest ?? id
        job[.kind] = "deploy"
        return job
    }

    @discardableResult
    private func accept(_ id: String, hosts: String = "h1", digest: String? = nil, mode: Mode = .reject) throws
        -> String
    {
        let (acceptance, ended) = try jobs.accept(job(id, hosts: hosts, digest: digest), mode: mode)
        return "\(acceptance)" + (ended.isEmpty ? "" : " ended \(ended.joined(separator: " "))")
    }

    /// Takes what is next on a host, as its runner does.
    private func take(_ host: String = "h1", holder: String = "runner", isHeir: Bool = false) throws -> Tenure? {
        let move = Command(
            "LMOVE", server.key(JobKeys.jobs(host)), server.key(JobKeys.taken(host)), "RIGHT", "LEFT")
        guard let id = try jobs.store.run(move).string ?? jobs.taken(on: host).first else { return nil }
        guard
            case .begun(let tenure) = try jobs.begin(
                id, on: host, holder: holder, isHeir: isHeir, budget: 60_000)
        else { return nil }
        return tenure
    }

    private func conclude(_ tenure: Tenure, _ state: State?, good: [GoodVersion]? = nil) throws {
        var tenure = tenure
        try jobs.conclude(&tenure, state.map { [.state: $0.rawValue] } ?? [:], lines: ["end"], good: good)
        try jobs.settle(tenure.job.id, on: tenure.host)
    }

    private func active() throws -> [String] {
        try jobs.store.run(Command("LRANGE", server.key(JobKeys.active("app")), "0", "-1")).array.compactMap(
            \.string)
    }

    @Test("While one is under way, the next is refused, waits, or takes the place of those that wait")
    func modes() throws {
        #expect(try accept("a") == "accepted")
        #expect(try accept("b") == #"busy(with: "a")"#)
        let tenure = try #require(try take())
        #expect(try accept("c", mode: .wait) == "accepted")
        #expect(try accept("d", mode: .wait) == "accepted")
        #expect(try accept("e", mode: .supersede) == "accepted ended c d")
        #expect(try active() == ["a", "e"])
        for id in ["c", "d"] {
            let job = try #require(try jobs.job(id))
            #expect(job.state == .failed && job[.status] == "409" && job[.error] == "superseded by e")
        }
        // The runner is told of those it has to tell of, and of e only once a is over.
        #expect(try jobs.store.run(Command("LRANGE", server.key(JobKeys.jobs("h1")), "0", "-1")).array.count == 2)
        try conclude(tenure, .succeeded)
        #expect(try active() == ["e"])
        #expect(
            try jobs.store.run(Command("LINDEX", server.key(JobKeys.jobs("h1")), "0")).string == "e")
    }

    @Test("One that waits for its host is superseded, and one that pulls is told to end")
    func superseded() throws {
        #expect(try accept("a") == "accepted")
        #expect(try accept("b", mode: .supersede) == "accepted ended a")
        // The runner finds the first, which is over, and then the second.
        #expect(try take() == nil)
        try jobs.settle("a", on: "h1")
        var tenure = try #require(try take())
        #expect(tenure.job.id == "b")
        #expect(try jobs.note(&tenure, [.phase: Phase.pull.rawValue]) == nil)
        #expect(try accept("c", mode: .supersede) == "accepted")
        #expect(try jobs.note(&tenure) == "c")
        #expect(try active() == ["b", "c"])
    }

    @Test("Those of one millisecond are told of in the order in which they were accepted")
    func order() throws {
        // Ids that sort the other way round.
        let ids = (100..<200).reversed().map(String.init)
        for id in ids { #expect(try accept(id, mode: .supersede).hasPrefix("accepted")) }
        #expect(try jobs.newest(100, of: "app").map(\.id) == ids.reversed())
        #expect(try jobs.newest(100, of: nil).map(\.id) == ids.reversed())
    }

    @Test("The same body is a replay for as long as what it has begun has not failed")
    func replays() throws {
        #expect(try accept("a", digest: "same") == "accepted")
        #expect(try accept("b", digest: "same", mode: .wait) == #"replay(of: "a")"#)
        try conclude(try #require(try take()), .succeeded)
        #expect(try accept("c", digest: "same") == #"replay(of: "a")"#)
        #expect(try accept("d", digest: "other") == "accepted")
        try conclude(try #require(try take()), .failed)
        #expect(try accept("e", digest: "other") == "accepted")
        // The same again, as after a lost reply, changes nothing.
        #expect(try accept("e", digest: "other") == "accepted")
        #expect(try active() == ["e"])
    }

    @Test("A host whose runner is not there takes nothing")
    func away() throws {
        #expect(try accept("a", hosts: "h1 h9") == #"runnerAway(host: "h9")"#)
        #expect(try jobs.job("a") == nil)
        #expect(try active() == [])
        _ = try jobs.store.run(Command("HSET", server.key(JobKeys.runners), "h2", "1"))
        #expect(try accept("b", hosts: "h2") == #"runnerAway(host: "h2")"#)
    }

    @Test("What is told of a log counts what is shown of it, whatever was written since the record was read")
    func logCount() throws {
        try accept("a")
        var tenure = try #require(try take())
        let job = try #require(try jobs.job("a"))
        _ = try jobs.note(&tenure, lines: ["one", "two"])
        let told = try JSON(parsing: job.response(log: jobs.log("a")).body)
        #expect(told.log_lines == 2)
        #expect(told.logs == ["one", "two"])
        try jobs.conclude(&tenure, [.state: "succeeded"], lines: [JobStore.end("a", .succeeded)], good: nil)
        #expect(try jobs.log("a") == JobLog(lines: ["one", "two"], count: 2))
    }

    @Test("Who has lost the lease writes nothing more")
    func fencing() throws {
        try accept("a")
        var first = try #require(try take(holder: "first"))
        #expect(try jobs.note(&first, lines: ["one"]) == nil)
        // Somebody else has to wait, unless the first is known to be dead.
        #expect(try take(holder: "second") == nil)
        var second = try #require(try take(holder: "second", isHeir: true))
        #expect(second.lines == 1)
        #expect(throws: RightLost.self) { _ = try jobs.note(&first, [.error: "wrong"], lines: ["two"]) }
        #expect(throws: RightLost.self) {
            try jobs.conclude(&first, [.state: "failed"], lines: [], good: [])
        }
        #expect(try jobs.note(&second, lines: ["three"]) == nil)
        #expect(try jobs.log("a") == JobLog(lines: ["one", "three"], count: 2))
        #expect(try jobs.job("a")?[.error] == nil)
        // A lease that has run out is still its holder's, unless the deployment is over.
        let lease = server.key(JobKeys.lease("h1", "app"))
        _ = try jobs.store.run(Command("DEL", lease))
        #expect(try jobs.note(&second) == nil)
        #expect(throws: RightLost.self) { _ = try jobs.note(&first) }
        _ = try jobs.store.run(Command("DEL", lease))
        _ = try jobs.store.run(Command("HSET", server.key(JobKeys.job("a")), "state", "failed"))
        #expect(throws: RightLost.self) { _ = try jobs.note(&second) }
    }

    @Test("What the store has lost is finished without it, and leaves nothing behind")
    func lost() throws {
        try accept("a")
        var tenure = try #require(try take())
        for key in [JobKeys.lease("h1", "app"), JobKeys.job("a"), JobKeys.active("app")] {
            _ = try jobs.store.run(Command("DEL", server.key(key)))
        }
        #expect(try jobs.note(&tenure, [.phase: Phase.start.rawValue], lines: ["one"]) == nil)
        try conclude(tenure, .succeeded, good: [])
        #expect(try jobs.job("a") == nil)
        #expect(try jobs.log("a").lines.isEmpty)
    }

    @Test("One whose turn comes too late is given up, and one that kills a runner after the other")
    func givenUp() throws {
        func begin(isHeir: Bool) throws -> String? {
            let begun = try jobs.begin("a", on: "h1", holder: "runner", isHeir: isHeir, budget: 60_000)
            if case .givenUp(_, let reason) = begun { return reason }
            return nil
        }
        try accept("a")
        let job = server.key(JobKeys.job("a"))
        _ = try jobs.store.run(Command("HSET", job, "deadline", "1"))
        #expect(try begin(isHeir: false)?.contains("late") == true)
        #expect(try jobs.job("a")?[.started] == nil)
        // It stays late, whoever finds it.
        #expect(try begin(isHeir: true)?.contains("late") == true)
        _ = try jobs.store.run(
            Command("HSET", job, "deadline", String(Timestamp.now.milliseconds + 60_000), "attempts", "0"))
        for _ in 0..<5 { #expect(try begin(isHeir: true) == nil) }
        #expect(try begin(isHeir: true)?.contains("died") == true)
    }

    @Test("One that has waited for an hour is given up by the next call")
    func waitedTooLong() throws {
        try accept("a")
        try accept("b", mode: .wait)
        _ = try jobs.store.run(Command("HSET", server.key(JobKeys.job("b")), "created", "1"))
        #expect(try accept("c", mode: .wait) == "accepted ended b")
        #expect(try active() == ["a", "c"])
        #expect(try jobs.job("b")?[.status] == "504")
    }

    @Test("Fencing tokens grow, and the same holder keeps its own")
    func tokens() throws {
        try accept("a")
        let first = try #require(try take(holder: "first"))
        let again = try #require(try take(holder: "first"))
        let second = try #require(try take(holder: "second", isHeir: true))
        #expect(first.lease == again.lease)
        #expect([first.lease, second.lease] == ["1 first", "2 second"])
    }

    @Test("Lines and the end of it are written once, also when the reply was lost")
    func repeats() throws {
        try accept("a")
        var tenure = try #require(try take())
        let before = tenure
        #expect(try jobs.note(&tenure, lines: ["one", "two"]) == nil)
        var lost = before
        #expect(try jobs.note(&lost, lines: ["one", "two", "three"]) == nil)
        #expect(try jobs.log("a") == JobLog(lines: ["one", "two", "three"], count: 3))
        var end = lost
        try jobs.conclude(&lost, [.state: "succeeded"], lines: ["four"], good: nil)
        try jobs.conclude(&end, [.state: "succeeded"], lines: ["four"], good: nil)
        #expect(try jobs.log("a") == JobLog(lines: ["one", "two", "three", "four"], count: 4))
    }

    @Test("One host after the other, and the next deployment only after the last")
    func hosts() throws {
        #expect(try accept("a", hosts: "h1 h2") == "accepted")
        #expect(try accept("b", hosts: "h2", mode: .wait) == "accepted")
        #expect(try take("h2") == nil)
        try conclude(try #require(try take("h1")), nil)
        let second = try #require(try take("h2"))
        #expect(second.job.id == "a" && second.job.position == 1)
        #expect(try take("h1") == nil)
        try conclude(second, .succeeded)
        #expect(try take("h2")?.job.id == "b")
    }

    @Test("One whose runner is not there any more is given up, and recovered when it is back")
    func abandoned() throws {
        try accept("a", hosts: "h2")
        var tenure = try #require(try take("h2"))
        _ = try jobs.note(&tenure, [.phase: Phase.start.rawValue])
        try accept("w", hosts: "h1", mode: .wait)
        // Its lease lasts, so it may be there.
        _ = try jobs.store.run(Command("HSET", server.key(JobKeys.runners), "h2", "1"))
        #expect(try accept("b", hosts: "h1") == #"busy(with: "a")"#)
        _ = try jobs.store.run(Command("DEL", server.key(JobKeys.lease("h2", "app"))))
        // Whoever waits has the next turn.
        #expect(try accept("c", hosts: "h1") == #"busy(with: "w") ended a"#)
        #expect(try active() == ["w"])
        #expect(try take("h1")?.job.id == "w")
        #expect(try jobs.job("a")?.state == .failed)
        // Its runner is back.
        let heir = try #require(try take("h2", holder: "heir", isHeir: true))
        #expect(heir.job.phase == .start)
        try conclude(heir, .rolledBack)
        #expect(try jobs.job("a")?.state == .rolledBack)
        #expect(try active() == ["w"])
    }

    @Test("Of good versions the newest five are kept, and what a rollback has replaced is none any more")
    func goodVersions() {
        func version(_ number: Int) -> GoodVersion {
            GoodVersion(sha: "\(number)", reference: "r\(number)", imageID: "i\(number)", jobID: "j")
        }
        let before = (1...5).reversed().map(version)
        var deploy = job("a")
        #expect(
            Runner.goodVersions(before, after: .succeeded(version(6)), of: deploy) == [6, 5, 4, 3, 2].map(version))
        #expect(
            Runner.goodVersions(before, after: .succeeded(version(3)), of: deploy) == [3, 5, 4, 2, 1].map(version))
        deploy[.kind] = "rollback"
        #expect(Runner.goodVersions(before, after: .succeeded(version(4)), of: deploy) == [4, 3, 2, 1].map(version))
        #expect(Runner.goodVersions(before, after: .untouched(400, "", nextStep: ""), of: deploy) == nil)
        for version in before { #expect(GoodVersion(version.stored) == version) }
        #expect(GoodVersion("nonsense") == nil)
    }
}
