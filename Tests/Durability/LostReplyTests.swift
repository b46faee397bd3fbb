import Dragonfly
import TestSupport
import Testing

@testable import Queue

/// A host that the store's replies do not always reach.
@Suite struct LostReplyTests {
    private let hosts: JournalingHosts
    private let proxy: FaultyProxy
    private let host: JournalingHost

    init() throws {
        hosts = try JournalingHosts()
        proxy = try FaultyProxy(hosts.server.address)
        host = try JournalingHost("north", directory: hosts.files.file("north"), hosts.test, by: proxy.url)
    }

    /// Sends a request until it is answered.
    private func insist<Answer>(_ request: () throws -> Answer) throws -> Answer {
        let answer = try value { () throws -> Answer? in
            do { return try request() } catch StoreError.unavailable { return nil }
        }
        return try #require(answer)
    }

    @Test(
        "What was done by a script whose reply was lost is in the journal as what it was done for: a request with its key"
    )
    func keys() throws {
        proxy.set(.resetting(.done), share: 3)
        struct Made: Equatable { let old, new, claimed, back: String }
        func request(_ number: Int) throws -> Made {
            let name = "service-\(number)"
            let old = try insist { try host.create(name, key: "old \(number)") }
            let claimed = try insist { try #require(try host.claim(name, key: "claim \(number)")) }
            try insist { try host.change(old, to: .deployed) }
            let new = try insist { try host.create(name, version: "2.0.0", key: "new \(number)") }
            try insist { try host.change(new, to: .deployed) }
            return Made(
                old: old, new: new, claimed: claimed, back: try insist { try host.rollBack(new, key: "back \(number)") }
            )
        }
        let made = try (0..<8).map(request)
        #expect(proxy.hits > 8)
        proxy.set(.none)
        try hosts.crash()
        for host in [hosts.north, hosts.south, hosts.north] { try host.restore() }
        for (number, made) in made.enumerated() {
            let name = "service-\(number)"
            #expect(try hosts.north.create(name, key: "old \(number)") == made.old)
            #expect(try hosts.north.create(name, version: "2.0.0", key: "new \(number)") == made.new)
            #expect(try hosts.north.claim(name, key: "claim \(number)") == made.claimed)
            #expect(try hosts.north.rollBack(made.new, key: "back \(number)") == made.back)
        }
        #expect(try StoredQueue(hosts.test, organisation: "acme").deployments.count == 24)
    }
}
