import Essentials
import Foundation
import TestSupport
import Testing

@testable import GitHub

/// How much the memory tier holds, and what it does where it cannot hold anything.
@Suite struct MemoryTierLimitTests {
    private let fixture: TierFixture
    private let tier: MemoryTier

    init() throws {
        fixture = try TierFixture()
        tier = fixture.tier
    }

    @Test("Of more than 500 entries the oldest go, by what GitHub was heard of last")
    func entries() {
        // The oldest are neither the first that were stored nor the first by name.
        for number in 0..<500 { tier.store(.sample(Int64(1000 + (number + 250) % 500)), for: "/\(number)?") }
        #expect(tier.count == 500)
        // An entry that is replaced takes nobody's place.
        tier.store(.sample(1000, missingAt: 5000), for: "/250?")
        #expect(tier.count == 500)
        tier.store(.sample(2000), for: "/a?")
        #expect(tier.entry(for: "/251?") == nil)
        #expect(tier.entry(for: "/252?") != nil)
        tier.store(.missing(2001), for: "/b?")
        #expect(tier.count == 500)
        #expect(tier.entry(for: "/252?") == nil)
        #expect(tier.entry(for: "/253?") != nil)
        #expect(tier.entry(for: "/250?") != nil)
        #expect(tier.entry(for: "/b?") == .missing(2001))
    }

    @Test("Of more than 64 MiB the oldest go, as many as it takes")
    func bytes() {
        let body = [UInt8](repeating: 0x78, count: 1 << 20)
        for number in 0..<70 { tier.store(.sample(Int64(1000 + number), body: body), for: "/\(number)?") }
        #expect(tier.count == 63)
        #expect(tier.bytes <= 64 << 20)
        #expect(tier.entry(for: "/6?") == nil)
        #expect(tier.entry(for: "/7?") == .sample(1007, body: body))
        let large = [UInt8](repeating: 0x79, count: 10 << 20)
        tier.store(.sample(2000, body: large), for: "/large?")
        #expect(Set(tier.versions.keys) == Set((17...69).map { "/\($0)?" } + ["/large?"]))
        #expect(tier.bytes <= 64 << 20)
        #expect(tier.entry(for: "/large?") == .sample(2000, body: large))
    }

    @Test("What is larger than all of it is not kept, and neither is what it has replaced; the rest stays")
    func tooLarge() {
        tier.store(.sample(5), for: "/pulls?")
        tier.store(.sample(5), for: "/large?")
        tier.store(.sample(6, body: [UInt8](repeating: 0x78, count: 64 << 20)), for: "/large?")
        #expect(tier.entry(for: "/large?") == nil)
        #expect(tier.entry(for: "/pulls?") == .sample(5))
        let long = "/" + String(repeating: "k", count: CacheFile.keyLimit)
        tier.store(.sample(5), for: long)
        #expect(tier.count == 1)
    }

    @Test("A directory that cannot be used holds nothing, and is complained of once")
    func unusable() throws {
        let file = try fixture.directory.write("file", "")
        for path in ["\(file)/cache", file, "/proc/self", "\(fixture.path)/of/nobody"] {
            let log = LogCollector()
            let tier = MemoryTier(directory: path, log: log.logger)
            for _ in 0..<2 {
                tier.store(.sample(5), for: "/pulls?")
                #expect(tier.entry(for: "/pulls?") == nil)
                #expect(tier.version(of: "/pulls?") == nil)
                #expect(!tier.remove("/pulls?"))
                #expect(tier.remove(prefix: "/") == 0)
                #expect(tier.removeAll() == 0)
                #expect(tier.count == 0)
                #expect(tier.bytes == 0)
                #expect(tier.versions.isEmpty)
            }
            #expect(log.messages.count == 1)
            #expect(log.messages.first?.contains(path) == true)
            #expect(log.messages.first?.contains("CHIMNEY_CACHE_DIR") == true)
        }
    }

    @Test("A directory that is not there yet is no reason to complain")
    func absent() {
        let log = LogCollector()
        let tier = MemoryTier(directory: fixture.path, log: log.logger)
        #expect(tier.entry(for: "/pulls?") == nil)
        #expect(tier.removeAll() == 0)
        #expect(log.messages.isEmpty)
    }

    @Test("Where a small file system is full, the oldest make room", .enabled(if: SmallFileSystem.isPossible))
    func small() throws {
        let disk = try SmallFileSystem(options: "size=1m")
        let tier = MemoryTier(directory: disk.path + "/cache")
        let body = [UInt8](repeating: 0x78, count: 150_000)
        for number in 0..<10 { tier.store(.sample(Int64(number), body: body), for: "/\(number)?") }
        #expect((4...6).contains(tier.count))
        #expect(tier.entry(for: "/9?") == .sample(9, body: body))
        #expect(tier.entry(for: "/0?") == nil)
        let large = [UInt8](repeating: 0x79, count: 700_000)
        let before = tier.versions.keys.sorted()
        tier.store(.sample(20, body: large), for: "/large?")
        let rest = tier.versions.keys.sorted().dropLast()
        #expect(tier.entry(for: "/large?") == .sample(20, body: large))
        #expect(!rest.isEmpty && rest.count < before.count && rest == before.suffix(rest.count))
        // Twice it does not fit: at last the one before it goes as well.
        tier.store(.sample(21, body: large), for: "/large?")
        #expect(tier.versions.keys.sorted() == ["/large?"])
        #expect(tier.entry(for: "/large?") == .sample(21, body: large))
        // What does not fit at all is not kept.
        tier.store(.sample(22, body: large + large), for: "/large?")
        #expect(tier.entry(for: "/large?") == nil)
    }

    @Test("Nothing is read where nothing can be taken away", .enabled(if: SmallFileSystem.isPossible))
    func readOnly() throws {
        let disk = try SmallFileSystem(options: "size=1m")
        let log = LogCollector()
        let tier = MemoryTier(directory: disk.path, log: log.logger)
        tier.store(.sample(5), for: "/pulls?")
        #expect(tier.entry(for: "/pulls?") == .sample(5))
        try disk.remount("ro")
        #expect(tier.entry(for: "/pulls?") == nil)
        tier.store(.sample(6), for: "/pulls?")
        #expect(tier.count == 0)
        #expect(log.messages.count == 1)
        try disk.remount("rw")
        #expect(tier.entry(for: "/pulls?") == .sample(5))
    }
}
