import Essentials
import TestSupport
import Testing

@testable import Deploys

private func event(
    _ sha: String, _ outcome: DeployOutcome = .success, _ slot: DeploySlot? = .blue,
    at seconds: Int64 = 1000, service: String? = nil
) -> DeployEvent {
    DeployEvent(
        sha: sha, outcome: outcome, slot: slot, duration: 1, deployedAt: Timestamp(milliseconds: seconds * 1000),
        pullRequest: nil, title: nil, originIPs: [], service: service)
}

@Suite struct StatusMemoTests {
    private let now = Timestamp(milliseconds: 2_000_000)

    private func status(
        _ events: [DeployEvent], total: Int64? = nil, service: String? = nil, repository: String? = "o/r"
    ) throws -> JSON? {
        let content = DeployRing.Content(revision: [1], total: total ?? Int64(events.count), events: events)
        let memo = StatusMemo(repository: repository)
        return try memo.json(of: content, service: service).map { try JSON(parsing: $0.text(at: now)) }
    }

    @Test("Of no event there is no status")
    func none() throws {
        #expect(try status([]) == nil)
        #expect(try status([event("aaaaaaa")], service: "other") == nil)
    }

    @Test("The newest ten of the ring, and the total of all time")
    func recent() throws {
        let json = try #require(try status((0..<20).map { event("aaaaa\(10 + $0)") }, total: 1234))
        #expect(json.last_deploy?.sha == "aaaaa10")
        #expect(json.recent_deploys?.list.count == 10)
        #expect(json.recent_deploys?[9]?.sha == "aaaaa19")
        #expect(json.total_deploys == 1234)
    }

    @Test(
        "The rate of success is over all retained events, with one decimal",
        arguments: [(1, 0, 100), (0, 3, 0), (11, 1, 91.7), (2, 1, 66.7), (1, 2, 33.3), (1, 1, 50)]
            as [(Int, Int, Double)])
    func rate(successes: Int, failures: Int, expected: Double) throws {
        let events =
            (0..<successes).map { _ in event("aaaaaaa") } + (0..<failures).map { _ in event("aaaaaaa", .failure) }
        #expect(try status(events)?.success_rate_pct?.number == expected)
    }

    @Test("The active slot is that of the newest success with a slot")
    func activeSlot() throws {
        #expect(
            try status([event("a", .failure, .blue), event("b", .success, nil), event("c", .success, .green)])?
                .active_slot
                == "green")
        #expect(try status([event("a", .failure, .blue)])?.active_slot == .null)
    }

    @Test(
        "The comparison is of the last two distinct commits, a short SHA being the long one that it begins",
        arguments: [
            (["aaaaaaa", "bbbbbbb"], "bbbbbbb...aaaaaaa"), (["aaaaaaa", "aaaaaaa", "bbbbbbb"], "bbbbbbb...aaaaaaa"),
            (["aaaaaaa", "aaaaaaaa", "bbbbbbb"], "bbbbbbb...aaaaaaa"), (["aaaaaaaa", "aaaaaaa"], nil),
            (["aaaaaaa"], nil),
        ] as [([String], String?)])
    func comparison(shas: [String], expected: String?) throws {
        let url = try status(shas.map { event($0) })?.compare_url?.text
        #expect(url == expected.map { "https://github.com/o/r/compare/\($0)" })
        #expect(try status(shas.map { event($0) }, repository: nil)?.compare_url == nil)
    }

    @Test("With a service all of it is of that service's events")
    func service() throws {
        let events = [event("aaaaaaa", service: "x"), event("bbbbbbb"), event("ccccccc", .failure, service: "x")]
        let json = try #require(try status(events, total: 99, service: "x"))
        #expect(json.total_deploys == 2)
        #expect(json.success_rate_pct == 50)
        #expect(json.recent_deploys?.list.map { $0.sha?.text } == ["aaaaaaa", "ccccccc"])
        #expect(json.last_deploy?.service == "x")
    }

    @Test("Ages are those of the moment, and never negative")
    func ages() throws {
        let memo = StatusMemo(repository: nil)
        let content = DeployRing.Content(
            revision: [1], total: 2, events: [event("aaaaaaa", at: 1000), event("bbbbbbb", at: 5000)])
        func ages(at seconds: Int64) throws -> [Int?] {
            let text = try #require(memo.json(of: content, service: nil)).text(
                at: Timestamp(milliseconds: seconds * 1000 + 999))
            return try JSON(parsing: text).recent_deploys?.list.map { $0.age_s?.integer } ?? []
        }
        #expect(try ages(at: 1060) == [60, 0])
        #expect(try ages(at: 5000) == [4000, 0])
        #expect(try ages(at: 6000) == [5000, 1000])
        #expect(try ages(at: 0) == [0, 0])
    }

    @Test("Another revision is another answer")
    func revisions() throws {
        let memo = StatusMemo(repository: nil)
        func last(_ revision: UInt8, _ sha: String) throws -> String? {
            let content = DeployRing.Content(revision: [revision], total: 1, events: [event(sha)])
            let text = try #require(memo.json(of: content, service: nil)).text(at: now)
            return try JSON(parsing: text).last_deploy?.sha?.text
        }
        #expect(try last(1, "aaaaaaa") == "aaaaaaa")
        #expect(try last(1, "bbbbbbb") == "aaaaaaa")
        #expect(try last(2, "bbbbbbb") == "bbbbbbb")
    }
}
