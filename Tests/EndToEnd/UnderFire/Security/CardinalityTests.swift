import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What strangers ask for makes nothing grow without a bound: neither series of the metrics, nor rings, nor keys of the store.
    @Suite struct CardinalityTests {
        /// Requests, no two of them alike in anything that could be counted or remembered by itself.
        private static func ask(_ origin: Origin, _ count: Int, _ round: Int) throws {
            let clients = 8
            try HTTPClient.concurrently(clients) { client in
                for index in stride(from: client, to: count, by: clients) {
                    let id = "\(round)-\(index)"
                    let fields = [
                        ("X-Forwarded-For", "10.\(round).\(index >> 8 & 255).\(index & 255)"), ("X-Request-ID", id),
                        ("Host", "h\(id)"),
                        ("Authorization", "Bearer t\(id)"), ("X-Organisation", "o\(id)"), ("User-Agent", "u\(id)"),
                        ("Idempotency-Key", id), ("Last-Event-ID", "\(index)"), ("If-None-Match", "\"\(id)\""),
                        ("X-GitHub-Event", "e\(id)"), ("X-GitHub-Delivery", id), ("Prefer", "p\(id)"),
                        ("Origin", "http://o\(id)"),
                    ]
                    let requests: [(String, String)] = [
                        ("GET", "/api/\(id)"), ("M\(index)", "/api/version"),
                        ("GET", "/api/github/\(id)?page=\(id)&ref=\(id)"),
                        ("GET", "/api/deploy/status?service=s\(id)"), ("GET", "/deploy/\(id)"),
                        ("GET", "/v1/deployments/\(id)"),
                        ("POST", "/v1/deployments"), ("POST", "/api/deploy/events"), ("POST", "/api/webhooks/github"),
                        ("POST", "/deploy"), ("GET", "/api/events/recent?type=t\(id)"), ("GET", "/hold/\(id)"),
                        ("GET", "/api/logs?request_id=\(id)"), ("POST", "/api/cache/invalidate"),
                    ]
                    let (method, path) = requests[index % requests.count]
                    let body: [UInt8]? = method == "POST" ? Array(#"{"service":"s\#(id)","sha":"\#(id)"}"#.utf8) : nil
                    let answer = try origin.http.patient.request(method, path, fields, body: body)
                    #expect(answer.status != 500, "\(method) \(path)")
                }
            }
        }

        /// What is kept for ever, each of it bounded.
        private static let rings = [("log", 1000), ("events", 500), ("caddy", 1000)]

        /// The kinds of keys that the store has besides, with how many there are of each, and how many of those stay for ever.
        private static func keys(_ origin: Origin) throws -> [String: (count: Int, lasting: Int)] {
            var kinds: [String: (count: Int, lasting: Int)] = [:]
            for key in try origin.store.keys() {
                // A number, a digest or a name of the request's stands for itself alone.
                let kind = String(key.dropFirst(origin.store.prefix.count)).replacing(
                    #/[0-9a-f]{8,}(-[0-9a-f]+)?|\/.*/#, with: "*")
                guard !rings.contains(where: { kind == "{telemetry}:\($0.0)" }) else { continue }
                let isLasting = try origin.store.run("PTTL", key).integer == -1
                let known = kinds[kind] ?? (0, 0)
                kinds[kind] = (known.count + 1, known.lasting + (isLasting ? 1 : 0))
            }
            return kinds
        }

        private static func series(_ origin: Origin) throws -> Set<String> {
            let lines = try origin.get("/metrics").text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            // Of a status there are five classes, and which of them have been seen is nobody's to say.
            return Set(
                lines.compactMap { $0.split(separator: " ").first?.replacing(#/status_class="\dxx"/#, with: "") }.map(
                    String.init))
        }

        @Test("Of all that strangers can vary there is no series more, no ring beyond its bound, and no key that stays")
        func strangers() async throws {
            let count = EndToEnd.UnderFire.count(700, long: 42_000)
            let settings = [
                "TRUSTED_PROXIES": "127.0.0.1", "WEBHOOK_SECRET": "call", "GITHUB_OIDC_ISSUER": "http://localhost:1",
            ]
            try await withGitHub(environment: settings) { origin, github throws in
                // What there is of each kind shows with the first of its kind.
                try Self.ask(origin, 14 * 8, 1)
                #expect(try eventually { try origin.logLines("limit=1000").count > 100 })
                _ = try Self.series(origin)
                let isCounted = try origin.metric(#"chimney_requests_total{route="/metrics",status_class="2xx"}"#) {
                    $0 > 0
                }
                #expect(isCounted)
                let before = (try Self.series(origin), try Self.keys(origin))
                try Self.ask(origin, count, 2)
                #expect(try eventually { try origin.logLines("request_id=2-\(count - 14)").count == 1 || count > 1000 })

                let series = try Self.series(origin)
                // One counter begins with its first sample, whose name is known before.
                #expect(series.subtracting(before.0) == [])
                #expect(series.count < 1000)
                for (ring, bound) in Self.rings {
                    let length = try origin.store.run("LLEN", origin.store.key("{telemetry}:\(ring)")).integer ?? 0
                    #expect(length <= bound, "\(ring)")
                }
                let counters = try origin.store.run("HKEYS", origin.store.key("{telemetry}:counters")).array.compactMap(
                    \.string)
                #expect(counters.allSatisfy { !$0.contains("2-") && !$0.contains("s1-") }, "\(counters)")

                let after = try Self.keys(origin)
                #expect(Set(after.keys).subtracting(before.1.keys) == [])
                for (kind, number) in after {
                    let known = before.1[kind] ?? (0, 0)
                    #expect(number.lasting <= known.lasting, "\(kind): \(known) → \(number)")
                }
                // Nor are there more of those that go by themselves than requests were made for.
                let total = after.values.reduce(0) { $0 + $1.count }
                #expect(total < count, "\(after)")
                // They all go soon: what lasts longer than a minute is the same as before.
                let slow = try origin.store.keys().filter {
                    (try? origin.store.run("PTTL", $0).integer ?? 0) ?? 0 > 61_000
                }
                let kinds = Set(slow.map { $0.dropFirst(origin.store.prefix.count).prefix { $0 != ":" } })
                #expect(kinds.isSubset(of: ["{telemetry}"]), "\(slow)")
            }
        }

        @Test(
            "A member of an organisation makes as much as the day allows, and what remembers requests goes with the day"
        )
        func members() async throws {
            try await withCallers(environment: ["QUEUE_DAILY_LIMIT": "5"]) { origin, callers in
                let token = try callers.workflow()
                func post(_ path: String, _ body: String, _ key: String) throws -> Int {
                    try origin.http.post(path, body, token: token, [("Idempotency-Key", key)]).status
                }
                var statuses: [Int] = []
                for index in 0..<20 {
                    let body = #"{"name":"shop-\#(index)","version":"1","provider":"gcp","type":"k8s"}"#
                    statuses.append(try post(Callers.path, body, "create-\(index)"))
                    // Nothing is remembered of what comes to nothing.
                    _ = try post("\(Callers.path)/claim", #"{"name":"none"}"#, "claim-\(index)")
                    _ = try post("\(Callers.path)/rollback?name=none-\(index)&provider=gcp", "", "rollback-\(index)")
                    _ = try post("\(Callers.path)/\(index)/rollback", "", "other-\(index)")
                }
                #expect(statuses.count { $0 == 201 } == 5)
                #expect(statuses.count { $0 == 429 } == 15)
                let keys = try origin.store.keys().filter { $0.contains(":idempotency:") }
                #expect(keys.count == 5)
                for key in keys { #expect((1...86_400_000).contains(try origin.store.run("PTTL", key).integer ?? -1)) }

                // A history forgets, but for how it began.
                let id = try #require(
                    try origin.get(Callers.path, [("Authorization", "Bearer \(token)")]).json.list.first?.id?.text)
                let fields = [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")]
                for index in 0..<150 {
                    let notes = Array(#"{"notes":"\#(index) \#(String(repeating: "n", count: 3900))"}"#.utf8)
                    #expect(
                        try origin.http.request("PATCH", "\(Callers.path)/\(id)", fields, body: notes).status == 200)
                }
                let history = try origin.get("\(Callers.path)/\(id)/history", [fields[0]])
                #expect(history.body.count < 256 << 10)
                #expect(try history.json.history?.list.count ?? 0 <= 100)
                #expect(
                    try origin.store.run("MEMORY", "USAGE", origin.store.key("queue:{acme}:history")).integer ?? 0 < 512
                        << 10)
            }
        }
    }
}
