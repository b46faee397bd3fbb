import Agent
import Dragonfly
import TestSupport
import Testing

/// Work that one agent does at a time.
@Suite struct LeaseTests {
    private let stores: TestStore
    private let store: Store

    init() throws {
        stores = try TestStore()
        store = Store(url: try #require(StoreURL(stores.url)), prefix: stores.prefix, timeout: 5000)
    }

    @Test func oneHasItAtATime() throws {
        let first = Lease("work", milliseconds: 60_000)
        let second = Lease("work", milliseconds: 60_000)
        #expect(!first.isHeld)
        #expect(try first.hold(store))
        #expect(try !second.hold(store))
        #expect(try first.hold(store), "extended")
        #expect(first.isHeld && !second.isHeld)
        #expect(try Lease("other work", milliseconds: 60_000).hold(store))

        try second.release(store)
        #expect(try !second.hold(store), "only its holder can give it back")
        try first.release(store)
        #expect(!first.isHeld)
        #expect(try second.hold(store))
    }

    @Test func aDeadHolderIsInNobodysWay() throws {
        let first = Lease("work", milliseconds: 100)
        let second = Lease("work", milliseconds: 60_000)
        #expect(try first.hold(store))
        #expect(try eventually { try second.hold(store) })
        #expect(!first.isHeld)
        #expect(try !first.hold(store))
        // Too late to give it back.
        try first.release(store)
        #expect(try second.hold(store))
        #expect(try stores.run("PTTL", stores.key("lease:work")).integer ?? 0 > 50_000)
    }

    @Test func anExtensionLastsAsLongAsTheFirst() throws {
        let lease = Lease("work", milliseconds: 60_000)
        #expect(try lease.hold(store))
        try stores.run("PEXPIRE", stores.key("lease:work"), "1000")
        #expect(try lease.hold(store))
        #expect(try stores.run("PTTL", stores.key("lease:work")).integer ?? 0 > 50_000)
    }
}
