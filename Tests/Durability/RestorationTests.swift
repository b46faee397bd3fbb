import Dragonfly
import Essentials
import Foundation
import Journal
import TestSupport
import Testing

@testable import Deploys
@testable import Durability
@testable import Queue

/// What hosts bring back into a store that has lost it.
@Suite struct RestorationTests {
    private let hosts: JournalingHosts

    init() throws { hosts = try JournalingHosts() }

    private var files: TemporaryDirectory { hosts.files }
    private var server: StoreServer { hosts.server }
    private var test: TestStore { hosts.test }
    private var north: JournalingHost { hosts.north }
    private var south: JournalingHost { hosts.south }

    private func crash() throws { try hosts.crash() }

    @Test("A store that was started anew takes no durable write before it has what the journals have")
    func gate() throws {
        try north.deploy(1)
        let id = try north.create()
        try crash()
        for write in [{ try north.deploy(2) }, { try north.change(id, to: .deployed) }, { try south.create() }]
            as [() throws -> Any]
        {
            guard case .restoring? = refusal({ _ = try write() }) else {
                Issue.record("a write was taken")
                continue
            }
        }
        #expect(try north.store.durability() == .restoring)
        #expect(try test.run("EXISTS", test.key("{deploys}")).integer == 0)
        try north.restore()
        #expect(try north.store.durability() == .journaled)
        #expect(try !north.deploy(1))
        #expect(try south.deploy(2))
        try south.change(id, to: .deployed)
        #expect(try south.ringNumbers() == ([1, 2], 2))
    }

    @Test("Without a journal a write costs and needs nothing more")
    func without() throws {
        let plain = Store(url: try #require(StoreURL(test.url)), prefix: test.prefix, timeout: 5000)
        try crash()
        #expect(try plain.durability() == .ofStore)
        let event = DeployEvent(
            sha: "abcdef0", outcome: .success, slot: nil, duration: 1, deployedAt: .now, pullRequest: nil, title: nil,
            originIPs: [], service: "web")
        let ring = DeployRing(prefix: test.prefix)
        _ = try ring.add(event, as: "i", within: nil, now: .now, telling: nil, to: plain)
        #expect(try ring.content(of: plain)?.total == 1)
    }

    @Test(
        "Deploys of two hosts come back in their order, each once, in whatever order the hosts restore",
        arguments: [true, false])
    func deploys(isNorthFirst: Bool) throws {
        for number in 0..<70 {
            try (number % 3 == 0 ? north : south).deploy(number, outcome: number % 5 == 0 ? .failure : .success)
        }
        let before = try north.ringNumbers()
        let counts = try test.run("HMGET", test.key("{deploys}:meta"), "success", "failure", "total", "arrival")
        try crash()
        for host in isNorthFirst ? [north, south] : [south, north] { try host.restore() }
        #expect(try north.ringNumbers() == before)
        #expect(before.numbers == Array(20..<70))
        #expect(try test.run("HMGET", test.key("{deploys}:meta"), "success", "failure", "total", "arrival") == counts)
        for number in 0..<70 { #expect(try !north.deploy(number)) }
        #expect(try south.ringNumbers().total == 70)
        #expect(try north.lacking() == 0)
        #expect(try south.lacking() == 0)
    }

    @Test("What a store has saved stays as it is, and what came later comes back")
    func olderSnapshot() throws {
        for number in 0..<60 { try north.deploy(number) }
        let id = try north.create("web", key: "k")
        try server.run("SAVE")
        for number in 60..<75 { try south.deploy(number) }
        try south.change(id, to: .inProgress)
        try north.change(id, to: .deployed)
        let other = try south.create("api", key: "l")
        let before = try north.ringNumbers()
        let wanted = try [id, other].map { try north.queue.history($0) }
        try crash()
        #expect(try test.run("HGET", test.key("{deploys}:meta"), "total").integer == 60)
        #expect(try north.lacking() == 1)
        // That the deployment was in progress is told by what became of it then.
        #expect(try south.lacking() == 16)
        #expect(try north.ringNumbers() == before)
        #expect(try north.queue.deployment(id)?.status == .deployed)
        #expect(try [id, other].map { try south.queue.history($0) } == wanted)
        #expect(try QueueInvariants.broken(in: test, organisation: "acme") == [])
        #expect(try north.create("api", key: "l") == other)
    }

    @Test(
        "The queue comes back whole: statuses, places in the index, histories, keys of requests, what rollbacks replaced"
    )
    func queue() throws {
        func made() throws {
            let first = try north.create(version: "1.0.0")
            try south.change(first, to: .inProgress)
            try north.change(first, notes: "on its way")
            try south.change(first, to: .deployed)
            let old = try south.create(version: "1.1.0")
            let second = try north.create(version: "1.2.0", key: "second")
            try north.change(second, to: .deployed)
            #expect(try south.queue.deployment(old)?.status == .skipped)
            let back = try south.rollBack(second)
            try north.change(back, to: .deployed)
            try north.change(back, notes: "good again")
            let failed = try north.create("api")
            try north.change(failed, to: .failed)
            try south.create("api", version: "latest")
            let begun = try north.create("job")
            try south.change(begun, to: .inProgress)
            try north.change(begun, notes: "still")
        }
        try made()
        let before = try StoredQueue(test, organisation: "acme")
        let all = try test.content(beginning: "queue:{acme}:").map(\.value.lines)
        #expect(try QueueInvariants.broken(in: test, organisation: "acme") == [])
        for hosts in [[north, south], [south, north]] {
            try crash()
            for host in hosts { try host.restore() }
            #expect(try QueueInvariants.broken(in: test, organisation: "acme") == [])
            #expect(try StoredQueue(test, organisation: "acme").deployments.map(\.id) == before.deployments.map(\.id))
            #expect(try test.content(beginning: "queue:{acme}:").map(\.value.lines) == all)
            #expect(try north.lacking() == 0)
        }
        let second = try #require(before.deployments.first { $0.version == "1.2.0" })
        #expect(try south.create(version: "1.2.0", key: "second") == second.id)
        let time = try #require(try test.run("PTTL", test.key("queue:{acme}:idempotency:second")).integer)
        #expect((1...86_400_000).contains(time))
    }

    @Test("A host that comes late brings what it has, and nothing is counted twice")
    func late() throws {
        for number in 0..<5 { try north.deploy(number, at: Int64(number)) }
        for number in 5..<8 { try south.deploy(number, at: Int64(number)) }
        let id = try north.create("web")
        try south.change(id, to: .inProgress)
        try south.change(id, to: .deployed)
        let other = try south.create("api")
        let third = try north.create("job")
        try south.change(third, to: .inProgress)
        try crash()
        try north.restore()
        // Their numbers are those of the three that the store does not know.
        for number in 10..<13 { try north.deploy(number, at: Int64(number)) }
        try north.change(third, to: .skipped)
        #expect(try north.ringNumbers() == ([0, 1, 2, 3, 4, 10, 11, 12], 8))
        #expect(try north.queue.deployment(id)?.status == .scheduled)
        try south.restore()
        #expect(try north.ringNumbers() == ([0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12], 11))
        #expect(try north.queue.deployment(id)?.status == .deployed)
        #expect(try north.queue.deployment(other)?.status == .scheduled)
        #expect(try north.queue.deployment(third)?.status == .skipped, "it was changed since")
        try crash()
        for host in [south, north] { try host.restore() }
        #expect(try north.ringNumbers() == ([0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12], 11))
    }

    @Test("A write that nobody was told of is lost with the store, comes again, and is counted once")
    func unacknowledged() throws {
        for number in 0..<3 { try north.deploy(number) }
        // Whoever has made it died before it could append.
        let unjournaled = try JournalingHost("north", directory: files.file("lost"), test)
        try unjournaled.deploy(3)
        for number in 4..<6 { try south.deploy(number) }
        #expect(try north.ringNumbers().total == 6)
        try crash()
        // Once all are there, it is known that nobody brings it.
        nonisolated(unsafe) let hosts = [north, south]
        try HTTPClient.concurrently(2) { try hosts[$0].restore(alone: false) }
        #expect(try north.ringNumbers() == ([0, 1, 2, 4, 5], 5))
        #expect(try north.deploy(3))
        #expect(try north.ringNumbers().total == 6)
        try crash()
        try south.restore()
        try north.restore()
        #expect(try south.ringNumbers() == ([0, 1, 2, 4, 5, 3], 6))
    }

    @Test("A repetition is kept in the journal as well: the first one may not be")
    func repetitions() throws {
        let unjournaled = try JournalingHost("north", directory: files.file("lost"), test)
        try unjournaled.deploy(1)
        let id = try unjournaled.create("web", key: "k")
        try unjournaled.change(id, to: .inProgress)
        #expect(try !south.deploy(1))
        #expect(try south.create("web", key: "k") == id)
        let older = try unjournaled.create("api")
        let newer = try unjournaled.create("api")
        try unjournaled.change(newer, to: .deployed)
        try south.change(newer, to: .deployed)
        try crash()
        try south.restore()
        #expect(try south.ringNumbers() == ([1], 1))
        #expect(try south.queue.deployment(id)?.status == .inProgress)
        #expect(try south.queue.deployment(newer)?.status == .deployed)
        #expect(try south.queue.deployment(older)?.status == .skipped)
    }

    @Test(
        "However much is skipped at once, no entry is more than the store makes again in time, and all of it comes back"
    )
    func large() throws {
        let parameters = String(repeating: "x", count: 10_000)
        for number in 0..<80 { try north.create(version: "1.0.\(number)", parameters: parameters) }
        let newest = try south.create(version: "1.1.0")
        try south.change(newest, to: .deployed)
        var reader = try south.journal.read(from: nil, to: south.journal.position())
        var sizes: [Int] = []
        while let entries = try reader.next() { sizes += entries.map { $0.fields.reduce(0) { $0 + $1.count } } }
        #expect(sizes.reduce(0, +) > 80 * parameters.count)
        #expect(sizes.allSatisfy { $0 < 2 * QueueScript.journalBound })
        let all = try test.content(beginning: "queue:{acme}:").map(\.value.lines)
        for hosts in [[north, south], [south, north]] {
            try crash()
            for host in hosts { try host.restore() }
            #expect(try test.content(beginning: "queue:{acme}:").map(\.value.lines) == all)
            #expect(try QueueInvariants.broken(in: test, organisation: "acme") == [])
        }
        #expect(try north.queue.deployment(newest)?.status == .deployed)
        // Told once more, by who did not get the answer.
        let before = try north.journal.position()
        try north.change(newest, to: .deployed)
        #expect(try north.journal.position().offset - before.offset > 80 * parameters.count)
    }
}

extension String {
    /// Its lines, whatever their order.
    fileprivate var lines: [Substring] { split(separator: "\n", omittingEmptySubsequences: false).sorted() }
}
