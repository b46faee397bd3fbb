import Essentials
import Logging

/// Writes a log line as it is kept: a JSON object without its opening brace, so that the store can put the id in front.
struct LineWriter {
    private var json: JSONWriter

    /// Begins a line; without a level it is one for a span alone.
    init(time: Timestamp, level: Logger.Level?, message: String) {
        json = JSONWriter(capacity: 512)
        json.member("time", time)
        if let level { json.member("level", level.rawValue) }
        json.member("msg", message)
    }

    mutating func member(_ name: StaticString, _ value: String?) { json.member(name, value) }
    mutating func member(_ name: StaticString, _ value: Int?) { json.member(name, value) }
    mutating func member(_ name: StaticString, _ value: Bool?) { json.member(name, value) }

    mutating func member(_ name: StaticString, microseconds: UInt64) {
        json.member(name, microseconds: microseconds)
    }

    mutating func member(_ name: String, _ value: String) {
        json.key(name)
        json.string(value)
    }

    mutating func member(_ name: StaticString, _ values: [String]) {
        json.key(name)
        json.array { array in
            for value in values { array.string(value) }
        }
    }

    /// The line, closing brace included.
    var bytes: [UInt8] { json.bytes + [UInt8(ascii: "}")] }
}

extension JSONWriter {
    /// A time with microseconds.
    mutating func member(_ name: StaticString, _ time: Timestamp) {
        var stamp: [UInt8] = [UInt8(ascii: "\"")]
        stamp.reserveCapacity(28)
        time.write(to: &stamp, fraction: true)
        stamp.append(UInt8(ascii: "\""))
        key(name)
        raw(stamp)
    }

    /// A duration in milliseconds with three decimals.
    mutating func member(_ name: StaticString, microseconds: UInt64) {
        key(name)
        var text: [UInt8] = []
        text.append(decimal: Int64(microseconds / 1000))
        text.append(UInt8(ascii: "."))
        text.append(decimal: Int64(microseconds % 1000), width: 3)
        raw(text)
    }
}
