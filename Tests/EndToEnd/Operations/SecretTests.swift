import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// No token, signature, cookie, client address or query value is in any log, event, span or metric.
    @Suite struct SecretTests {
        @Test("Nothing that a client means to keep to itself is in a log, an event, a span, a metric or the store")
        func marksAreNowhere() async throws {
            let directory = try TemporaryDirectory()
            let accessLog = directory.file("access.log")
            try await withCollector(
                environment: [
                    "DEPLOY_TOKEN": "ci=mark-configured", "LOGS_TOKEN": "mark-reader", "ADMIN_TOKEN": "mark-admin",
                    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=mark-otlp", "LOG_LEVEL": "trace",
                    "TRUSTED_PROXIES": "127.0.0.1", "CHIMNEY_FAULTS": "true", "CADDY_ACCESS_LOG": accessLog,
                ], caddy: ["CADDY_IMPORT": "chimney_access_log \(accessLog)"]
            ) { origin, collector in
                let fields = [
                    ("Cookie", "session=mark-cookie"), ("X-Hub-Signature-256", "sha256=mark-signature"),
                    ("Proxy-Authorization", "Basic mark-proxy"), ("X-Forwarded-For", "203.0.113.77"),
                    ("Referer", "https://dash.example/?x=mark-referer"), ("User-Agent", "mark-agent"),
                    ("Idempotency-Key", "mark-idempotency"), ("Last-Event-ID", "mark-event"),
                    ("tracestate", "vendor=mark-state"), ("If-None-Match", "\"mark-etag\""),
                ]
                let wrong = ("Authorization", "Bearer mark-guessed")
                let paths = [
                    "/api/deploy/status?service=mark-query", "/api/deploy/events?limit=mark-query",
                    "/api/nothing?mark-query=mark-query", "/nothing?mark-query=1", "/api/logs?request_id=mark-query",
                    "/health?%ff=mark-query", "/debug/fail?mark-query", "/debug/trap?mark-query",
                    "/api/version?mark-query=1", "/api/events/recent?type=mark-query", "/api/events?mark=mark-query",
                    "/api/logs/stream?level=mark-query", "/api/log-level?mark-query",
                    "/api/logs/caddy?limit=mark-query",
                    "/hold/some-hold?mark-query",
                ]
                for path in paths where !path.hasPrefix("/api/events?") {
                    _ = try origin.get(path, fields + [wrong])
                }
                // A worker answers a stream in parts, and ends.
                _ = try origin.pool.fastCGI.request(
                    "GET", "/api/events", variables: ["QUERY_STRING": "mark=mark-query"])
                _ = try origin.http.post("/api/log-level", #"{"level":"mark-level"}"#, token: "mark-admin", fields)
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
                let isFollowed = try eventually {
                    try origin.get("/api/logs/caddy?limit=1000", reader).json.lines?.list.contains { line in
                        line.method == "DELETE"
                    } == true
                }
                #expect(isFollowed)
                let isExported = try eventually {
                    try collector.received.logs?.list.contains { $0.attributes?.method == "DELETE" } == true
                }
                #expect(isExported)
                let content = try origin.store.content()
                for part in ["log", "events", "caddy", "counters"] {
                    #expect(content.contains { $0.key.contains("{telemetry}:\(part)") }, "\(part) was not looked at")
                }
                // The header fields of its requests are for the collector alone to see.
                let received = try collector.received
                let exported = ["spans", "logs", "metrics"].map { "\(received[$0] ?? .null)" }.joined(separator: "\n")
                let told = [
                    ("standard error", origin.pool.log), ("the metrics", try origin.get("/metrics").text),
                    ("the pool's status", try origin.get("/api/pool/status").text),
                    ("health", try origin.get("/healthz").text), ("the collector", exported),
                    ("the access log", try String(contentsOfFile: accessLog, encoding: .utf8)),
                ]
                for (name, text) in told + content.map({ ("the store: \($0.key)", $0.value) }) {
                    for line in text.split(separator: "\n") where line.contains("mark-") || line.contains("203.0.113") {
                        Issue.record("\(name): \(line.prefix(500))")
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
