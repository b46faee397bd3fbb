import Essentials
import Foundation
import TestSupport
import Testing

@testable import GitHub

/// The memory tier under several processes at once. Threads stand for them: each opens the directory for itself.
@Suite struct MemoryTierConcurrencyTests {
    private let fixture: TierFixture

    init() throws { fixture = try TierFixture() }

    /// An entry whose bytes are all the same, so that two halves would not fit together.
    private static func uniform(_ number: Int) -> CacheEntry {
        .sample(Int64(number), body: [UInt8](repeating: UInt8(number % 251), count: 2000 + number * 37 % 60_000))
    }

    @Test("However many write, readers see whole entries, and never more than fit", .timeLimit(.minutes(2)))
    func crowd() throws {
        let problems = Problems()
        let fixture = fixture
        DispatchQueue.concurrentPerform(iterations: 12) { thread in
            let tier = fixture.tier
            for round in 0..<120 {
                if thread < 8 {
                    // Keys of its own, and keys that all write.
                    let number = round % 3 == 0 ? round : 1000 + thread * 120 + round
                    tier.store(Self.uniform(number), for: "/\(number)?")
                    if round % 40 == 39 { tier.remove(prefix: "/1\(thread)") }
                } else {
                    for number in [round, 1000 + round * 8] {
                        guard let entry = tier.entry(for: "/\(number)?") else { continue }
                        if entry != Self.uniform(number) { problems.add("/\(number)? is half another") }
                    }
                    if tier.count > MemoryTier.entryLimit { problems.add("\(tier.count) entries") }
                }
            }
        }
        #expect(problems.all.isEmpty)
        let tier = fixture.tier
        #expect((1...MemoryTier.entryLimit).contains(tier.count))
        #expect(try fixture.names().count == tier.versions.count)
        for key in tier.versions.keys {
            let number = try #require(Int(key.dropFirst().dropLast()))
            #expect(tier.entry(for: key) == Self.uniform(number))
        }
    }

    @Test("Writers at the bounds keep them together", .timeLimit(.minutes(2)))
    func bounds() throws {
        let problems = Problems()
        let fixture = fixture
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            let tier = fixture.tier
            for round in 0..<20 {
                let body = [UInt8](repeating: UInt8(thread), count: 2 << 20)
                tier.store(.sample(Int64(round), body: body), for: "/\(thread)/\(round)?")
                let bytes = tier.bytes
                if bytes > MemoryTier.byteLimit { problems.add("\(bytes) bytes") }
            }
        }
        #expect(problems.all.isEmpty)
        #expect((1...31).contains(fixture.tier.count))
    }

    @Test("A process that hangs with the lock keeps others from writing, not from reading, and loses it with its life")
    func hanging() throws {
        let tier = fixture.tier
        tier.store(.sample(5), for: "/pulls?")
        tier.store(.sample(5), for: "/issues?")
        let holder = try ChildProcess("flock", ["--no-fork", fixture.path, "sleep", "600"])
        let isHeld = try eventually {
            let directory = try CacheDirectory(fixture.path, isMade: false)
            return (try? directory.lock()) == nil
        }
        #expect(isHeld)
        let log = LogCollector()
        let other = MemoryTier(directory: fixture.path, log: log.logger)
        #expect(other.entry(for: "/pulls?") == .sample(5))
        // What is outdated is not there rather than outdated.
        other.store(.sample(6), for: "/pulls?")
        #expect(other.entry(for: "/pulls?") == nil)
        #expect(other.remove(prefix: "/issues") == 1)
        #expect(log.messages.count == 1)
        holder.killNow()
        #expect(
            eventually {
                other.store(.sample(7), for: "/pulls?")
                return other.entry(for: "/pulls?") == .sample(7)
            })
    }

    private final class Problems: @unchecked Sendable {
        private let lock = NSLock()
        private var found: [String] = []

        var all: [String] { lock.withLock { found } }

        func add(_ problem: String) { lock.withLock { found.append(problem) } }
    }
}
