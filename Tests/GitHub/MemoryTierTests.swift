import Essentials
import Foundation
import TestSupport
import Testing

@testable import GitHub

/// What the processes of a host keep of the cache by themselves.
@Suite struct MemoryTierTests {
    private let fixture: TierFixture
    private let tier: MemoryTier

    init() throws {
        fixture = try TierFixture()
        tier = fixture.tier
    }

    @Test("What one process stores another has, a later one as well, until it is taken away")
    func shared() throws {
        #expect(tier.entry(for: "/pulls?") == nil)
        tier.store(.sample(5, body: "[1]"), for: "/pulls?")
        tier.store(.missing(6), for: "/nothing?")
        let later = fixture.tier
        #expect(later.entry(for: "/pulls?") == .sample(5, body: "[1]"))
        #expect(later.entry(for: "/nothing?") == .missing(6))
        #expect(later.entry(for: "/pull?") == nil)
        #expect(later.version(of: "/pulls?") == CacheEntry.sample(5).version)
        #expect(later.version(of: "/pull?") == nil)
        #expect(later.count == 2)
        #expect(try later.bytes == fixture.names().reduce(0) { try $0 + Data(contentsOf: file($1)).count })
        #expect(later.remove("/pulls?"))
        #expect(!later.remove("/pulls?"))
        #expect(tier.entry(for: "/pulls?") == nil)
        #expect(tier.count == 1)
    }

    private func file(_ name: String) -> URL { URL(fileURLWithPath: "\(fixture.path)/\(name)") }

    @Test("A key has one entry: the one that was stored last")
    func replaced() throws {
        tier.store(.sample(5, body: "old, and longer"), for: "/pulls?")
        tier.store(.sample(4, body: "new", missingAt: 7), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(4, body: "new", missingAt: 7))
        #expect(tier.versions == ["/pulls?": CacheEntry.sample(4, missingAt: 7).version])
        tier.store(CacheEntry(content: nil), for: "/pulls?")
        #expect(tier.count == 0)
    }

    @Test("A prefix takes away what begins with it, and composed entries only where it names them")
    func prefixes() {
        let keys = [
            "/pulls?", "/pulls?state=open", "/pulls/12?", "/issues?", "/octo/hello/pulls?", "/__pipeline_summary__?",
            "/__org_repos__?",
        ]
        func fill() { for key in keys { tier.store(.sample(5), for: key) } }
        fill()
        #expect(Set(tier.versions.keys) == Set(keys))
        #expect(tier.remove(prefix: "/pulls") == 3)
        #expect(tier.remove(prefix: "/pulls") == 0)
        #expect(Set(tier.versions.keys) == Set(keys[3...]))
        #expect(tier.remove(prefix: "/") == 2)
        #expect(Set(tier.versions.keys) == Set(keys[5...]))
        #expect(tier.remove(prefix: "/__pipeline_summary__") == 1)
        #expect(Set(tier.versions.keys) == ["/__org_repos__?"])
        fill()
        #expect(tier.removeAll() == keys.count)
        #expect(tier.count == 0)
        #expect(tier.bytes == 0)
    }

    @Test("Directory and files are the group's, whatever the umask")
    func permissions() throws {
        tier.store(.sample(5), for: "/pulls?")
        #expect(TierFixture.mode(fixture.path) == 0o2770)
        #expect(try TierFixture.mode(fixture.onlyFile()) == 0o660)
    }

    @Test("A directory that is there keeps the permissions that it has")
    func given() throws {
        #expect(mkdir(fixture.path, 0o700) == 0)
        tier.store(.sample(5), for: "/pulls?")
        #expect(tier.count == 1)
        #expect(TierFixture.mode(fixture.path) == 0o700)
    }

    @Test("A directory that is taken away is made again")
    func taken() throws {
        tier.store(.sample(5), for: "/pulls?")
        try FileManager.default.removeItem(atPath: fixture.path)
        #expect(tier.entry(for: "/pulls?") == nil)
        tier.store(.sample(6), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(6))
    }

    @Test("A damaged file is no entry, and is replaced")
    func damaged() throws {
        tier.store(.sample(5), for: "/pulls?")
        let path = try fixture.onlyFile()
        for count in [off_t(60), 3, 0] {
            #expect(truncate(path, count) == 0)
            #expect(tier.entry(for: "/pulls?") == nil)
        }
        #expect(tier.versions.isEmpty)
        #expect(tier.remove(prefix: "/") == 0)
        tier.store(.sample(6), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(6))
        #expect(try fixture.onlyFile() == path)
    }

    @Test("An entry under another's name is none")
    func exchanged() throws {
        tier.store(.sample(5), for: "/pulls?")
        let path = try fixture.onlyFile()
        tier.store(.sample(6), for: "/issues?")
        let other = try #require(try fixture.names().map { "\(fixture.path)/\($0)" }.first { $0 != path })
        #expect(rename(path, other) == 0)
        #expect(tier.entry(for: "/issues?") == nil)
        #expect(tier.versions.isEmpty)
    }

    @Test("Links are not followed, and go when they are in the way; neither are pipes waited for")
    func links() throws {
        tier.store(.sample(5), for: "/pulls?")
        let path = try fixture.onlyFile()
        let outside = fixture.directory.file("outside")
        #expect(rename(path, outside) == 0)
        #expect(symlink(outside, path) == 0)
        #expect(tier.entry(for: "/pulls?") == nil)
        #expect(tier.versions.isEmpty)
        tier.store(.sample(6), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(6))
        #expect(
            try CacheFile.entry(Array(Data(contentsOf: URL(fileURLWithPath: outside))), for: "/pulls?") == .sample(5))

        #expect(symlink(outside, "\(fixture.path)/unfinished") == 0)
        tier.store(.sample(7), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(7))
        #expect(
            try CacheFile.entry(Array(Data(contentsOf: URL(fileURLWithPath: outside))), for: "/pulls?") == .sample(5))

        #expect(unlink(path) == 0)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(tier.entry(for: "/pulls?") == nil)
        tier.store(.sample(8), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(8))
    }

    @Test("An empty directory in an entry's place is cleared away; one with something in it stays")
    func directories() throws {
        tier.store(.sample(5), for: "/pulls?")
        let path = try fixture.onlyFile()
        #expect(unlink(path) == 0)
        #expect(mkdir(path, 0o700) == 0)
        #expect(tier.entry(for: "/pulls?") == nil)
        tier.store(.sample(6), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(6))

        #expect(unlink(path) == 0)
        #expect(mkdir(path, 0o700) == 0)
        #expect(mkdir(path + "/x", 0o700) == 0)
        tier.store(.sample(7), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == nil)
        #expect(try fixture.names().count == 1)
    }

    @Test("Others' files are let alone, but for what a writer left who died")
    func others() throws {
        tier.store(.sample(5), for: "/pulls?")
        for name in ["README", "unfinished"] { #expect(symlink("/nowhere", "\(fixture.path)/\(name)") == 0) }
        #expect(tier.count == 1)
        #expect(tier.remove(prefix: "/") == 1)
        tier.store(.sample(6), for: "/pulls?")
        #expect(tier.removeAll() == 1)
        #expect(try fixture.names() == ["README"])
    }
}
