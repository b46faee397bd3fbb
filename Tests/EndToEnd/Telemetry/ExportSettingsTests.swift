import TestSupport
import Testing

extension EndToEnd {
    /// What OpenTelemetry's variables do.
    @Suite struct ExportSettingsTests {
        @Test(
            "What is disabled needs no outbox, and calls nobody",
            arguments: [
                ["OTEL_SDK_DISABLED": "true"],
                ["OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"],
            ])
        func disabled(environment: [String: String]) async throws {
            try await withCollector(environment: environment) { origin, collector throws in
                _ = try origin.request(times: 100)
                #expect(try eventually { try origin.logLines("limit=1000").count >= 100 })
                #expect(try origin.store.run("EXISTS", origin.store.key("{telemetry}:outbox")).integer == 0)
                origin.pool.stop()
                #expect(try collector.counts.requests == 0)
                #expect(try origin.store.run("EXISTS", origin.store.key("{telemetry}:outbox")).integer == 0)
                #expect(origin.collectorLines == [])
            }
        }

        @Test("Signals are exported each by itself", arguments: ["traces", "logs", "metrics"])
        func single(signal: String) async throws {
            var environment: [String: String] = [:]
            for other in ["traces", "logs", "metrics"] where other != signal {
                environment["OTEL_\(other.uppercased())_EXPORTER"] = "none"
            }
            try await withCollector(environment: environment) { origin, collector throws in
                _ = try origin.request(times: 20)
                #expect(try eventually { try !collector.requests(signal).isEmpty })
                origin.pool.stop()
                #expect(try Set(collector.received.requests?.list.compactMap(\.signal?.text) ?? []) == [signal])
                #expect(try origin.outbox() == (0, 0))
            }
        }

        @Test("A signal can have an endpoint and header fields of its own")
        func own() async throws {
            let other = try Collector()
            defer { other.stop() }
            let environment = [
                "OTEL_EXPORTER_OTLP_HEADERS": "x-all=1",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://127.0.0.1:\(other.port)/v1/logs",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "x-logs=2", "OTEL_SERVICE_NAME": "deploys",
            ]
            try await withCollector(environment: environment) { origin, collector throws in
                let ids = try origin.request(times: 20)
                let spans = try collector.spans(of: ids)
                #expect(Set(spans.map { $0.resource?["service.name"]?.text }) == ["deploys"])
                #expect(try eventually { try other.counts.logs?.integer ?? 0 >= 20 })
                let fields = try collector.requests("traces").first?.fields
                #expect(fields?["x-all"] == "1")
                #expect(fields?["Content-Type"] == "application/x-protobuf")
                #expect(fields?["User-Agent"]?.text?.hasPrefix("chimney/") == true)
                let others = try other.requests("logs").first?.fields
                #expect(others?["x-logs"] == "2")
                #expect(others?["x-all"] == nil)
                #expect(try collector.requests("logs").isEmpty)
            }
        }

        @Test("The secrets of header fields are in no log, whatever the collector answers")
        func secrets() async throws {
            let environment = [
                "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20mark-otlp,x-key=mark-key", "LOG_LEVEL": "trace",
            ]
            try await withCollector(environment: environment) { origin, collector throws in
                try collector.behave(#"{"rejected":1,"message":"who is Bearer mark-otlp with mark-key?"}"#)
                var ids = try origin.request(times: 20)
                #expect(try collector.spans(of: ids).count == 20)
                for behaviour in [#"{"status":401}"#, #"{"status":503}"#, #"{"garbage":true}"#] {
                    try collector.behave(behaviour)
                    let before = try collector.requests("traces").count
                    _ = try origin.request(times: 5)
                    #expect(try eventually(within: 30) { try collector.requests("traces").count > before })
                }
                try collector.behave()
                ids = try origin.request(times: 5)
                #expect(try collector.spans(of: ids).count == 5)
                #expect(!origin.collectorLines.isEmpty)
                let received = try collector.received
                #expect(received.requests?.list.allSatisfy { $0.fields?.authorization == "Bearer mark-otlp" } == true)
                let ring = try origin.get("/api/logs?limit=1000").text
                for (name, text) in [
                    ("standard error", origin.pool.log), ("the ring", ring), ("logs", "\(received.logs ?? .null)"),
                    ("spans", "\(received.spans ?? .null)"), ("metrics", "\(received.metrics ?? .null)"),
                ] { #expect(!text.contains("mark-"), "\(name)") }
            }
        }

        @Test("What is wrong with the variables is said at start, by their names and without their values")
        func wrong() throws {
            let environment = [
                "OTEL_SDK_DISABLED": "maybe", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://user:mark-password@localhost:4318",
                "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "mark-secret", "OTEL_TRACES_EXPORTER": "jaeger",
                "OTEL_METRIC_EXPORT_INTERVAL": "5", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_RESOURCE_ATTRIBUTES": "team",
            ]
            let check = try FinishedProcess(Binary.path, ["pool", "--check"], environment: environment)
            #expect(check.end == .exited(78))
            for name in environment.keys { #expect(check.errors.contains("\(name): is"), "\(name)") }
            #expect(!check.errors.contains("mark-"))
        }
    }
}
