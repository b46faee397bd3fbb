import TestSupport
import Testing

@testable import Queue

@Suite struct SkipTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    @Test("What is deployed skips the older ones of its taxonomy that are scheduled, and tells which")
    func older() throws {
        let older = try ["1.0.0", "1.1.0"].map { try queue.create(version: $0) }
        let deployed = try queue.create(version: "1.2.0")
        let younger = try queue.create(version: "1.1.5")
        let changed = try queue.change(deployed.id, ["status": "deployed"])
        #expect(Set(changed.skipped.map(\.id)) == Set(older.map(\.id)))
        #expect(Set(changed.skipped.map(\.version)) == ["1.0.0", "1.1.0"])
        #expect(try older.map { try queue.status($0) } == [.skipped, .skipped])
        #expect(try queue.status(younger) == .scheduled)
        for sibling in older {
            let last = try #require(try queue.history(sibling).last)
            #expect(last.change?.status == .object(["from": "scheduled", "to": "skipped"]))
            #expect(last.change?.skipped_by?.text == deployed.id)
            #expect(last.actor == "octocat")
            let shown = try #require(try queue.store.deployment(sibling.id))
            #expect(try shown.parsed.updated_at == changed.deployment.parsed.updated_at)
        }
        let counters = try queue.test.run("HGETALL", queue.key("counters")).dictionary
        #expect(counters["skipped"]?.integer == 2)
        try queue.expectWhole()
    }

    @Test("Only scheduled ones are skipped", arguments: Status.allCases.filter { $0 != .scheduled })
    func statuses(status: Status) throws {
        let older = try queue.create(as: status)
        try queue.deploy(version: "2.0.0")
        #expect(try queue.status(older) == status)
        try queue.expectWhole()
    }

    @Test("A damaged record keeps no other from being deployed, nor its siblings from being skipped")
    func damaged() throws {
        let damaged = try queue.create(version: "1.0.0")
        let older = try queue.create(version: "1.1.0")
        let deployed = try queue.create(version: "1.2.0")
        try queue.test.run("HSET", queue.key("records"), damaged.id, "garbage")
        let changed = try queue.change(deployed.id, ["status": "deployed"])
        #expect(changed.deployment.status == .deployed)
        #expect(changed.skipped.map(\.id) == [older.id])
        #expect(try queue.status(older) == .skipped)
    }

    @Test("The way to deployed does not matter")
    func way() throws {
        let older = try queue.create()
        let deployment = try queue.create()
        try queue.move(deployment, .failed)
        try queue.move(deployment, .inProgress)
        #expect(try queue.status(older) == .scheduled)
        try queue.move(deployment, .deployed)
        #expect(try queue.status(older) == .skipped)
        try queue.expectWhole()
    }

    @Test("Other taxonomies are left alone, though they differ in one value only")
    func otherTaxonomies() throws {
        let differing: [[String: JSON]] = [
            ["name": "api2"], ["environment": "staging"], ["provider": "gcp"], ["cloud_account_id": "2"],
            ["region": "us-east-1"], ["cell": "b"], ["environment": .null], ["cloud_account_id": .null],
            ["region": .null], ["cell": .null], ["name": "API"], ["cell": "a "],
        ]
        let others = try differing.map { try queue.create($0) }
        // The values of one are those of another, moved by one place.
        let shifted = try queue.create(["region": .null, "cell": "eu-central-1"])
        let same = try queue.create(["type": "terraform", "resource": "x", "commit_sha": "abc", "auto": false])
        try queue.deploy(version: "9.0.0")
        #expect(try others.map { try queue.status($0) } == others.map { _ in .scheduled })
        #expect(try queue.status(shifted) == .scheduled)
        #expect(try queue.status(same) == .skipped)
        try queue.expectWhole()
    }

    @Test("Another organisation's are left alone")
    func otherOrganisation() throws {
        let other = try TestQueue(organisation: "acme-2", in: queue.test)
        let theirs = try other.create()
        try queue.deploy(version: "9.0.0")
        #expect(try other.status(theirs) == .scheduled)
        try other.expectWhole()
    }

    @Test(
        "An older one with a higher version stays scheduled where both are semantic versions",
        arguments: [
            ("1.0.1", "1.0.0", true), ("1.0.0", "1.0.0", false), ("1.0.0", "1.0.1", false),
            ("2.0.0", "1.99.99", true), ("1.10.0", "1.9.0", true), ("1.9.0", "1.10.0", false),
            ("v2.0.0", "1.0.0", true), ("2.0.0", "v1.0.0", true), ("v1.0.0", "v1.0.0", false),
            ("1.0.0", "1.0.0-rc.1", true), ("1.0.0-rc.1", "1.0.0", false), ("1.0.0-rc.2", "1.0.0-rc.1", true),
            ("1.0.0-rc.10", "1.0.0-rc.9", true), ("1.0.0-rc.9", "1.0.0-rc.10", false),
            ("1.0.0-rc", "1.0.0-9", true), ("1.0.0-alpha.1", "1.0.0-alpha", true),
            ("1.0.0-alpha.beta", "1.0.0-alpha.1", true), ("1.0.0-B", "1.0.0-a", false), ("1.0.0-a", "1.0.0-B", true),
            ("1.0.0--", "1.0.0-0", true), ("1.0.0+2", "1.0.0+1", false), ("1.0.0+1", "1.0.0", false),
            ("1.0.1-rc.1+9", "1.0.0+99", true), ("100000000000000000000.0.0", "99999999999999999999.0.0", true),
            ("2", "1.0.0", false), ("2.0.0", "1", false), ("2.0.0", "latest", false), ("zzz", "aaa", false),
            ("2.0", "1.0.0", false), ("2.0.0.0", "1.0.0", false), ("V2.0.0", "1.0.0", false),
            ("02.0.0", "1.0.0", false),
            ("2.0.0-01", "1.0.0", false), (" 2.0.0", "1.0.0", false), ("3051037", "1.0.0", false),
        ])
    func versions(older: String, deployed: String, stays: Bool) throws {
        let sibling = try queue.create(version: older)
        try queue.deploy(version: deployed)
        #expect(try queue.status(sibling) == (stays ? .scheduled : .skipped))
        #expect(VersionOrder.isHigher(older, than: deployed) == stays)
        try queue.expectWhole()
    }

    @Test("Whatever their triggers are, they are skipped and found as skipped by their triggers")
    func triggers() throws {
        try queue.deploy(version: "1")
        try queue.deploy(version: "2")
        let rollback = try queue.rollBack(.current(try TestQueue.posted().taxonomy)).deployment
        let manual = try queue.create(version: "3", ["auto": false])
        let auto = try queue.create(version: "4")
        #expect(Set(try queue.deploy(version: "5").parsed.names).contains("trigger"))
        for (deployment, trigger) in [(rollback, Trigger.rollback), (manual, .manual), (auto, .auto)] {
            let found = try queue.all(ListFilter(status: .skipped, values: [.trigger: trigger.rawValue]))
            #expect(found.map(\.id) == [deployment.id])
            #expect(try queue.all(ListFilter(status: .scheduled, values: [.trigger: trigger.rawValue])).isEmpty)
        }
        try queue.expectWhole()
    }

    @Test("What was skipped can be scheduled again, and is skipped again by the next")
    func again() throws {
        let old = try queue.create()
        try queue.deploy(version: "1.0.1")
        try queue.move(old, .scheduled)
        #expect(try queue.status(old) == .scheduled)
        try queue.expectWhole()
        try queue.deploy(version: "1.0.2")
        #expect(try queue.status(old) == .skipped)
        try queue.expectWhole()
    }

    @Test("A thousand are skipped in one step")
    func thousand() throws {
        let queue = queue
        try HTTPClient.concurrently(4) { index in
            let own = try queue.connect()
            for number in 0..<(QueueScript.scheduledBound / 4) {
                try own.create(version: "1.\(index).\(number)", ["auto": .bool(number % 2 == 0)])
            }
        }
        // It has to be there already: there is no room for one more.
        #expect(try refusal { try queue.create(version: "2.0.0") } == 409)
        let all = try queue.all()
        let newest = try #require(all.first)
        let below = all.dropFirst().filter { !VersionOrder.isHigher($0[.version], than: newest[.version]) }
        let changed = try queue.change(newest.id, ["status": "deployed"])
        #expect(changed.skipped.count == below.count)
        try queue.expectWhole()
    }
}
