import CHiredis

/// A reply of the store (RESP2).
public enum Reply: Sendable, Equatable {
    /// A simple string, such as `OK`.
    case status(String)
    /// An integer.
    case integer(Int64)
    /// A bulk string: any bytes.
    case bytes([UInt8])
    /// An array.
    case array([Reply])
    /// Nothing.
    case null
    /// An error, as a member of an array or of a pipeline.
    case error(String)

    init(_ reply: UnsafePointer<redisReply>) {
        let value = reply.pointee
        func text() -> String {
            guard let start = value.str else { return "" }
            return String(
                decoding: UnsafeRawBufferPointer(start: start, count: Int(value.len)), as: UTF8.self)
        }
        switch value.type {
        case REDIS_REPLY_STATUS: self = .status(text())
        case REDIS_REPLY_ERROR: self = .error(text())
        case REDIS_REPLY_INTEGER: self = .integer(value.integer)
        case REDIS_REPLY_STRING:
            guard let start = value.str else {
                self = .bytes([])
                return
            }
            self = .bytes(Array(UnsafeRawBufferPointer(start: start, count: Int(value.len))))
        case REDIS_REPLY_ARRAY:
            self = .array(
                (0..<Int(value.elements)).map { index in
                    guard let element = value.element[index] else { return .null }
                    return Reply(element)
                })
        default: self = .null
        }
    }

    /// The reply as text; nil for what is neither string nor number.
    public var string: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        case .array, .null, .error: nil
        }
    }

    /// The reply as a number, whether sent as one or as text.
    public var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .status, .bytes: string.flatMap { Int64($0) }
        case .array, .null, .error: nil
        }
    }

    /// The bytes of a bulk string.
    public var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The members of an array; of anything else none.
    public var array: [Reply] {
        if case .array(let members) = self { members } else { [] }
    }

    /// The time that a server tells (TIME), in microseconds since the epoch; nil for what no clock shows.
    public var time: Int64? {
        let parts = array
        guard parts.count == 2, let seconds = parts[0].integer, let microseconds = parts[1].integer,
            (0..<Self.endOfTime).contains(seconds), (0..<1_000_000).contains(microseconds)
        else { return nil }
        return seconds * 1_000_000 + microseconds
    }

    /// The year 10,000, in seconds since the epoch.
    private static let endOfTime: Int64 = 253_402_300_800

    /// An array of names and values, such as HGETALL's, as a dictionary.
    public var dictionary: [String: Reply] {
        let members = array
        var result: [String: Reply] = [:]
        for index in stride(from: 0, to: members.count - 1, by: 2) {
            if let name = members[index].string { result[name] = members[index + 1] }
        }
        return result
    }
}
