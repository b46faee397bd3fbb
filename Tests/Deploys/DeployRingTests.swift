import Dragonfly
import Essentials
import Telemetry
import TestSupport
import Testing
import Web

@testable import Deploys

/// The ring in a real store.
@Suite struct DeployRingTests {
    private let test: TestStore
    private let store: Store
    private let ring: DeployRing
    private let now = Timestamp(milliseconds: 1_771_668_780_000)

    init() throws {
        test = try TestStore()
        store = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
        ring = DeployRing(prefix: test.prefix)
    }

    private struct Posted: FieldReadable {
        let deploy: PostedDeploy
        init(reading fields: inout FieldReader) {
            deploy = PostedDeploy(reading: &fields, now: Timestamp(milliseconds: 1_771_668_780_000))
        }
    }

    private func posted(
        _ number: Int, given: Bool = true, outcome: String = "success", title: String = ""
    ) throws -> PostedDeploy {
        let time = given ? #","deployed_at":"2026-02-21T10:13:00Z""# : ""
        let sha = String(0xAAAA_0000 + number, radix: 16)
        let json =
            #"{"sha":"\#(sha)","slot":"blue","outcome":"\#(outcome)","duration_s":1,"pr_title":"\#(title)"\#(time)}"#
        return try FieldReader.read(Posted.self, from: Array(json.utf8)).deploy
    }

    /// Posts an event; returns whether it was new.
    @discardableResult
    private func add(
        _ number: Int, given: Bool = true, after milliseconds: Int64 = 0, outcome: String = "success",
        tellsGitHub: Bool = false
    ) throws -> Bool {
        let posted = try posted(number, given: given, outcome: outcome)
        switch try ring.add(posted, now: now.adding(milliseconds: milliseconds), tellsGitHub: tellsGitHub, to: store) {
        case .stored: return true
        case .duplicate: return false
        }
    }

    /// What GitHub is to be told, the oldest first.
    private var jobs: [GitHubDeployment] {
        get throws {
            try test.run("LRANGE", test.key(GitHubDeployment.outbox.key), "0", "-1").array.compactMap(\.bytes)
                .reversed().compactMap { GitHubDeployment($0) }
        }
    }

    @Test("Before the first event there is nothing")
    func empty() throws {
        #expect(try ring.content(of: store) == nil)
    }

    @Test("The newest come first, and the ring is bounded while the total is not")
    func bound() throws {
        for number in 0..<60 { #expect(try add(number)) }
        let content = try #require(try ring.content(of: store))
        #expect(content.total == 60)
        #expect(content.events.count == 50)
        #expect(content.events.first?.sha == "aaaa003b")
        #expect(content.events.last?.sha == "aaaa000a")
    }

    @Test("The same event is stored once, however late it comes again")
    func duplicates() throws {
        #expect(try add(1))
        #expect(try !add(1))
        #expect(try !add(1, after: 86_400_000))
        #expect(try add(1, outcome: "failure"))
        let content = try #require(try ring.content(of: store))
        #expect(content.total == 2)
        #expect(content.events.count == 2)
    }

    @Test(
        "Without a time of its own an event is the same within ten minutes",
        arguments: [(599_999, false), (600_000, true)] as [(Int64, Bool)])
    func window(after: Int64, isNew: Bool) throws {
        #expect(try add(1, given: false))
        #expect(try add(1, given: false, after: after) == isNew)
        #expect(try add(1, given: true), "one with a time is another")
    }

    @Test("GitHub's outbox gets each stored event once, if it is to be told, and no more than fit")
    func outbox() throws {
        #expect(try add(1))
        #expect(try test.run("EXISTS", test.key(GitHubDeployment.outbox.key)).integer == 0)
        #expect(try add(2, tellsGitHub: true))
        #expect(try !add(2, tellsGitHub: true))
        #expect(try add(3, outcome: "failure", tellsGitHub: true))
        let jobs = try self.jobs
        #expect(jobs.map(\.ref) == ["aaaa0002", "aaaa0003"])
        #expect(jobs.map(\.state) == [.success, .failure])
        #expect(jobs.map(\.environment) == ["production", "production"])
        #expect(jobs[0].description == "slot blue, took 1 s")
        try test.run("RPUSH", on: GitHubDeployment.outbox.key, Array(repeating: "x", count: 10_000))
        #expect(try add(4, tellsGitHub: true))
        #expect(try test.run("LLEN", test.key(GitHubDeployment.outbox.key)).integer == 10_000)
        #expect(try test.run("GET", test.key(GitHubDeployment.outbox.droppedKey)).integer == 3)
    }

    @Test("The same commit deployed again is another deployment for GitHub")
    func redeployed() throws {
        #expect(try add(1, given: false, tellsGitHub: true))
        #expect(try add(1, given: false, after: 600_000, tellsGitHub: true))
        #expect(Set(try jobs.map(\.identity)).count == 2)
    }

    @Test("A script that is run twice, because its reply was lost, stores once and says both times that it did")
    func repeatedScript() throws {
        for _ in 0..<2 {
            let outcome = try ring.add(try posted(1), now: now, tellsGitHub: true, revision: "r1", to: store)
            guard case .stored = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(try ring.content(of: store)?.total == 1)
        #expect(try jobs.count == 1)
    }

    @Test("A repetition says whether anybody was told of the event")
    func untold() throws {
        let posted = try posted(1)
        func isUntold() throws -> Bool? {
            guard case .duplicate(_, _, let isUntold) = try ring.add(posted, now: now, tellsGitHub: false, to: store)
            else { return nil }
            return isUntold
        }
        #expect(try isUntold() == nil)
        #expect(try isUntold() == true)
        var told: [EventType] = []
        func emit(_ type: EventType, _ data: (inout JSONWriter) -> Void) { told.append(type) }
        ring.tell(posted.event, as: posted.identity, in: store, emit: emit)
        #expect(told == [.deploy])
        #expect(try isUntold() == false)
        #expect(try test.run("EXISTS", test.key("{deploys}:untold")).integer == 0)
        for number in 0..<1200 { try add(100 + number) }
        #expect(try #require(try test.run("HLEN", test.key("{deploys}:untold")).integer) <= 1000)
    }

    @Test("A description is as long as GitHub takes it, counted as it counts")
    func description() throws {
        let family = String(repeating: "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", count: 60)
        let deployment = GitHubDeployment(of: try posted(1, title: family).event, identity: "r")
        #expect(deployment.description.unicodeScalars.count == 140)
        #expect(deployment.description.hasPrefix("slot blue, took 1 s, "))
    }

    @Test("A change by anybody is seen; without one the ring is not read again")
    func revisions() throws {
        try add(1)
        let other = DeployRing(prefix: test.prefix)
        let first = try #require(try other.content(of: store))
        try add(2)
        let second = try #require(try other.content(of: store))
        #expect(first.revision != second.revision)
        #expect(second.events.count == 2)
        // The memo stands in for the store's list as long as the revision is the same.
        try test.run("DEL", test.key("{deploys}"))
        #expect(try other.content(of: store)?.events.count == 2)
    }

    @Test("An entry that nobody can read is left out, and spoils nothing")
    func unreadable() throws {
        try add(1)
        try test.run("LPUSH", test.key("{deploys}"), "rubbish", "{}", "null")
        let content = try #require(try DeployRing(prefix: test.prefix).content(of: store))
        #expect(content.events.count == 1)
    }

    @Test("Identities are bounded: the oldest are forgotten first")
    func seen() throws {
        try add(1)
        let members = (0..<10_000).flatMap { [String(1_871_668_780_000 + $0), "x\($0)"] }
        try test.run("ZADD", on: "{deploys}:seen", members)
        try add(2)
        #expect(try test.run("ZCARD", test.key("{deploys}:seen")).integer == 10_000)
        #expect(try add(1), "the oldest was forgotten")
    }

    @Test("The outcomes are counted where they are stored")
    func counters() throws {
        try add(1)
        try add(2, outcome: "failure")
        try add(2, outcome: "failure")
        let meta = try test.run("HGETALL", test.key("{deploys}:meta")).dictionary
        #expect(meta["success"]?.integer == 1)
        #expect(meta["failure"]?.integer == 1)
        #expect(meta["total"]?.integer == 2)
    }
}

extension TestStore {
    fileprivate func run(_ name: String, on key: String, _ members: [String]) throws {
        let store = Store(url: try #require(StoreURL(url)), prefix: prefix, timeout: 5000)
        let arguments = [self.key(key)] + members
        _ = try store.run(Command(name, arguments.map { Array($0.utf8) }))
    }
}
