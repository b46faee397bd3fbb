import Foundation
import TestSupport
import Testing

/// A deploy event to be posted, member by member as JSON text.
struct Event: Sendable, CustomTestStringConvertible {
    private var members: [(name: String, value: String)] = []

    /// One that every rule accepts, and no other event is the same as.
    init() {
        let sha = Event.freshSHA()
        members = [
            ("sha", "\"\(sha)\""), ("pr_number", "321"), ("pr_title", "\"blue/green deploy rewrite\""),
            ("slot", "\"blue\""), ("outcome", "\"success\""), ("duration_s", "47"),
            ("deployed_at", "\"2026-02-21T10:13:00Z\""), ("origin_ips", "[\"1.2.3.4\",\"5.6.7.8\"]"),
        ]
    }

    /// The same with a member of this JSON text; without it for nil.
    func with(_ name: String, _ value: String?) -> Event {
        var copy = self
        copy.members.removeAll { $0.name == name }
        if let value { copy.members.append((name, value)) }
        return copy
    }

    /// The same with these members.
    func with(_ changes: [String: String?]) -> Event {
        changes.sorted { $0.key < $1.key }.reduce(self) { $0.with($1.key, $1.value) }
    }

    /// The JSON text of a member.
    subscript(name: String) -> String? { members.first { $0.name == name }?.value }

    /// The commit.
    var commit: String { (self["sha"] ?? "").filter { $0 != "\"" } }

    /// The whole as JSON.
    var json: String { "{" + members.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}" }

    var testDescription: String { json.count < 200 ? json : "\(json.prefix(200))…" }

    /// 40 hexadecimal digits that were not there before.
    static func freshSHA() -> String {
        (0..<5).map { _ in
            let digits = String(UInt32.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }
}

/// A time as RFC 3339 writes it, so many seconds from now.
func time(in seconds: Double) -> String {
    Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
}

extension Origin {
    /// How many events the store has accepted.
    var storedTotal: Int {
        get throws { try Int(store.run("HGET", store.key("{deploys}:meta"), "total").integer ?? 0) }
    }

    /// How many events the ring holds.
    var ringLength: Int {
        get throws { try Int(store.run("LLEN", store.key("{deploys}")).integer ?? 0) }
    }

    /// The lines of the log ring that match a query.
    func logLines(_ query: String, _ fields: [(String, String)] = []) throws -> [JSON] {
        try get("/api/logs?" + query, fields).json.lines?.list ?? []
    }

    /// The process ids of the pool's workers: the same as before if none has died.
    var workers: Set<Int32> { Set(pool.workers) }
}
