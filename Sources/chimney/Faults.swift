import Essentials
import FastCGI
import Web

import Glibc

/// Routes that break on purpose, for rehearsing what an installation does about it. There only with `CHIMNEY_FAULTS=true`.
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
        ]
    }

    private struct Failure: Error {}

    @inline(never)
    private static func depth(_ level: Int) -> Int {
        var room = (level, level, level, level)
        return withUnsafeMutablePointer(to: &room) { depth(level + 1) + $0.pointee.3 }
    }
}
