import Dragonfly
import Essentials
import Telemetry
import TestSupport
import Testing

@testable import Deploys

/// What the runner reports, in a real store.
@Suite struct DeployReporterTests {
    private let test: TestStore
    private let store: Store
    private let events = Events()
    private let sha = "0123456789abcdef0123456789abcdef01234567"

    /// Collects what listeners would get.
    private final class Events {
        private(set) var all: [JSON] = []

        func add(_ type: EventType, _ data: (inout JSONWriter) -> Void) {
            #expect(type == .deploy)
            all.append((try? JSON(parsing: JSONWriter.object(data))) ?? .null)
        }
    }

    init() throws {
        test = try TestStore()
        store = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
    }

    private func reporter(tellsGitHub: Bool = true) throws -> DeployReporter {
        var settings = Settings(
            environment: tellsGitHub ? ["GITHUB_DEPLOYMENTS": "true", "GITHUB_REPO": "acme/site"] : [:])
        let reporter = DeployReporter(settings: &settings, prefix: test.prefix)
        #expect(settings.problems.isEmpty)
        return reporter
    }

    private func record(
        _ identity: String, _ outcome: DeployOutcome = .success, slot: DeploySlot? = nil,
        at time: Timestamp = Timestamp(milliseconds: 1_771_668_780_000), title: String? = nil,
        by reporter: DeployReporter? = nil
    ) throws {
        try (reporter ?? self.reporter()).record(
            service: "web", sha: sha, outcome: outcome, slot: slot, duration: 12.5, at: time, identity: identity,
            title: title, to: store, emit: events.add)
    }

    private var recorded: [DeployEvent] {
        get throws { try DeployRing(prefix: test.prefix).content(of: store)?.events ?? [] }
    }

    /// What GitHub is to be told, the oldest first.
    private var jobs: [GitHubDeployment] {
        get throws {
            try test.run("LRANGE", test.key(GitHubDeployment.outbox.key), "0", "-1").array.compactMap(\.bytes)
                .reversed().compactMap { GitHubDeployment($0) }
        }
    }

    @Test("A deploy is opened at GitHub, recorded, told and closed at GitHub, under one identity")
    func whole() throws {
        try reporter().begin(
            service: "web", sha: sha.uppercased(), identity: "job1", description: String(repeating: "é", count: 200),
            to: store)
        try record("job1", .failure, slot: .green, title: "By hand")
        let jobs = try self.jobs
        #expect(jobs.map(\.identity) == ["job1", "job1"])
        #expect(jobs.map(\.state) == [.inProgress, .failure])
        #expect(jobs.map(\.ref) == [sha, sha])
        #expect(jobs.map(\.environment) == ["web", "web"])
        #expect(jobs[0].description == String(repeating: "é", count: 140))
        #expect(jobs[1].description == "slot green, took 12.5 s, By hand")
        #expect(try JSON(parsing: jobs[0].status).state == "in_progress")

        let event = try #require(try recorded.first)
        #expect(event.service == "web")
        #expect(event.sha == sha)
        #expect(event.outcome == .failure)
        #expect(event.slot == .green)
        #expect(event.duration == 12.5)
        #expect(event.deployedAt == Timestamp(milliseconds: 1_771_668_780_000))
        #expect(event.title == "By hand")
        #expect(events.all.count == 1)
        #expect(events.all[0].sha?.text == sha)
        let meta = try test.run("HGETALL", test.key("{deploys}:meta")).dictionary
        #expect(meta["failure"]?.integer == 1)
        #expect(meta["total"]?.integer == 1)
    }

    @Test("The same identity is recorded and told once, whatever the time; another one is another deploy")
    func repeated() throws {
        try record("job1")
        try record("job1")
        try record("job1", at: Timestamp(milliseconds: 1_771_668_790_000))
        #expect(try recorded.count == 1)
        #expect(events.all.count == 1)
        #expect(try jobs.count == 1)
        try record("job2")
        #expect(try recorded.count == 2)
        #expect(events.all.count == 2)
        #expect(try jobs.map(\.identity) == ["job1", "job2"])
    }

    @Test("What was recorded by one who did not come to tell it is told by the next, and GitHub once")
    func untold() throws {
        try record("job1")
        let identity = DeployEvent.identity(of: ["runner", "job1"])
        try test.run("HSET", test.key("{deploys}:untold"), identity, "r")
        try record("job1")
        #expect(events.all.count == 2)
        #expect(try jobs.count == 1)
        try record("job1")
        #expect(events.all.count == 2)
    }

    @Test("What the runner reports is none of what CI posts")
    func besidesCI() throws {
        let posted = try read(["sha": "\"\(sha)\"", "service": #""web""#, "deployed_at": #""2026-02-21T10:13:00Z""#])
        _ = try DeployRing(prefix: test.prefix).add(posted, now: .now, tellsGitHub: false, to: store)
        try record("job1")
        #expect(try recorded.count == 2)
    }

    @Test("A title is as long as one that is posted may be")
    func title() throws {
        try record("job1", title: String(repeating: "\u{1F468}", count: 600))
        #expect(try recorded.first?.title?.unicodeScalars.count == 500)
    }

    @Test("Where GitHub is not told, nothing is left for it")
    func withoutGitHub() throws {
        let reporter = try reporter(tellsGitHub: false)
        try reporter.begin(service: "web", sha: sha, identity: "job1", description: "", to: store)
        try record("job1", by: reporter)
        #expect(try jobs.isEmpty)
        #expect(try recorded.count == 1)
    }

    @Test("GitHub without a repository is refused; a token is not asked for")
    func misconfigured() {
        var settings = Settings(environment: ["GITHUB_DEPLOYMENTS": "true"])
        _ = DeployReporter(settings: &settings, prefix: "x:")
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.contains("GITHUB_REPO") == true)
    }
}
