import Essentials
import HTTPClient
import HTTPTypes
import TestSupport
import Testing
import Web

@testable import GitHub

/// The cache as the store keeps it: who may fetch, what is stored, what is dropped.
@Suite struct CacheStoreTests {
    private let fixture: CacheFixture
    private var cache: CacheStore { fixture.cache }
    private let now = Timestamp(milliseconds: 1_800_000_000_000)
    private let resource = Resource("/pulls", of: Repository(owner: "o", name: "r"), isOwn: true)

    init() throws { fixture = try CacheFixture() }

    private func hold() -> Hold { Hold(until: now.adding(milliseconds: CacheStore.fetchLimit)) }

    private func finding(_ status: Int, _ fields: HTTPFields = [:], body: String = "[]") -> Finding {
        Finding(.success(.init(status: .init(code: status), fields: fields, body: Array(body.utf8))), now: now) { $0 }
    }

    private func join(
        _ key: String, hold: Hold, job: FetchJob?, now: Timestamp, seen: CacheEntry.Version? = nil
    ) throws -> CacheStore.Joined {
        try cache.join(
            Resource(key: key, target: "/repos/o/r\(key)"), hold: hold, job: job, waits: true, now: now, seen: seen)
    }

    private var failure: Finding {
        Finding(.failure(.init(kind: .connect, origin: "", reason: "refused")), now: now) { $0 }
    }

    @Test("One fetches, the others wait for the same, until it is done")
    func single() throws {
        let (first, second) = (hold(), hold())
        let job = FetchJob(resource, hold: first, parent: nil)
        #expect(try join("/pulls?", hold: first, job: job, now: now) == .begun)
        #expect(try join("/pulls?", hold: second, job: job, now: now) == .held(first))
        // The same wish again, after a reply that was lost.
        #expect(try join("/pulls?", hold: first, job: job, now: now) == .begun)
        #expect(try fixture.stores.run("LLEN", fixture.stores.key(FetchJob.list.key)).integer == 1)
        _ = try cache.conclude(finding(200), of: "/pulls?", since: 0, hold: first.id, now: now)
        #expect(try join("/pulls?", hold: second, job: nil, now: now) == .begun)
        try cache.unlock("/pulls?", hold: first.id)
        #expect(try join("/pulls?", hold: first, job: nil, now: now) == .held(second))
        try cache.unlock("/pulls?", hold: second.id)
        #expect(try join("/pulls?", hold: first, job: nil, now: now) == .begun)
    }

    @Test("A lock that names no hold is nothing to wait for, nor leave to fetch")
    func damagedLock() throws {
        try fixture.stores.run("SET", fixture.stores.key(CacheKeys.lock(resource.key)), "rubbish", "PX", "60000")
        #expect(try cache.join(resource, hold: hold(), job: nil, waits: true, now: now) == .changed)
    }

    @Test("Who wants what has come meanwhile is told to look again")
    func changed() throws {
        let none = CacheEntry.Version()
        let entry = try fixture.put("/pulls?", "[]", at: 1000)
        #expect(try join("/pulls?", hold: hold(), job: nil, now: now, seen: none) == .changed)
        #expect(try join("/pulls?", hold: hold(), job: nil, now: now, seen: entry.version) == .begun)
        #expect(try join("/issues?", hold: hold(), job: nil, now: now, seen: entry.version) == .changed)
        #expect(try join("/issues?", hold: hold(), job: nil, now: now, seen: none) == .begun)
    }

    @Test("After five failures in a row GitHub is left alone, and then one tries whether it is back")
    func breaker() throws {
        for count in 1...5 {
            let change = try cache.conclude(failure, of: "/pulls?", since: 0, hold: "", now: now).change
            #expect(change == (count == 5 ? .down : nil))
        }
        let until = now.adding(milliseconds: GitHubState.pause)
        #expect(try join("/pulls?", hold: hold(), job: nil, now: now) == .refused(.down(until: until)))
        let probe = hold()
        #expect(try join("/pulls?", hold: probe, job: nil, now: until) == .begun)
        let later = until.adding(milliseconds: GitHubState.pause)
        #expect(try join("/issues?", hold: hold(), job: nil, now: until) == .refused(.down(until: later)))
        let state = try cache.state()
        #expect(state.obstacle(for: probe.id, at: until) == nil)
        #expect(state.obstacle(for: hold().id, at: until) == .down(until: later))
        let change = try cache.conclude(finding(304), of: "/pulls?", since: 0, hold: probe.id, now: until).change
        #expect(change == .up)
        #expect(try join("/issues?", hold: hold(), job: nil, now: until) == .begun)
        #expect(try cache.state().isOpen == false)
    }

    @Test("What is composed does not try whether GitHub is back: its parts do")
    func composed() throws {
        for _ in 1...5 { _ = try cache.conclude(failure, of: "/pulls?", since: 0, hold: "", now: now) }
        let until = now.adding(milliseconds: GitHubState.pause)
        func summary(_ time: Timestamp) throws -> CacheStore.Joined {
            try cache.join(.summary, hold: hold(), job: nil, waits: false, now: time)
        }
        #expect(try summary(now) == .refused(.down(until: until)))
        #expect(try summary(until) == .begun)
        #expect(try join("/pulls?", hold: hold(), job: nil, now: until) == .begun)
        let later = until.adding(milliseconds: GitHubState.pause)
        #expect(try join("/issues?", hold: hold(), job: nil, now: until) == .refused(.down(until: later)))
    }

    @Test("What GitHub has refused is not asked again at once, and whether somebody waits is known")
    func denied() throws {
        let first = hold()
        func begin(_ hold: Hold, waits: Bool) throws -> CacheStore.Joined {
            try cache.join(resource, hold: hold, job: nil, waits: waits, now: now)
        }
        func conclude(_ finding: Finding, _ hold: Hold) throws -> Bool {
            try cache.conclude(finding, of: resource.key, since: .max, hold: hold.id, now: now).isAwaited
        }
        #expect(try begin(first, waits: false) == .begun)
        #expect(try conclude(finding(200), first) == false)
        #expect(try begin(first, waits: false) == .begun)
        #expect(try begin(hold(), waits: true) == .held(first))
        #expect(try begin(hold(), waits: true) == .held(first))
        #expect(try conclude(finding(200), first) == true)
        #expect(try begin(first, waits: true) == .begun)
        #expect(try conclude(finding(410), first) == true)
        #expect(try begin(hold(), waits: true) == .refused(.denied(status: 410)))
        #expect(try fixture.stores.run("PTTL", fixture.stores.key(CacheKeys.lock(resource.key))).integer ?? 0 > 0)
    }

    @Test("While GitHub wants no requests nobody fetches; it is told once")
    func limited() throws {
        let limit = finding(403, [.retryAfter: "60"])
        #expect(try cache.conclude(limit, of: "/pulls?", since: 0, hold: "", now: now).change == .limited)
        #expect(try cache.conclude(limit, of: "/pulls?", since: 0, hold: "", now: now).change == nil)
        let until = now.adding(milliseconds: 60_000)
        #expect(try join("/pulls?", hold: hold(), job: nil, now: now) == .refused(.limited(until: until)))
        #expect(try join("/pulls?", hold: hold(), job: nil, now: until) == .begun)
    }

    @Test("What is invalidated while it is fetched is not stored, and what is fetched afterwards is")
    func overtaken() throws {
        try fixture.put("/pulls?", "[1]", at: 1000)
        let before = try cache.state().sequence
        #expect(try cache.invalidate(.prefix("/pulls")) == 1)
        func conclude(_ finding: Finding, _ key: String, _ sequence: Int64) throws -> CacheStore.Concluded {
            try cache.conclude(finding, of: key, since: sequence, hold: "", now: now).concluded
        }
        for finding in [finding(200), finding(304), finding(404)] {
            #expect(try conclude(finding, "/pulls?", before) == .overtaken)
        }
        #expect(try cache.read("/pulls?").entry == nil)
        #expect(try conclude(finding(200), "/issues?", before) == .done)
        #expect(try conclude(finding(200), "/pulls?", try cache.state().sequence) == .done)
        // It is not there any more that is as it was.
        #expect(try conclude(finding(304), "/commits?", try cache.state().sequence) == .gone)
        // Who has begun before the list of changes does not know what it has missed.
        for number in 0..<CacheStore.changeBound { try fixture.put("/labels/\(number)?", "[]", at: 1000) }
        #expect(try conclude(finding(200), "/tags?", before) == .overtaken)
    }

    @Test("A prefix drops what begins with it, and what chimney makes itself only by its name")
    func prefixes() throws {
        let keys = ["/?", "/pulls?", "/pulls?state=open", "/pulls/1?", "/issues?", "/o/s/pulls?"]
        for key in keys + [Resource.summary.key] { try fixture.put(key, "[]", at: 1000) }
        #expect(try cache.invalidate(.prefix("/pulls?")) == 2)
        #expect(try cache.invalidate(.prefix("/pulls")) == 1)
        #expect(try cache.invalidate(.prefix("/nothing")) == 0)
        #expect(try cache.invalidate(.prefix("/")) == 3)
        #expect(try cache.read(Resource.summary.key).entry != nil)
        #expect(try cache.invalidate(.prefix("/__pipeline_summary__")) == 1)
        for key in keys + [Resource.summary.key] { try fixture.put(key, "[]", at: 1000) }
        #expect(try cache.invalidate(.all) == 7)
        for key in [CacheKeys.index, CacheKeys.expiry] {
            #expect(try fixture.stores.run("ZCARD", fixture.stores.key(key)).integer == 0)
        }
        #expect(try fixture.stores.run("HLEN", fixture.stores.key(CacheKeys.sizes)).integer == 0)
        #expect(try fixture.stores.run("HGET", fixture.stores.key(CacheKeys.state), "bytes").integer == 0)
    }

    @Test("A cache of another repository is none of this one's")
    func adopted() throws {
        try fixture.put("/pulls?", "[]", at: 1000)
        #expect(try cache.adopt("https://api.github.com o/r ") == false)
        #expect(try cache.adopt("https://api.github.com o/r ") == false)
        #expect(try cache.read("/pulls?").entry != nil)
        #expect(try cache.adopt("https://api.github.com o/s ") == true)
        #expect(try cache.read("/pulls?").entry == nil)
    }

    @Test("However many entries a prefix has, all of them are dropped")
    func many() throws {
        for number in 0..<1201 { try fixture.put("/pulls/\(number)?", "[]", at: 1000) }
        try fixture.put("/issues?", "[]", at: 1000)
        #expect(try cache.invalidate(.prefix("/pulls/")) == 1201)
        #expect(try fixture.stores.run("ZCARD", fixture.stores.key(CacheKeys.index)).integer == 1)
    }

    @Test("An error never takes the place of content, and 404 stands beside it")
    func errors() throws {
        try fixture.put("/pulls?", "[1]", at: now.milliseconds)
        for finding in [failure, finding(403), finding(422), finding(500)] {
            _ = try cache.conclude(finding, of: "/pulls?", since: .max, hold: "", now: now)
        }
        #expect(try cache.read("/pulls?").entry?.content?.body == Array("[1]".utf8))
        _ = try cache.conclude(finding(404), of: "/pulls?", since: .max, hold: "", now: now)
        var entry = try cache.read("/pulls?").entry
        #expect(entry?.content?.body == Array("[1]".utf8))
        #expect(entry?.missingAt == now)
        _ = try cache.conclude(finding(304), of: "/pulls?", since: .max, hold: "", now: now)
        entry = try cache.read("/pulls?").entry
        #expect(entry?.missingAt == nil)
    }

    @Test("What is too old is dropped, and the oldest of what is too much")
    func bounds() throws {
        let day = CacheStore.holding
        for number in 0..<5 { try fixture.put("/labels/\(number)?", "[]", at: now.milliseconds + Int64(number)) }
        try fixture.putMissing("/nothing?", at: now.milliseconds)
        func evict(_ entries: Int, _ bytes: Int, after milliseconds: Int64) throws -> [String] {
            try cache.evict(toEntries: entries, bytes: bytes, now: now.adding(milliseconds: milliseconds))
        }
        #expect(try evict(10, 1000, after: 0) == [])
        // A 404 that is over is nobody's loss.
        #expect(try evict(10, 1000, after: CacheStore.missing) == [])
        #expect(try fixture.stores.run("ZCARD", fixture.stores.key(CacheKeys.index)).integer == 5)
        #expect(try evict(3, 1000, after: 1000) == ["/labels/0?", "/labels/1?"])
        #expect(try evict(10, 1000, after: day + 2) == ["/labels/2?"])
        // Two bytes each: one has to go.
        #expect(try evict(10, 3, after: 1000) == ["/labels/3?"])
        #expect(try evict(10, 3, after: 1000) == [])
    }
}
