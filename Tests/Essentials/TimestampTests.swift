import Essentials
import Testing

@Suite struct TimestampTests {
    @Test("What has passed is no time away, and what is far off is so long")
    func untilDeadline() {
        #expect(MonotonicClock.milliseconds(until: 0) == 0)
        #expect(MonotonicClock.milliseconds(until: MonotonicClock.microseconds) == 0)
        let left = MonotonicClock.milliseconds(until: MonotonicClock.microseconds + 5_500_000_000)
        #expect((5_000_000...5_500_000).contains(left))
        #expect(MonotonicClock.milliseconds(until: .max) > 1 << 53)
    }

    @Test(
        "However far off a time is, there is a deadline for it: now at the least, in a year at the most",
        arguments: [(.min, 0), (0, 0), (.max, 365 * 86_400_000_000)] as [(Int64, UInt64)])
    func deadline(milliseconds: Int64, away: UInt64) {
        let before = MonotonicClock.microseconds
        let deadline = Timestamp(milliseconds: milliseconds).deadline
        #expect((before + away...MonotonicClock.microseconds + away).contains(deadline))
    }

    @Test(
        "RFC 3339 times, with any offset and fraction",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-02-21T10:13:00Z", 1_771_668_780_000),
            ("2026-02-21t10:13:00z", 1_771_668_780_000),
            ("2026-02-21 10:13:00Z", 1_771_668_780_000),
            ("2026-02-21T10:13:00.5Z", 1_771_668_780_500),
            ("2026-02-21T10:13:00.25Z", 1_771_668_780_250),
            ("2026-02-21T10:13:00.001Z", 1_771_668_780_001),
            ("2026-02-21T10:13:00.0009999Z", 1_771_668_780_000),
            ("2026-02-21T10:13:00.123456789012Z", 1_771_668_780_123),
            ("2026-02-21T11:13:00+01:00", 1_771_668_780_000),
            ("2026-02-21T05:43:00-04:30", 1_771_668_780_000),
            ("2026-02-21T10:13:00-00:00", 1_771_668_780_000),
            ("2026-02-22T09:58:00.75+23:45", 1_771_668_780_750),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("1969-12-31T23:59:59.250Z", -750),
            ("2016-12-31T23:59:60Z", 1_483_228_800_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] as [(String, Int64)])
    func parse(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "Anything else is no time",
        arguments: [
            "", " ", "now", "2026", "2026-02-21", "2026-02-21T10:13:00", "2026-02-21T10:13Z", "1771668780",
            "2026-02-21T10:13:00+0100", "2026-02-21T10:13:00+01", "2026-02-21T10:13:00+01:0", "2026-02-21T10:13:00 Z",
            "2026-02-21T10:13:00.Z", "2026-02-21T10:13:00,5Z", "2026-02-21T10:13:00ZZ", "2026-02-21T10:13:00Z ",
            " 2026-02-21T10:13:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
            "2026-01-32T00:00:00Z", "2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
            "2026-02-21T24:00:00Z", "2026-02-21T10:60:00Z", "2026-02-21T10:13:61Z", "2026-02-21T10:13:00+24:00",
            "2026-02-21T10:13:00+01:60", "2026/02/21T10:13:00Z", "2026-02-21X10:13:00Z", "-026-02-21T10:13:00Z",
            "+026-02-21T10:13:00Z", "20a6-02-21T10:13:00Z", "２０２６-02-21T10:13:00Z", "2026-02-21T10:13:00.5",
            "2026-02-21T10:13:00.123456789012345678901234567890Z", "12026-02-21T10:13:00Z",
            "2026-02-21T10:13:00\u{0}Z", "2026-02-21T10:13:00.5x",
        ])
    func rubbish(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "Written in UTC, with a fraction only where there is one",
        arguments: [
            (0, "1970-01-01T00:00:00Z"),
            (1_771_668_780_000, "2026-02-21T10:13:00Z"),
            (1_771_668_780_250, "2026-02-21T10:13:00.250Z"),
            (1_771_668_780_007, "2026-02-21T10:13:00.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-1000, "1969-12-31T23:59:59Z"),
            (951_825_600_000, "2000-02-29T12:00:00Z"),
        ] as [(Int64, String)])
    func format(milliseconds: Int64, expected: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == expected)
    }

    @Test(
        "What can be parsed can be written, and parsed again to the same",
        arguments: [
            "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0999-06-15T12:30:30.5Z", "9999-12-31T23:59:59.999Z",
            "2016-12-31T23:59:60Z", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
        ])
    func roundTrip(text: String) throws {
        guard let time = Timestamp(rfc3339: text) else { return }
        #expect(Timestamp(rfc3339: time.rfc3339) == time, "written as \(time.rfc3339)")
    }

    @Test("The fraction can be asked for or left out")
    func fraction() {
        var text: [UInt8] = []
        Timestamp(milliseconds: 5).write(to: &text, fraction: true)
        Timestamp(milliseconds: 1000).write(to: &text, fraction: true)
        Timestamp(milliseconds: 1999).write(to: &text, fraction: false)
        #expect(
            String(decoding: text, as: UTF8.self)
                == "1970-01-01T00:00:00.005Z1970-01-01T00:00:01.000Z1970-01-01T00:00:01Z")
    }

    @Test(
        "Whole seconds are rounded towards the past",
        arguments: [(0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2)] as [(Int64, Int64)])
    func seconds(milliseconds: Int64, seconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.seconds == seconds)
        #expect(time.wholeSeconds.milliseconds == seconds * 1000)
    }

    @Test("Times are ordered and can be moved")
    func order() {
        let time = Timestamp(milliseconds: 10)
        #expect(time < time.adding(milliseconds: 1))
        #expect(time.adding(milliseconds: -20).milliseconds == -10)
    }

    @Test("The clocks go on, and the system's is in this century")
    func clocks() {
        let before = MonotonicClock.microseconds
        let now = Timestamp.now
        #expect(now > Timestamp(milliseconds: 1_700_000_000_000))
        #expect(abs(Timestamp.microsecondsNow / 1000 - now.milliseconds) < 60_000)
        #expect(MonotonicClock.microseconds >= before)
    }
}
