import CCurl
import Essentials
import HTTPTypes

extension HTTPCall.Answer {
    /// How many milliseconds from `now` the server asks to be left alone by `Retry-After` (RFC 9110, section 10.2.3:
    /// seconds, or a date); 0 for a time that has passed, nil where it asks for nothing that can be understood.
    public func retryAfter(now: Timestamp = .now) -> Int64? {
        guard let value = fields[.retryAfter] else { return nil }
        if !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // More than a century is no time to wait for.
            return Int64(value).map { min($0, 3_155_760_000) * 1000 }
        }
        guard Library.problem == nil else { return nil }
        let time = chimney_curl_getdate(value)
        return time < 0 ? nil : max(0, Int64(time) * 1000 - now.milliseconds)
    }
}
