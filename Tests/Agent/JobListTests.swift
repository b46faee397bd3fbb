import Dragonfly
import TestSupport
import Testing

@testable import Agent

/// Jobs by way of the store.
@Suite struct JobListTests {
    private let stores: TestStore
    private let list = JobList("{outbox:test}", bound: 100)

    init() throws { stores = try TestStore() }

    private func store() throws -> Store {
        Store(url: try #require(StoreURL(stores.url)), prefix: stores.prefix, timeout: 5000)
    }

    private func jobs(_ range: Range<Int>) -> [[UInt8]] { range.map { Array("job \($0)".utf8) } }

    private func length(_ key: String) throws -> Int64? { try stores.run("LLEN", stores.key(key)).integer }

    @Test func jobsAreTakenOnceAndInTheirOrder() throws {
        let store = try store()
        try list.push(jobs(0..<5), to: store)
        try list.push(jobs(5..<10), to: store)
        let here = TakenJobs(list, host: "here")
        let there = TakenJobs(list, host: "there")
        #expect(try here.take(3, from: store) == jobs(0..<3))
        #expect(try there.take(4, from: store) == jobs(3..<7))
        #expect(try here.take(100, from: store) == jobs(7..<10))
        #expect(try here.take(100, from: store) == [])
        #expect(here.count == 6)
        #expect(try length("{outbox:test}:here") == 6)
        here.finish(jobs(7..<10) + jobs(0..<3), in: store)
        there.finish(jobs(3..<7), in: store)
        #expect(here.count == 0)
        for key in ["{outbox:test}", "{outbox:test}:here", "{outbox:test}:there"] { #expect(try length(key) == 0) }
    }

    @Test func theOldestAreDroppedAndCounted() throws {
        let store = try store()
        try list.push(jobs(0..<90), to: store)
        try list.push(jobs(90..<125), to: store)
        #expect(try length(list.key) == 100)
        #expect(try stores.run("GET", stores.key(list.droppedKey)).integer == 25)
        #expect(try TakenJobs(list, host: "here").take(1, from: store) == jobs(25..<26))
    }

    @Test func manyAtOnceAreMoreThanOneScript() throws {
        let long = JobList("{outbox:long}", bound: 10_000)
        let store = try store()
        try long.push(jobs(0..<2500), to: store)
        try long.push([], to: store)
        let taken = TakenJobs(long, host: "here")
        #expect(try taken.take(3000, from: store) == jobs(0..<2500))
    }

    @Test func aSuccessorBeginsWithWhatIsLeft() throws {
        let store = try store()
        try list.push(jobs(0..<6), to: store)
        let first = TakenJobs(list, host: "here")
        _ = try first.take(4, from: store)
        first.finish(jobs(1..<2), in: store)
        let second = TakenJobs(list, host: "here")
        // What another host has is left alone.
        #expect(try TakenJobs(list, host: "there").take(1, from: store) == jobs(4..<5))
        #expect(try second.take(1, from: store) == [0, 2, 3, 5].map { jobs($0..<$0 + 1)[0] })
        #expect(try second.take(1, from: store) == [])
    }

    @Test func equalJobsAreJobsOfTheirOwn() throws {
        let store = try store()
        let equal = [UInt8]("again".utf8)
        try list.push([equal, equal, equal], to: store)
        let taken = TakenJobs(list, host: "here")
        #expect(try taken.take(2, from: store) == [equal, equal])
        taken.finish([equal], in: store)
        #expect(taken.count == 1)
        #expect(try TakenJobs(list, host: "here").take(5, from: store) == [equal, equal])
    }

    @Test func whatWasTakenWithoutAReplyIsFound() throws {
        let store = try store()
        try list.push(jobs(0..<6), to: store)
        let taken = TakenJobs(list, host: "here")
        #expect(try taken.take(2, from: store) == jobs(0..<2))
        // As a script does whose reply is lost.
        for _ in 0..<2 {
            try stores.run("LMOVE", stores.key(list.key), stores.key(list.takenKey(host: "here")), "RIGHT", "LEFT")
        }
        #expect(try taken.take(1, from: store) == jobs(2..<5))
        #expect(taken.count == 5)
        #expect(try taken.take(5, from: store) == jobs(5..<6))
    }

    @Test func whatIsDoneAllAtOnceTakesNothingElseWithIt() throws {
        let store = try store()
        try list.push(jobs(0..<6), to: store)
        let taken = TakenJobs(list, host: "here")
        #expect(try taken.take(3, from: store) == jobs(0..<3))
        // As a script does whose reply is lost.
        try stores.run("LMOVE", stores.key(list.key), stores.key(list.takenKey(host: "here")), "RIGHT", "LEFT")
        taken.finish(jobs(0..<3), in: store)
        #expect(try length("{outbox:test}:here") == 1)
        #expect(try taken.take(1, from: store) == jobs(3..<5))
        taken.finish(jobs(3..<5), in: store)
        #expect(try stores.run("EXISTS", stores.key("{outbox:test}:here")).integer == 0)
        #expect(try taken.take(9, from: store) == jobs(5..<6))
    }

    @Test func whatIsGivenBackIsTheNextToBeTaken() throws {
        let store = try store()
        try list.push(jobs(0..<6), to: store)
        let here = TakenJobs(list, host: "here")
        _ = try here.take(3, from: store)
        try here.giveBack(jobs(0..<2), to: store)
        #expect(here.count == 1)
        #expect(try TakenJobs(list, host: "there").take(3, from: store) == [0, 1, 3].map { jobs($0..<$0 + 1)[0] })
        #expect(try length("{outbox:test}:here") == 1)
    }

    @Test func whatIsDoneWhileTheStoreIsAwayIsDeletedLater() throws {
        let server = try StoreServer()
        let store = Store(url: try #require(StoreURL(server.url)))
        try list.push(jobs(0..<4), to: store)
        let taken = TakenJobs(list, host: "here")
        _ = try taken.take(3, from: store)
        server.freeze()
        taken.finish(jobs(0..<2), in: store)
        #expect(throws: StoreError.self) { try taken.take(1, from: store) }
        server.thaw()
        let next = value { try? taken.take(1, from: store) }
        #expect(next == jobs(3..<4))
        #expect(try server.run("LLEN", "chimney:{outbox:test}:here").integer == 2)
    }

    @Test func aJobThatEndsEveryAgentIsGivenUp() throws {
        let store = try store()
        try list.push(jobs(0..<3), to: store)
        for _ in 0..<11 { #expect(try TakenJobs(list, host: "here").take(2, from: store).count >= 2) }
        // Eleven agents had it, ten of them as what was left; all have died. Now the oldest goes, and the others stay.
        #expect(try TakenJobs(list, host: "here").take(2, from: store) == jobs(1..<3))
        #expect(try stores.run("GET", stores.key(list.droppedKey)).integer == 1)
        let attempts = stores.key("{outbox:test}:here:attempts")
        #expect(try #require(try stores.run("TTL", attempts).integer) > 0)
        // Another goes with another death, and with none before that.
        let orderly = TakenJobs(list, host: "here")
        #expect(try orderly.take(2, from: store) == jobs(2..<3))
        orderly.leave(store)
        // Whoever finishes one begins to count anew.
        let taken = TakenJobs(list, host: "here")
        #expect(try taken.take(1, from: store) == jobs(2..<3))
        taken.finish(jobs(2..<3), in: store)
        #expect(try stores.run("EXISTS", attempts).integer == 0)
    }

    @Test func anOrderlyEndIsNoSignAgainstAJob() throws {
        let store = try store()
        try list.push(jobs(0..<3), to: store)
        for _ in 0..<25 {
            let taken = TakenJobs(list, host: "here")
            #expect(try taken.take(3, from: store) == jobs(0..<3))
            taken.leave(store)
            taken.leave(store)
        }
        #expect(try stores.run("EXISTS", stores.key(list.droppedKey)).integer == 0)
    }

    @Test func whoFinishesAJobOnLeavingClearsItsPredecessors() throws {
        let store = try store()
        try list.push(jobs(0..<2), to: store)
        for _ in 0..<5 { _ = try TakenJobs(list, host: "here").take(2, from: store) }
        let attempts = stores.key("{outbox:test}:here:attempts")
        let taken = TakenJobs(list, host: "here")
        #expect(try taken.take(2, from: store) == jobs(0..<2))
        #expect(try stores.run("ZCARD", attempts).integer == 5)
        taken.leave(store)
        #expect(try stores.run("ZCARD", attempts).integer == 4)
        taken.finish(jobs(0..<1), in: store)
        #expect(try stores.run("EXISTS", attempts).integer == 0)
    }
}
