import Essentials

/// Writes an event as it is kept: a JSON object without its opening brace, so that the store can put the id in front.
enum EventWriter {
    static func event(_ type: EventType, at time: Timestamp, data: (inout JSONWriter) -> Void) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.member("time", time)
        json.member("type", type.name)
        json.key("data")
        json.object(data)
        return json.bytes + [UInt8(ascii: "}")]
    }
}
