import Agent
import Essentials
import HTTPClient
import HTTPTypes
import Testing

/// How long servers are left alone.
@Suite struct BackoffTests {
    @Test func pausesGrowToALimitAndVary() {
        var seen: Set<UInt64> = []
        for _ in 0..<200 {
            var backoff = Backoff(first: 100, limit: 1000)
            for limit in [100, 200, 400, 800, 1000, 1000, 1000] {
                let pause = backoff.fail()
                #expect((UInt64(limit) * 500...UInt64(limit) * 1000).contains(pause))
                seen.insert(pause)
            }
        }
        #expect(seen.count > 100)
    }

    @Test func aSuccessBeginsAnew() {
        var backoff = Backoff(first: 100, limit: 100_000)
        for _ in 0..<100 { _ = backoff.fail() }
        backoff.succeed()
        #expect(backoff.fail() <= 100_000)
    }

    @Test func whatTheServerAsksForIsGranted() {
        func pause(_ retryAfter: String) -> UInt64 {
            var backoff = Backoff(first: 100, limit: 1000)
            return backoff.fail(HTTPCall.Answer(status: .tooManyRequests, fields: [.retryAfter: retryAfter]))
        }
        #expect(pause("7") == 7_000_000)
        #expect(pause("0") <= 100_000)
        #expect(pause("no idea") <= 100_000)
        #expect(pause("999999999") == 3_600_000_000, "no server is left alone for longer than an hour")
    }
}
