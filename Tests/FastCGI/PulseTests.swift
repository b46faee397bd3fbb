import Testing

@testable import FastCGI

@Suite struct PulseTests {
    private static let second: UInt64 = 1_000_000
    private static let start: UInt64 = 7_000 * second

    @Test("Silence lasts from the look at which the beat was new")
    func silence() {
        var pulse = Pulse()
        for seconds in 0...40 {
            let now = Self.start + UInt64(seconds) * Self.second
            #expect(pulse.silence(after: 5, at: now) == UInt64(seconds) * Self.second)
        }
        #expect(pulse.silence(after: 6, at: Self.start + 41 * Self.second) == 0)
        #expect(pulse.silence(after: 6, at: Self.start + 42 * Self.second) == Self.second)
    }

    @Test("A process without beats is never silent")
    func beatless() {
        var pulse = Pulse()
        for seconds: UInt64 in 0...40 {
            #expect(pulse.silence(after: 0, at: Self.start + seconds * Self.second) == 0)
        }
    }

    @Test("What nobody watched is no silence")
    func unwatched() {
        var pulse = Pulse()
        _ = pulse.silence(after: 5, at: Self.start)
        #expect(pulse.silence(after: 5, at: Self.start + 4 * Self.second) == 4 * Self.second)
        #expect(pulse.silence(after: 5, at: Self.start + 3600 * Self.second) == 0)
        #expect(pulse.silence(after: 5, at: Self.start + 3601 * Self.second) == Self.second)
    }
}
