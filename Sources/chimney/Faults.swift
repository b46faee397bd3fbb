import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Web

import Glibc

/// Routes that break on purpose, for rehearsing what an installation does about it. There only with
/// `CHIMNEY_FAULTS=true`.
enum Faults {
    static var routes: [Route] {
        [
            Route(.get, "/debug/trap") { request, _ in
                let numbers = [request.query.utf8.count]
                return .json(JSONWriter.object { $0.member("value", numbers[numbers[0] + 1]) })
            },
            Route(.get, "/debug/overflow") { request, _ in
                .json(JSONWriter.object { $0.member("depth", depth(request.query.utf8.count)) })
            },
            Route(.get, "/debug/fail") { _, _ in throw Failure() },
            Route(.get, "/debug/sleep") { _, context in
                let milliseconds = try context.query.integer("ms", default: 1000, in: 0...600_000)
                let end = MonotonicClock.microseconds + UInt64(milliseconds) * 1000
                // A signal wakes it early.
                while case let now = MonotonicClock.microseconds, now < end { usleep(UInt32(min(end - now, 500_000))) }
                return .json(JSONWriter.object { $0.member("slept_ms", milliseconds) })
            },
            Route(.get, "/debug/hold", handler: hold),
            Route(.post, "/debug/hold", handler: hold),
            Route(.post, "/debug/hold/finish", handler: finish),
        ]
    }

    /// Waits for an outcome that `/debug/hold/finish` leaves: everybody for the same one who gives the same name.
    private static func hold(_ request: Request, _ context: Context) throws -> Response {
        context.logger.debug("waits for an outcome")
        let milliseconds = try context.query.integer("ms", default: 1000, in: 0...600_000)
        let new = Hold(until: Timestamp.now.adding(milliseconds: Int64(milliseconds)))
        guard let key = key(context) else { return try context.outcome(of: new, for: request) }
        let arguments = [key, new.id, "NX", "PX", String(milliseconds + 60_000)].map { Array($0.utf8) }
        _ = try context.store.run(Command("SET", arguments))
        let id = try context.store.run(Command("GET", [Array(key.utf8)])).string
        return try context.outcome(of: id.flatMap { Hold(id: $0) } ?? new, for: request)
    }

    /// Leaves the outcome for a name: JSON with the header fields that are named and `size` bytes of padding, or with
    /// `failed` an error.
    private static func finish(_ request: Request, _ context: Context) throws -> Response {
        guard let key = key(context),
            let id = try context.store.run(Command("GET", [Array(key.utf8)])).string, let hold = Hold(id: id)
        else { throw Problem(.notFound, "Nobody waits for that name.") }
        if context.query["failed"] == nil {
            let size = try context.query.integer("size", default: 0, in: 0...10 << 20)
            let body = JSONWriter.object {
                $0.member("outcome", context.query["name"])
                guard size > 0 else { return }
                $0.key("padding")
                $0.raw([UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: size) + [UInt8(ascii: "\"")])
            }
            var outcome = Response.json(body)
            for (name, field) in fields { outcome.fields[field] = context.query[name] }
            try hold.finish(with: outcome, in: context.store)
        } else {
            try hold.finish(with: Problem(.badGateway, "It went wrong."), in: context.store)
        }
        return .json(JSONWriter.object { $0.member("id", hold.id) })
    }

    /// What the outcome can have besides, by the names in the query.
    private static let fields: [(String, HTTPField.Name)] = [
        ("etag", .eTag), ("cache", .cache), ("tier", .cacheTier), ("github_path", .githubPath),
        ("cache_control", .cacheControl),
    ]

    private static func key(_ context: Context) -> String? {
        context.query["name"].map { context.store.key("debug:hold:\($0)") }
    }

    private struct Failure: Error {}

    @inline(never)
    private static func depth(_ level: Int) -> Int {
        var room = (level, level, level, level)
        return withUnsafeMutablePointer(to: &room) { depth(level + 1) + $0.pointee.3 }
    }
}
