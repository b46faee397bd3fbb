import Dragonfly
import Essentials
import Telemetry
import TestSupport
import Testing

@testable import Queue

@Suite struct QueueMetricsTests {
    private let test: TestStore
    private let acme: OrganisationFixture
    private let queue: Queue

    init() throws {
        test = try TestStore()
        acme = try OrganisationFixture(in: test)
        var settings = Settings(environment: ["QUEUE_STUCK_AFTER": "1h"])
        queue = Queue(settings: &settings, userAgent: "test")
    }

    private func samples(now: Timestamp = .now) -> [String: Double] {
        let text = String(
            decoding: Exposition.bytes(of: queue.families(from: acme.store, now: now)), as: UTF8.self)
        return Samples(text).values
    }

    @Test("Before the first deployment there is nothing to count")
    func empty() { #expect(queue.families(from: acme.store).isEmpty) }

    @Test("Everything is counted by organisation, and what has not happened is 0")
    func counts() throws {
        let other = try OrganisationFixture("other", in: test)
        let first = try acme.create(version: "1.0.0")
        try acme.create(version: "1.0.0")
        let last = try acme.create(version: "1.0.0")
        let failed = try acme.begin()
        try acme.change(first, to: .deployed)
        try acme.change(last, to: .deployed)
        try acme.change(failed, to: .failed)
        try acme.rollBack(failed)
        try other.create(provider: .gcp)

        let samples = samples()
        #expect(samples[#"deployments_created_total{organisation="acme",provider="aws",trigger="auto"}"#] == 4)
        #expect(samples[#"deployments_created_total{organisation="acme",provider="aws",trigger="rollback"}"#] == 1)
        #expect(samples[#"deployments_created_total{organisation="acme",provider="gcp",trigger="auto"}"#] == 0)
        #expect(samples[#"deployments_created_total{organisation="other",provider="gcp",trigger="auto"}"#] == 1)
        #expect(samples[#"deployments_updated_total{organisation="acme",status="deployed"}"#] == 2)
        #expect(samples[#"deployments_updated_total{organisation="acme",status="failed"}"#] == 1)
        #expect(samples[#"deployments_updated_total{organisation="acme",status="rolled_back"}"#] == 1)
        #expect(samples[#"deployments_updated_total{organisation="other",status="deployed"}"#] == 0)
        #expect(samples[#"deployments_skipped_total{organisation="acme"}"#] == 1)
        #expect(samples[#"deployments_skipped_total{organisation="other"}"#] == 0)
        #expect(samples[#"rollbacks_total{organisation="acme",provider="aws"}"#] == 1)
        #expect(samples[#"rollbacks_total{organisation="acme",provider="azure"}"#] == 0)
        #expect(samples[#"deployments_stuck{organisation="acme"}"#] == 0)
        // Providers × triggers, statuses, skipped, providers, stuck.
        #expect(samples.count == 2 * (9 + 6 + 1 + 3 + 1))
    }

    @Test("What is stuck is counted as of now, and no more once it has moved on")
    func stuck() throws {
        let name = #"deployments_stuck{organisation="acme"}"#
        let id = try acme.begin()
        _ = try acme.begin("api")
        let now = Timestamp.now
        #expect(samples(now: now.adding(milliseconds: 3_590_000))[name] == 0)
        #expect(samples(now: now.adding(milliseconds: 3_601_000))[name] == 2)
        try acme.change(id, to: .failed)
        #expect(samples(now: now.adding(milliseconds: 3_601_000))[name] == 1)
    }

    @Test("Nothing rather than a part: of an organisation whose counters cannot be read, and of all others")
    func whole() throws {
        try acme.create()
        let other = try OrganisationFixture("other", in: test)
        try other.create()
        #expect(!queue.families(from: acme.store).isEmpty)
        try test.run("SET", test.key(QueueKeys(organisation: "third").counters), "x")
        try test.run("ZADD", test.key(QueueKeys.organisations), "1", "third")
        #expect(queue.families(from: acme.store).isEmpty)
    }

    @Test("Nothing while the store is away")
    func away() throws {
        try acme.create()
        let nowhere = Store(url: StoreURL(endpoint: .unix(path: "/nowhere/store.sock")), prefix: test.prefix)
        #expect(queue.families(from: nowhere).isEmpty)
    }

    @Test("The organisations that came first are shown, and stay")
    func bound() throws {
        try acme.create()
        let key = test.key(QueueKeys.organisations)
        for place in 0..<1100 { try test.run("ZADD", key, String(Int64(1) << 50 + Int64(place)), "org\(place)") }
        let families = queue.families(from: acme.store)
        let shown = families.last?.series.compactMap(\.labels.first?.value) ?? []
        #expect(shown == ["acme"] + (0..<999).map { "org\($0)" })
        #expect(families.map(\.series.count) == [9000, 6000, 1000, 3000, 1000])
    }

    @Test("How long a deployment may take is a duration; two hours unless it is said")
    func patience() {
        var settings = Settings(environment: [:])
        #expect(Queue(settings: &settings, userAgent: "test").stuckAfter == 7200)
        #expect(queue.stuckAfter == 3600)
        var wrong = Settings(environment: ["QUEUE_STUCK_AFTER": "soon"])
        _ = Queue(settings: &wrong, userAgent: "test")
        #expect(wrong.problems.map { $0.prefix { $0 != ":" } } == ["QUEUE_STUCK_AFTER"])
    }
}
