import Glibc

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch, leap seconds not counted.
    public var milliseconds: Int64

    /// The time so many milliseconds after the epoch.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The time by `SharedClock`.
    public static var now: Timestamp {
        Timestamp(milliseconds: microsecondsNow / 1000)
    }

    /// The same, in microseconds since the epoch.
    public static var microsecondsNow: Int64 { SharedClock.microseconds }

    /// This host's clock, in microseconds since the epoch.
    public static var microsecondsOfHost: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Whole seconds since the epoch.
    public var seconds: Int64 {
        milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
    }

    /// The same time without its fraction of a second.
    public var wholeSeconds: Timestamp {
        Timestamp(milliseconds: seconds * 1000)
    }

    /// When that will be, or is, in microseconds of the monotonic clock: in a year at most.
    public var deadline: UInt64 {
        let now = Timestamp.now.milliseconds
        let left = min(max(milliseconds, now), now + 365 * 86_400_000) - now
        return MonotonicClock.microseconds + UInt64(left) * 1000
    }

    /// An earlier or later time.
    public func adding(milliseconds delta: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + delta)
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// `2026-02-21T10:13:00Z`; with a fraction (`.250`) only where there is one.
    public var rfc3339: String {
        var text: [UInt8] = []
        write(to: &text, fraction: milliseconds % 1000 != 0)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the RFC 3339 form, with or without three digits of a fraction.
    public func write(to text: inout [UInt8], fraction: Bool) {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        text.append(decimal: Int64(parts.tm_year) + 1900, width: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: Int64(parts.tm_mon) + 1, width: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: Int64(parts.tm_mday), width: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: Int64(parts.tm_hour), width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: Int64(parts.tm_min), width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: Int64(parts.tm_sec), width: 2)
        if fraction {
            text.append(UInt8(ascii: "."))
            text.append(decimal: milliseconds - seconds * 1000, width: 3)
        }
        text.append(UInt8(ascii: "Z"))
    }

    /// The time that an RFC 3339 `date-time` names (section 5.6), any offset and fraction included; a fraction is cut
    /// to milliseconds, and a leap second counts as the second after it. Nil for anything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40 else { return nil }
        func number(_ start: Int, _ count: Int) -> Int? {
            var value = 0
            for index in start..<start + count {
                guard index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
                value = value * 10 + Int(bytes[index] - 0x30)
            }
            return value
        }
        guard let year = number(0, 4), bytes[4] == UInt8(ascii: "-"),
            let month = number(5, 2), bytes[7] == UInt8(ascii: "-"),
            let day = number(8, 2), [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
            let hour = number(11, 2), bytes[13] == UInt8(ascii: ":"),
            let minute = number(14, 2), bytes[16] == UInt8(ascii: ":"),
            let second = number(17, 2),
            (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }

        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == UInt8(ascii: ".") {
            at += 1
            let start = at
            var unit: Int64 = 100
            while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
                fraction += Int64(bytes[at] - 0x30) * unit
                unit /= 10
                at += 1
            }
            guard at > start else { return nil }
        }
        guard at < bytes.count else { return nil }
        var offset = 0
        if bytes[at] == UInt8(ascii: "Z") || bytes[at] == UInt8(ascii: "z") {
            guard at + 1 == bytes.count else { return nil }
        } else {
            guard bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-"), bytes.count == at + 6,
                let hours = number(at + 1, 2), bytes[at + 3] == UInt8(ascii: ":"), let minutes = number(at + 4, 2),
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[at] == UInt8(ascii: "+") ? 60 : -60)
        }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        let seconds = Int64(timegm(&parts)) - Int64(offset)
        // An offset may lead out of the years that have four digits.
        guard (-62_167_219_200...253_402_300_799).contains(seconds) else { return nil }
        milliseconds = seconds * 1000 + fraction
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// The monotonic clock, for durations: it does not jump when the system's time is set.
public enum MonotonicClock {
    /// Microseconds since some moment before the process started, the same for all processes of the host.
    public static var microseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }

    /// Milliseconds until a time of this clock; 0 where it has passed.
    public static func milliseconds(until deadline: UInt64) -> Int64 {
        let now = microseconds
        return deadline > now ? Int64((deadline - now) / 1000) : 0
    }
}
