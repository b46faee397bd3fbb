import Dragonfly
import Essentials
import FastCGI
import Telemetry
import Web

/// The event ring as it can be asked for.
enum EventRoutes {
    private static let ring = Ring(key: TelemetryKeys.events, bound: Recorder.eventBound, tellsOutages: true) { line in
        RingEntry(line).map { Ring.Entry(id: $0.id, type: $0.type, line: line) }
    }

    /// The events as they come, each by the name of its type.
    static func stream(_ request: Request, _ context: Context) throws -> Response {
        try context.stream(ring, to: request)
    }

    /// The newest events, newest last; of one type where one is named.
    static func list(_ request: Request, _ context: Context) throws -> Response {
        let limit = try context.query.integer("limit", default: 100, in: 1...Recorder.eventBound)
        let type = context.query["type"]
        let last = type == nil ? limit - 1 : Recorder.eventBound - 1
        let reply = try context.store.run(
            Command("LRANGE", context.store.key(TelemetryKeys.events), "0", String(last)))
        var events = reply.array.compactMap(\.bytes)
        if let type { events = events.filter { RingEntry($0)?.type == type } }
        return .json(
            JSONWriter.object(capacity: 32 * 1024) { json in
                json.key("events")
                json.array { list in
                    for event in events.prefix(limit).reversed() { list.raw(event) }
                }
            })
    }
}
