import Dragonfly
import Essentials
import TestSupport
import Testing

@testable import Queue

@Suite struct StuckDeploymentsTests {
    private let test: TestStore
    private let acme: OrganisationFixture
    private let stuck: StuckDeployments

    init() throws {
        test = try TestStore()
        acme = try OrganisationFixture(in: test)
        stuck = StuckDeployments(of: "acme", in: acme.store)
    }

    /// A time by which whatever is in progress now is stuck.
    private var later: Int64 { Timestamp.microsecondsNow + 1 }

    private func untold() throws -> [String] { try stuck.untold(began: later, after: 0).found.map(\.id) }

    private func organisations() throws -> [String] {
        try StuckDeployments.untold(among: ["acme", "other"], began: later, in: acme.store)
    }

    @Test("What has been in progress for too long is found until it is noted, and stays as it is")
    func found() throws {
        #expect(try organisations().isEmpty)
        let id = try acme.begin()
        try acme.create("waiting")
        let record = try acme.queue.deployment(id)?.record
        #expect(try organisations() == ["acme"])
        let page = try stuck.untold(began: later, after: 0)
        #expect(page.found.map(\.id) == [id])
        #expect(page.found.map(\.record) == [record])
        #expect(page.isAll)
        try stuck.note(page.found)
        #expect(try untold().isEmpty)
        #expect(try organisations().isEmpty)
        #expect(try acme.queue.deployment(id)?.record == record)
    }

    @Test("What is not in progress for long enough is not found")
    func young() throws {
        let before = Timestamp.microsecondsNow
        _ = try acme.begin()
        #expect(try stuck.untold(began: before, after: 0).found.isEmpty)
        #expect(try StuckDeployments.untold(among: ["acme"], began: before, in: acme.store).isEmpty)
    }

    @Test("One that has moved on and is stuck again is found again", arguments: [Status.failed, .scheduled])
    func again(status: Status) throws {
        let id = try acme.begin()
        try stuck.note(try stuck.untold(began: later, after: 0).found)
        try acme.change(id, to: status)
        #expect(try test.run("ZCARD", test.key(QueueKeys(organisation: "acme").stuck)).integer == 0)
        #expect(try untold().isEmpty)
        try acme.change(id, to: .inProgress)
        #expect(try untold() == [id])
        #expect(try organisations() == ["acme"])
    }

    @Test("One that has left progress before it could be noted is not noted")
    func gone() throws {
        let id = try acme.begin()
        let found = try stuck.untold(began: later, after: 0).found
        try acme.change(id, to: .scheduled)
        try stuck.note(found)
        #expect(try organisations().isEmpty)
        try acme.change(id, to: .inProgress)
        // It is another time now.
        try stuck.note(found)
        #expect(try untold() == [id])
    }

    @Test("Many are found page by page, each once, those of before and those not yet stuck among them")
    func pages() throws {
        let count = 2 * StuckDeployments.page + 10
        let ids = try (0..<count).map { try acme.begin("web\($0 % 7)") }
        let bound = later
        let young = try acme.begin("young")
        let first = try stuck.untold(began: bound, after: 0)
        #expect(first.found.map(\.id) == Array(ids.prefix(StuckDeployments.page)))
        #expect(!first.isAll)
        try stuck.note(first.found)
        var seen: [String] = []
        var rank = 0
        while true {
            let page = try stuck.untold(began: bound, after: rank)
            seen += page.found.map(\.id)
            rank += StuckDeployments.page
            if page.isAll { break }
        }
        #expect(rank == 3 * StuckDeployments.page)
        #expect(seen == Array(ids.dropFirst(StuckDeployments.page)))
        #expect(!seen.contains(young))
    }

    @Test("One organisation's are not another's")
    func apart() throws {
        let other = try OrganisationFixture("Other", in: test)
        let id = try acme.begin()
        let otherID = try other.begin()
        #expect(try organisations() == ["acme", "other"])
        #expect(try untold() == [id])
        try stuck.note(try stuck.untold(began: later, after: 0).found)
        #expect(try organisations() == ["other"])
        let others = StuckDeployments(of: "OTHER", in: other.store)
        #expect(try others.untold(began: later, after: 0).found.map(\.id) == [otherID])
    }

    @Test("One whose record is gone is found without it, and can be noted")
    func broken() throws {
        let id = try acme.begin()
        try test.run("HDEL", test.key(QueueKeys(organisation: "acme").records), id)
        let found = try stuck.untold(began: later, after: 0).found
        #expect(found.map(\.record) == [[]])
        try stuck.note(found)
        #expect(try organisations().isEmpty)
    }
}
