import TestSupport
import Testing

@testable import Queue

@Suite struct ClaimTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    @Test("The oldest comes first, and when none is left there is none")
    func order() throws {
        let deployments = try (1...3).map { try queue.create(version: "\($0)") }
        for deployment in deployments {
            let claimed = try #require(try queue.claim())
            #expect(claimed.id == deployment.id)
            #expect(claimed.status == .inProgress)
            #expect(
                try queue.history(claimed).last?.change?.status == .object(["from": "scheduled", "to": "in_progress"]))
        }
        #expect(try queue.claim() == nil)
        try queue.expectWhole()
    }

    @Test("Only what is scheduled is claimed", arguments: Status.allCases.filter { $0 != .scheduled })
    func statuses(status: Status) throws {
        try queue.create(as: status)
        #expect(try queue.claim() == nil)
    }

    @Test("What was put back is claimed again, in its old place")
    func putBack() throws {
        let first = try queue.create(version: "1")
        try queue.create(version: "2")
        _ = try queue.claim()
        try queue.move(first, .scheduled)
        #expect(try queue.claim()?.id == first.id)
        #expect(try queue.claim()?[.version] == "2")
        try queue.expectWhole()
    }

    @Test("A filter finds the oldest that has all its values", arguments: Facet.allCases)
    func filters(facet: Facet) throws {
        let other: JSON =
            switch facet {
            case .provider: "gcp"
            default: "other"
            }
        let differing: [String: JSON] = facet == .trigger ? ["auto": false] : [facet.rawValue: other]
        try queue.create(version: "1")
        let wanted = try queue.create(version: "2", differing)
        try queue.create(version: "3", differing)
        let value = facet == .trigger ? "manual" : other.text ?? ""
        #expect(try queue.claim([.region: "eu-central-1"].merging([facet: value]) { $1 })?.id == wanted.id)
        #expect(try queue.claim([facet: "none"]) == nil)
        try queue.expectWhole()
    }

    @Test("A whole taxonomy, and a part of it, can be asked for")
    func taxonomy() throws {
        let taxonomy = try TestQueue.posted().taxonomy
        let values = Dictionary(uniqueKeysWithValues: Facet.ofTaxonomy.map { ($0, taxonomy[$0]) })
        try queue.create(["cell": "b"])
        let wanted = try queue.create()
        #expect(try queue.claim(values.merging([.trigger: "manual"]) { $1 }) == nil)
        #expect(try queue.claim(values.merging([.trigger: "auto"]) { $1 })?.id == wanted.id)
        #expect(try queue.claim(values) == nil)
    }

    @Test("The same key claims once, whatever becomes of it, and answers with the same")
    func idempotency() throws {
        let first = try queue.create(version: "1")
        let second = try queue.create(version: "2")
        #expect(try queue.claim(key: "k")?.id == first.id)
        #expect(try queue.claim(key: "k")?.id == first.id)
        try queue.move(first, .deployed)
        let again = try #require(try queue.claim(key: "k"))
        #expect(again.id == first.id)
        #expect(again.status == .deployed)
        #expect(try queue.status(second) == .scheduled)
        #expect(try refusal { try queue.claim([.name: "api"], key: "k") } == 422)
        #expect(try queue.claim(key: "other")?.id == second.id)
        try queue.expectWhole()
    }

    @Test("A key that found nothing is not used up")
    func emptyHanded() throws {
        #expect(try queue.claim(key: "k") == nil)
        let deployment = try queue.create()
        #expect(try queue.claim(key: "k")?.id == deployment.id)
    }

    @Test("Many at once get each another one, and each one is got")
    func concurrent() throws {
        let queue = queue
        let ids = Set(try (0..<300).map { try queue.create(version: "\($0)", ["name": .string("s\($0 % 7)")]).id })
        let claimed = Collected<String>()
        try HTTPClient.concurrently(16) { index in
            let own = try queue.connect()
            // Some look at everything, some at one name, some at two values.
            let filter: [Facet: String] =
                switch index % 3 {
                case 0: [:]
                case 1: [.name: "s\(index % 7)"]
                default: [.name: "s\(index % 7)", .environment: "production"]
                }
            while let deployment = try own.claim(filter) { claimed.add(deployment.id) }
        }
        while let deployment = try queue.claim() { claimed.add(deployment.id) }
        #expect(claimed.all.count == 300)
        #expect(Set(claimed.all) == ids)
        try queue.expectWhole()
    }

    @Test("Many at once with one key get the same one")
    func concurrentKey() throws {
        let queue = queue
        for number in 0..<20 { try queue.create(version: "\(number)") }
        let claimed = Collected<String>()
        try HTTPClient.concurrently(16) { _ in
            if let deployment = try queue.connect().claim(key: "k") { claimed.add(deployment.id) }
        }
        #expect(claimed.all.count == 16)
        #expect(Set(claimed.all).count == 1)
        #expect(try queue.all(ListFilter(status: .inProgress)).count == 1)
        try queue.expectWhole()
    }
}
