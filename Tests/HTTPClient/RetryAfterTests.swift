import Essentials
import HTTPClient
import HTTPTypes
import Testing

/// When a server wants to be asked again.
@Suite struct RetryAfterTests {
    private static func wait(_ value: String?, at now: String = "2026-02-21T10:13:00Z") throws -> Int64? {
        let answer = HTTPCall.Answer(
            status: .serviceUnavailable, fields: value.map { [.retryAfter: $0] } ?? [:], body: [], microseconds: 0)
        return answer.retryAfter(now: try #require(Timestamp(rfc3339: now)))
    }

    @Test func secondsAreCounted() throws {
        #expect(try Self.wait("0") == 0)
        #expect(try Self.wait("120") == 120_000)
        #expect(try Self.wait("9223372036854775807") == 3_155_760_000_000)
    }

    @Test(arguments: [
        "Sat, 21 Feb 2026 10:14:30 GMT", "Saturday, 21-Feb-26 10:14:30 GMT", "Sat Feb 21 10:14:30 2026",
    ])
    func datesOfEveryFormAreUnderstood(_ date: String) throws {
        #expect(try Self.wait(date) == 90_000)
        #expect(try Self.wait(date, at: "2026-02-21T10:14:31Z") == 0)
    }

    @Test(arguments: ["", "soon", "-1", "1.5", "99999999999999999999", nil])
    func otherValuesSayNothing(_ value: String?) throws {
        #expect(try Self.wait(value) == nil)
    }
}
