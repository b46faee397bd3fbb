import Dragonfly
import Essentials
import FastCGI
import Logging
import Telemetry
import Web

/// The log ring as it can be asked for.
enum LogRoutes {
    /// The ring as streams have it: a line ranks by its level.
    private static let ring = Ring(key: TelemetryKeys.log, bound: Recorder.ringBound) { line in
        RingEntry(line).map { Ring.Entry(id: $0.id, rank: rank($0.level ?? .trace), line: line) }
    }

    private static func rank(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }

    /// The lines of the ring as they come: at least of a level.
    static func stream(_ request: Request, _ context: Context) throws -> Response {
        try context.stream(ring, from: try level(context.query).map(rank) ?? 0, to: request)
    }

    /// Lines of the ring, newest last: at least of a level, of one request, or after an id.
    static func list(_ request: Request, _ context: Context) throws -> Response {
        let limit = try context.query.integer("limit", default: 100, in: 1...Recorder.ringBound)
        let since = try context.query.integer("since", default: 0, in: 0...Int.max)
        let level = try level(context.query)
        let requestID = context.query["request_id"]
        let isFiltered = since > 0 || level != nil || requestID != nil
        let last = isFiltered ? Recorder.ringBound - 1 : limit - 1
        let reply = try context.store.run(
            Command("LRANGE", context.store.key(TelemetryKeys.log), "0", String(last)))
        var lines = reply.array.compactMap(\.bytes)
        if isFiltered {
            let mark = requestID.map { id in
                Array(JSONWriter.object { $0.member("request_id", id) }.dropFirst().dropLast())
            }
            lines = lines.filter { line in
                guard let head = RingEntry(line) else { return false }
                if head.id <= since { return false }
                if let level, head.level ?? .trace < level { return false }
                if let mark, !line.contains(mark) { return false }
                return true
            }
        }
        return .json(
            JSONWriter.object(capacity: 64 * 1024) { json in
                json.key("lines")
                json.array { list in
                    // After an id the oldest that follow it, so that who asks again and again misses none.
                    let shown = since > 0 ? lines.suffix(limit) : lines.prefix(limit)
                    for line in shown.reversed() { list.raw(line) }
                }
            })
    }

    /// The newest lines of Caddy's access log, of every origin, newest last.
    static func listCaddy(_ request: Request, _ context: Context) throws -> Response {
        let limit = try context.query.integer("limit", default: 200, in: 1...CaddyLogRing.bound)
        let reply = try context.store.run(
            Command("LRANGE", context.store.key(CaddyLogRing.key), "0", String(limit - 1)))
        return .json(
            JSONWriter.object(capacity: 64 * 1024) { json in
                json.key("lines")
                json.array { list in
                    for line in reply.array.compactMap(\.bytes).reversed() { list.raw(line) }
                }
            })
    }

    private static func level(_ query: Query) throws(Problem) -> Logger.Level? {
        guard let name = query["level"] else { return nil }
        guard let level = Logger.Level(name: name) else {
            throw .badRequest("Set level to one of \(Logger.Level.names).")
        }
        return level
    }
}
