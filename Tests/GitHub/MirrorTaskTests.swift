import Dragonfly
import Essentials
import TestSupport
import Testing

@testable import GitHub

/// The memory tier of a host that follows what others do to the store.
@Suite struct MirrorTaskTests {
    private let there: CacheFixture
    private let here: TierFixture
    private let task: MirrorTask

    init() throws {
        there = try CacheFixture()
        here = try TierFixture()
        task = MirrorTask(here.tier, grace: 0)
        try task.followAll(there)
    }

    private var keys: Set<String> { Set(here.tier.versions.keys) }

    @Test("What is stored elsewhere is stored here, and so are renewals and 404s")
    func stored() throws {
        let entry = try there.put("/pulls?", "[1]", at: 1000)
        try there.put("/issues?", "[]", at: 1001)
        try task.followAll(there)
        #expect(here.tier.entry(for: "/pulls?") == entry)
        #expect(keys == ["/pulls?", "/issues?"])

        try there.putMissing("/pulls?", at: 2000)
        try there.putMissing("/nothing?", at: 2001)
        try task.followAll(there)
        #expect(here.tier.entry(for: "/pulls?") == .sample(1000, body: "[1]", missingAt: 2000))
        #expect(here.tier.entry(for: "/nothing?") == .missing(2001))

        try there.put("/pulls?", "[2]", at: 3000)
        try task.followAll(there)
        #expect(here.tier.entry(for: "/pulls?") == .sample(3000, body: "[2]"))
    }

    @Test("Where nothing has ever been stored there is no directory")
    func unused() {
        #expect(TierFixture.mode(here.path) == 0)
    }

    @Test("What is there already is not read again")
    func own() throws {
        let entry = try there.put("/pulls?", "[1]", at: 1000)
        here.tier.store(.sample(1000, body: "mine"), for: "/pulls?")
        try task.followAll(there)
        #expect(here.tier.entry(for: "/pulls?") == .sample(1000, body: "mine"))
        #expect(here.tier.version(of: "/pulls?") == entry.version)
    }

    @Test("What is invalidated elsewhere is dropped here, and nothing else")
    func invalidated() throws {
        for key in ["/pulls?", "/pulls/1?", "/issues?", "/__pipeline_summary__?"] { try there.put(key, "[]", at: 1000) }
        try task.followAll(there)
        #expect(keys.count == 4)
        #expect(try there.cache.invalidate(.prefix("/pulls")) == 2)
        try task.followAll(there)
        #expect(keys == ["/issues?", "/__pipeline_summary__?"])
        #expect(try there.cache.invalidate(.prefix("/")) == 1)
        try task.followAll(there)
        #expect(keys == ["/__pipeline_summary__?"])
        #expect(try there.cache.invalidate(.all) == 1)
        try task.followAll(there)
        #expect(keys.isEmpty)
    }

    @Test(
        "What was stored and invalidated since is not stored, although it may still be in the store; what came later is"
    )
    func inOrder() throws {
        try there.put("/pulls?", "old", at: 1000)
        try there.put("/issues?", "old", at: 1000)
        try there.put("/?", "old", at: 1000)
        // The first step of an invalidation, whose second has not been done yet.
        let sequence = try there.cache.state().sequence
        for (offset, prefix) in ["/pulls", "/issues"].enumerated() {
            let change = CacheChange(sequence: sequence + 1 + Int64(offset), kind: .invalidated(prefix: prefix))
            try there.stores.run("LPUSH", there.stores.key(CacheKeys.changes), change.line)
            try there.stores.run("HSET", there.stores.key(CacheKeys.state), "seq", String(change.sequence))
        }
        try there.put("/issues?", "new", at: 2000)
        here.tier.store(.sample(500), for: "/pulls?state=open")
        try task.followAll(there)
        #expect(keys == ["/issues?", "/?"])
        #expect(here.tier.entry(for: "/issues?") == .sample(2000, body: "new"))
    }

    @Test("What this host has fetched since an invalidation stays where it is")
    func fetchedSince() throws {
        try there.put("/pulls?", "old", at: 1000)
        try task.followAll(there)
        _ = try there.cache.invalidate(.prefix("/"))
        try there.put("/pulls?", "new", at: 2000)
        here.tier.store(.sample(2000, body: "mine"), for: "/pulls?")
        try task.followAll(there)
        #expect(here.tier.entry(for: "/pulls?") == .sample(2000, body: "mine"))
    }

    @Test("Who starts again goes on where it was")
    func restarted() throws {
        try there.put("/pulls?", "[]", at: 1000)
        try there.put("/issues?", "[]", at: 1000)
        try task.followAll(there)
        #expect(here.tier.position == (try there.cache.changes(newest: 1)).first?.sequence)
        _ = try there.cache.invalidate(.prefix("/pulls"))
        try there.put("/?", "[]", at: 1001)
        try MirrorTask(here.tier).followAll(there)
        #expect(keys == ["/issues?", "/?"])
        #expect(here.tier.position == (try there.cache.changes(newest: 1)).first?.sequence)
    }

    @Test("What a process has left here that died before it was in the store is dropped by who starts")
    func leftover() throws {
        try there.put("/pulls?", "[]", at: 1000)
        try task.followAll(there)
        here.tier.store(.sample(2000), for: "/pulls?")
        here.tier.store(.sample(2000), for: "/issues?")
        try MirrorTask(here.tier).followAll(there)
        #expect(here.tier.versions == ["/pulls?": CacheEntry.sample(1000).version])
    }

    @Test("Where the list does not reach back that far, all entries are compared", .timeLimit(.minutes(2)))
    func gap() throws {
        for key in ["/pulls?", "/issues?", "/commits?", "/?"] { try there.put(key, "old", at: 1000) }
        try task.followAll(there)
        _ = try there.cache.invalidate(.prefix("/commits"))
        try there.put("/issues?", "new", at: 2000)
        try there.lose("/?")
        for number in 0..<CacheStore.changeBound { try there.put("/x\(number % 10)?", "[]", at: Int64(3000 + number)) }
        try task.followAll(there)
        #expect(keys == Set(["/pulls?", "/issues?"] + (0..<10).map { "/x\($0)?" }))
        #expect(here.tier.entry(for: "/pulls?") == .sample(1000, body: "old"))
        #expect(here.tier.entry(for: "/issues?") == .sample(2000, body: "new"))
        #expect(here.tier.entry(for: "/x9?") == .sample(3999))
    }

    @Test("An emptied store is followed, too")
    func emptied() throws {
        try there.put("/pulls?", "[]", at: 1000)
        try task.followAll(there)
        for (key, _) in try there.stores.content() { try there.stores.run("DEL", key) }
        try task.followAll(there)
        #expect(keys.isEmpty)
        try there.put("/issues?", "[]", at: 2000)
        try task.followAll(there)
        #expect(keys == ["/issues?"])
    }

    @Test("What an emptied store has no more is held for a moment: not everybody knows yet that the store is back")
    func grace() throws {
        try there.put("/pulls?", "[]", at: 1000)
        let task = MirrorTask(here.tier)
        try task.followAll(there)
        for (key, _) in try there.stores.content() { try there.stores.run("DEL", key) }
        try task.followAll(there)
        #expect(keys == ["/pulls?"])
        // It is followed all the same, and so is what was invalidated meanwhile, at once.
        try there.put("/issues?", "[]", at: 2000)
        _ = try there.cache.invalidate(.prefix("/pulls"))
        try task.followAll(there)
        #expect(keys == ["/issues?"])
        for (key, _) in try there.stores.content() { try there.stores.run("DEL", key) }
        let isGone = try eventually {
            try task.followAll(there)
            return keys.isEmpty
        }
        #expect(isGone)
    }

    @Test("More than the tier holds leaves the newest", .timeLimit(.minutes(2)))
    func many() throws {
        for number in 0..<700 { try there.put("/\(number)?", "\(number)", at: Int64(1000 + number)) }
        try task.followAll(there)
        #expect(keys == Set((200..<700).map { "/\($0)?" }))
        #expect(here.tier.entry(for: "/200?") == .sample(1200, body: "200"))
    }

    @Test("Much is done in turns, and who takes over in the middle lacks nothing", .timeLimit(.minutes(2)))
    func turns() throws {
        let body = String(repeating: "x", count: 4 << 20)
        for number in 0..<14 { try there.put("/\(number)?", body, at: Int64(1000 + number)) }
        _ = try task.follow(there.cache)
        try MirrorTask(here.tier).followAll(there)
        #expect(keys == Set((0..<14).map { "/\($0)?" }))
        try task.followAll(there)
        #expect(keys.count == 14)
    }

    @Test("Lines that nobody understands are passed over")
    func damaged() throws {
        try there.put("/pulls?", "[]", at: 1000)
        try there.stores.run("LPUSH", there.stores.key(CacheKeys.changes), "?")
        try task.followAll(there)
        #expect(keys == ["/pulls?"])
        try there.put("/issues?", "[]", at: 1000)
        try task.followAll(there)
        #expect(keys == ["/pulls?", "/issues?"])
    }

    @Test("While the store is away nothing changes; then all is followed")
    func away() throws {
        let server = try StoreServer()
        let there = try CacheFixture(server)
        let here = try TierFixture()
        let task = MirrorTask(here.tier, grace: 0)
        try there.put("/pulls?", "[]", at: 1000)
        try task.followAll(there)
        server.stop()
        for _ in 0..<3 { #expect(throws: StoreError.self) { try task.follow(there.cache) } }
        #expect(throws: StoreError.self) { try MirrorTask(here.tier).follow(there.cache) }
        #expect(Set(here.tier.versions.keys) == ["/pulls?"])
        // It comes back empty.
        try server.start()
        #expect(eventually { (try? task.followAll(there)) != nil })
        #expect(here.tier.count == 0)
    }

    @Test("The agent of each host follows the others", .timeLimit(.minutes(2)))
    func agents() throws {
        let hosts = try (0..<2).map { _ in try TierFixture() }
        let pools = try hosts.enumerated().map { number, host in
            let settings = ["CHIMNEY_CACHE_DIR": host.path, "CHIMNEY_HOST": "host\(number)"]
            return try PoolProcess(workers: 1, environment: there.stores.environment.merging(settings) { $1 })
        }
        defer { for pool in pools { pool.stop() } }
        let entry = try there.put("/pulls?", "[]", at: Timestamp.now.milliseconds)
        try there.put("/issues?", "[]", at: Timestamp.now.milliseconds)
        for host in hosts { #expect(eventually { host.tier.count == 2 && host.tier.entry(for: "/pulls?") == entry }) }
        _ = try there.cache.invalidate(.prefix("/pulls"))
        for host in hosts { #expect(eventually { Set(host.tier.versions.keys) == ["/issues?"] }) }
    }
}
