import TestSupport
import Testing

extension EndToEnd {
    /// No token, signature, cookie, client address or query value is in any log, event, span or metric.
    @Suite struct SecretTests {
        @Test func marksAreNowhere() async throws {
            try await withCollector(
                environment: [
                    "DEPLOY_TOKEN": "ci=mark-configured", "LOGS_TOKEN": "mark-reader", "LOG_LEVEL": "trace",
                    "TRUSTED_PROXIES": "127.0.0.1", "CHIMNEY_FAULTS": "true",
                ]
            ) { origin, collector in
                let fields = [
                    ("Cookie", "session=mark-cookie"), ("X-Hub-Signature-256", "sha256=mark-signature"),
                    ("Proxy-Authorization", "Basic mark-proxy"), ("X-Forwarded-For", "203.0.113.77"),
                    ("Referer", "https://dash.example/?x=mark-referer"), ("User-Agent", "mark-agent"),
                    ("Idempotency-Key", "mark-idempotency"),
                ]
                let wrong = ("Authorization", "Bearer mark-guessed")
                let paths = [
                    "/api/deploy/status?service=mark-query", "/api/deploy/events?limit=mark-query",
                    "/api/nothing?mark-query=mark-query", "/nothing?mark-query=1", "/api/logs?request_id=mark-query",
                    "/health?%ff=mark-query", "/debug/fail?mark-query", "/debug/trap?mark-query",
                    "/api/version?mark-query=1",
                ]
                for path in paths { _ = try origin.get(path, fields + [wrong]) }
                _ = try origin.http.post("/api/deploy/events?token=mark-query", Event().json, fields + [wrong])
                _ = try origin.http.post("/api/deploy/events", "{\"sha\":\"mark-body", token: "mark-configured", fields)
                _ = try origin.http.post("/api/deploy/events", Event().json, token: "mark-configured", fields)
                for _ in 0..<12 { _ = try origin.http.post("/api/deploy/events", "{}", token: "mark-guessed", fields) }
                _ = try origin.http.request("DELETE", "/api/deploy/events?mark-query", fields + [wrong])

                let reader = [("Authorization", "Bearer mark-reader")]
                let isLogged = try eventually {
                    try origin.logLines("limit=1000", reader).contains { $0.method == "DELETE" }
                }
                #expect(isLogged)
                let isExported = try eventually(within: 10) {
                    try collector.received.logs?.list.contains { $0.attributes?.method == "DELETE" } == true
                }
                #expect(isExported)
                origin.pool.stop()
                let received = try collector.received
                let exported = ["spans", "logs", "metrics"].flatMap { name in
                    (received[name]?.list ?? []).map { "exported \(name): \($0)" }
                }
                func ring(_ key: String) throws -> String {
                    try origin.store.run("LRANGE", origin.store.key(key), "0", "-1").array.compactMap(\.string)
                        .joined(separator: "\n")
                }
                let counters = try origin.store.run("HGETALL", origin.store.key("{telemetry}:counters"))
                for (name, log) in [
                    ("standard error", origin.pool.log), ("the log ring", try ring("{telemetry}:log")),
                    ("the event ring", try ring("{telemetry}:events")),
                    ("the collector", exported.joined(separator: "\n")),
                    ("the counters", "\(counters.dictionary.keys)"),
                ] {
                    #expect(!log.isEmpty, "\(name)")
                    for line in log.split(separator: "\n") where line.contains("mark-") || line.contains("203.0.113") {
                        Issue.record("\(name): \(line)")
                    }
                }
            }
        }

        @Test func theFrontEndLogsNoneOfItEither() async throws {
            try await withOrigin { origin in
                let fields = [
                    ("Authorization", "Bearer mark-guessed"), ("Cookie", "session=mark-cookie"),
                    ("X-Hub-Signature-256", "sha256=mark-signature"), ("X-Forwarded-For", "203.0.113.77"),
                ]
                _ = try origin.get("/nothing?token=mark-query", fields)
                origin.pool.stop()
                _ = try origin.http.post("/api/deploy/events?token=mark-query", "{}", fields)
                let log = origin.caddy.log
                let marks = ["mark-guessed", "mark-cookie", "mark-signature", "mark-query", "203.0.113.77"]
                #expect(marks.filter { log.contains($0) } == [])
            }
        }
    }
}
