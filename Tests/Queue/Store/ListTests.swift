import TestSupport
import Testing

@testable import Queue

@Suite struct ListTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    @Test("The newest come first, and pages go on where the one before has ended", arguments: [1, 2, 3, 7, 10, 11])
    func pages(limit: Int) throws {
        for number in 0..<10 { try queue.create(version: "\(number)") }
        #expect(try queue.versions(limit: limit) == (0..<10).reversed().map { "\($0)" })
        let page = try queue.store.list(ListFilter(), limit: limit)
        #expect(page.deployments.count == min(limit, 10))
        #expect((page.next == nil) == (limit >= 10))
    }

    @Test("Nothing is an empty page, with and without a filter")
    func empty() throws {
        #expect(try queue.store.list(ListFilter(), limit: 10).next == nil)
        #expect(try queue.versions().isEmpty)
        try queue.create()
        #expect(try queue.versions(ListFilter(status: .failed)).isEmpty)
        #expect(try queue.versions(ListFilter(values: [.name: "other"])).isEmpty)
        #expect(try queue.versions(ListFilter(values: [.name: "api", .cell: "other"])).isEmpty)
    }

    @Test("Each filter finds what has its value, alone, with a status, and with all others", arguments: Facet.allCases)
    func filter(facet: Facet) throws {
        let other: JSON = facet == .provider ? "gcp" : "other"
        let differing: [String: JSON] = facet == .trigger ? ["auto": false] : [facet.rawValue: other]
        let usual = try queue.create(version: "1")
        try queue.create(version: "2", differing)
        let value = facet == .trigger ? "manual" : other.text ?? ""
        let failed = try queue.create(as: .failed, differing.merging(["version": "3"]) { $1 })
        #expect(try queue.versions(ListFilter(values: [facet: value])) == ["3", "2"])
        #expect(try queue.versions(ListFilter(status: .failed, values: [facet: value])) == ["3"])
        #expect(try queue.versions(ListFilter(status: .deployed, values: [facet: value])).isEmpty)
        var all: [Facet: String] = [.trigger: failed[.trigger]]
        for facet in Facet.ofTaxonomy { all[facet] = failed.taxonomy[facet] }
        #expect(try queue.versions(ListFilter(values: all)) == ["3", "2"])
        #expect(try queue.versions(ListFilter(status: .scheduled, values: all)) == ["2"])
        all[facet] = usual[facet.line]
        #expect(try queue.versions(ListFilter(values: all)) == ["1"])
    }

    @Test("Each status finds what has it", arguments: Status.allCases)
    func status(status: Status) throws {
        for status in Status.allCases { try queue.create(as: status, ["name": .string(status.rawValue)]) }
        #expect(try queue.all(ListFilter(status: status)).map { $0[.name] } == [status.rawValue])
        #expect(try queue.all(ListFilter(status: status, values: [.provider: "aws"])).count == 1)
    }

    @Test("Any two filters find exactly what has both values, in pages of any size")
    func pairs() throws {
        let values = ["a", "b", "c"]
        for name in values {
            for environment in values {
                for region in values {
                    try queue.create([
                        "name": .string(name), "environment": .string(environment), "region": .string(region),
                        "auto": .bool(region == "a"),
                    ])
                }
            }
        }
        let all = try queue.all()
        #expect(all.count == 27)
        let facets: [Facet] = [.name, .environment, .region, .trigger]
        for one in facets {
            for other in facets where one != other {
                for deployment in [all[0], all[13], all[26]] {
                    let filter = ListFilter(values: [one: deployment[one.line], other: deployment[other.line]])
                    let expected = all.filter {
                        $0[one.line] == deployment[one.line] && $0[other.line] == deployment[other.line]
                    }
                    for limit in [1, 2, 100] {
                        #expect(try queue.all(filter, limit: limit).map(\.id) == expected.map(\.id))
                    }
                }
            }
        }
    }

    @Test("Paging gives each row once while rows are added and moved")
    func whileAdding() throws {
        for number in 0..<30 { try queue.create(version: "\(number)") }
        let expected = try queue.all().map(\.id)
        var found: [String] = []
        var cursor: Int64?
        repeat {
            let page = try queue.store.list(ListFilter(), after: cursor, limit: 4)
            found += page.deployments.map(\.id)
            cursor = page.next
            try queue.create(version: "new")
            if let first = page.deployments.first { try queue.move(first, .inProgress) }
        } while cursor != nil
        #expect(found == expected)
    }

    @Test("A cursor of a row that has left the list goes on behind where it was")
    func movedAway() throws {
        for number in 0..<6 { try queue.create(version: "\(number)") }
        let filter = ListFilter(status: .scheduled)
        let first = try queue.store.list(filter, limit: 2)
        for deployment in first.deployments { try queue.move(deployment, .failed) }
        let rest = try queue.store.list(filter, after: first.next, limit: 10)
        #expect(rest.deployments.map { $0[.version] } == ["3", "2", "1", "0"])
    }

    @Test("What is rare is found among thousands of candidates, one by one and in full")
    func scan() throws {
        let queue = queue
        // Both values are common, and together they are rare: nothing but looking at many helps.
        let rare: [String: JSON] = ["environment": "x", "region": "y"]
        try queue.create(version: "first", rare)
        try HTTPClient.concurrently(4) { _ in
            let own = try queue.connect()
            for number in 0..<625 {
                try own.create(version: "1", ["environment": "x", "cell": .string("\(number % 20)")])
                try own.create(version: "2", ["region": "y", "cell": .string("\(number % 20)")])
            }
        }
        try queue.create(version: "last", rare)
        let filter = ListFilter(values: [.environment: "x", .region: "y"])
        #expect(try queue.versions(filter) == ["last", "first"])
        #expect(try queue.versions(filter, limit: 1) == ["last", "first"])
        #expect(try queue.versions(ListFilter(values: [.environment: "x", .name: "api"])).count == 2502)
        #expect(try queue.versions(ListFilter(values: [.environment: "x", .name: "api"]), limit: 7).count == 2502)
        _ = try queue.claim([.environment: "x", .region: "y"])
        #expect(try queue.claim([.environment: "x", .region: "y"])?[.version] == "last")
        #expect(try queue.claim([.environment: "x", .region: "y"]) == nil)
        try queue.expectWhole()
    }

    @Test(
        "A page that has looked at its share of candidates ends, and the next one goes on; a claim looks on by itself")
    func scanBound() throws {
        let wanted: [Facet: String] = [.environment: "x", .region: "y"]
        // Later deployments hide the one that a list looks for, earlier ones that which a claim does.
        try queue.create(as: .failed, ["version": "found", "environment": "x", "region": "y"])
        try queue.copy(try queue.create(["environment": "x"]), in: "environment:x", count: 21_000)
        try queue.copy(try queue.create(["region": "y"]), in: "region:y", count: 21_000)
        try queue.create(version: "claimed", ["environment": "x", "region": "y"])
        #expect(try queue.claim(wanted)?[.version] == "claimed")
        let first = try queue.store.list(ListFilter(values: wanted), limit: 10)
        #expect(first.deployments.map { $0[.version] } == ["claimed"])
        let next = try #require(first.next, "it has not looked at all of them")
        let second = try queue.store.list(ListFilter(values: wanted), after: next, limit: 10)
        #expect(second.deployments.map { $0[.version] } == ["found"])
        #expect(second.next == nil)
    }

    @Test("An organisation sees its own only, with every filter and cursor")
    func organisations() throws {
        let other = try TestQueue(organisation: "other", in: queue.test)
        let ours = try queue.create()
        let theirs = try other.create()
        #expect(try queue.all().map(\.id) == [ours.id])
        #expect(try other.all().map(\.id) == [theirs.id])
        let cursor = theirs.sequence + 1
        #expect(try queue.store.list(ListFilter(), after: cursor, limit: 10).deployments.map(\.id) == [ours.id])
        for facet in Facet.allCases {
            let filter = ListFilter(values: [facet: ours[facet.line]])
            #expect(try queue.all(filter).map(\.id) == [ours.id])
        }
    }

    @Test("What nobody can read is left out of a page, and the page goes on behind it")
    func unreadable() throws {
        let deployments = try (0..<6).map { try queue.create(version: "\($0)") }
        try queue.test.run("HSET", queue.key("records"), deployments[3].id, "rubbish")
        try queue.test.run("HDEL", queue.key("records"), deployments[1].id)
        #expect(try queue.versions(limit: 2) == ["5", "4", "2", "0"])
        #expect(try queue.store.deployment(deployments[3].id) == nil)
    }
}

extension TestQueue {
    /// Adds copies of a scheduled deployment to a group of the index, where thousands would take their time.
    fileprivate func copy(_ deployment: Deployment, in group: String, count: Int) throws {
        try test.run(
            "EVAL",
            """
            for number = 1, tonumber(ARGV[4]) do
              local sequence = string.format('%d', tonumber(ARGV[3]) + number)
              redis.call('HSET', KEYS[1], ARGV[1] .. number, (string.gsub(ARGV[2], '^%d+', sequence)))
              redis.call('ZADD', KEYS[2], sequence, ARGV[1] .. number)
              redis.call('ZADD', KEYS[3], sequence, ARGV[1] .. number)
              redis.call('HSET', KEYS[4], 'last_seq', sequence)
            end
            """, "4", key("records"), key("any:\(group)"), key("scheduled:\(group)"), key("meta"), deployment.id,
            String(decoding: deployment.record, as: UTF8.self), String(deployment.sequence), String(count))
    }
}
