import TestSupport
import Testing

extension EndToEnd {
    /// Spans and log records as a collector gets them.
    @Suite struct SpanTests {
        private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        private static let parent = "00f067aa0ba902b7"
        private static let traceparent = ("traceparent", "00-\(trace)-\(parent)-01")

        private func span(
            _ origin: Origin, _ collector: Collector, _ target: String, _ fields: [(String, String)] = []
        ) throws -> JSON {
            let id = "otlp-\(Event.freshSHA())"
            _ = try origin.get(target, [("X-Request-ID", id)] + fields)
            let spans = try collector.spans(of: [id], within: 60)
            #expect(spans.count == 1)
            return try #require(spans.first, "no span of \(target)")
        }

        @Test("A request is a server's span with its attributes, within the span that the caller names")
        func request() async throws {
            let attributes = ["OTEL_RESOURCE_ATTRIBUTES": "team=web", "CHIMNEY_HOST": "north"]
            try await withCollector(environment: attributes) { origin, collector throws in
                let version = try span(origin, collector, "/api/version?service=web", [Self.traceparent])
                #expect(version.name == "GET /api/version")
                #expect(version.kind == "SPAN_KIND_SERVER")
                #expect(version.trace_id?.text == Self.trace)
                #expect(version.parent_span_id?.text == Self.parent)
                #expect(version.span_id?.text != Self.parent)
                #expect(version.status?.code == "STATUS_CODE_UNSET")
                #expect(version.events == [])
                #expect(version.attributes?["http.request.method"] == "GET")
                #expect(version.attributes?["http.route"] == "/api/version")
                #expect(version.attributes?["http.response.status_code"] == 200)
                #expect((version.attributes?["http.response.body.size"]?.integer ?? 0) > 0)
                #expect(version.start_ms?.number ?? 0 > 1_700_000_000_000)
                #expect(
                    version.resource?.names == ["service.name", "service.version", "host.name", "team"],
                    "\(version.resource ?? .null)")
                #expect(version.resource?["service.name"] == "chimney")
                #expect(version.resource?["host.name"] == "north")

                let alone = try span(origin, collector, "/health")
                #expect(alone.parent_span_id == "")
                #expect(alone.trace_id?.text?.count == 32)

                let unknown = try span(origin, collector, "/api/nothing/at/all")
                #expect(unknown.name == "GET")
                #expect(unknown.attributes?["http.route"] == nil)
                #expect(unknown.attributes?["http.response.status_code"] == 404)
                #expect(unknown.status?.code == "STATUS_CODE_UNSET", "the client is to blame")
            }
        }

        @Test("A 500, and a crash, are errors with an exception event", arguments: ["/debug/fail", "/debug/trap"])
        func failures(path: String) async throws {
            try await withCollector(environment: ["CHIMNEY_FAULTS": "true"]) { origin, collector throws in
                let failed = try span(origin, collector, path, [Self.traceparent])
                #expect(failed.trace_id?.text == Self.trace)
                #expect(failed.parent_span_id?.text == Self.parent)
                #expect(failed.attributes?["http.response.status_code"] == 500)
                #expect(failed.status?.code == "STATUS_CODE_ERROR")
                #expect(failed.status?.message?.text?.isEmpty == false)
                let event = try #require(failed.events?[0])
                #expect(event.name == "exception")
                #expect(event.attributes?["exception.type"]?.text?.isEmpty == false)
                #expect(event.attributes?["exception.message"]?.text?.isEmpty == false)
            }
        }

        @Test("Spans do not depend on the level of the log")
        func quiet() async throws {
            try await withCollector(environment: ["LOG_LEVEL": "critical"]) { origin, collector throws in
                let quiet = try span(origin, collector, "/api/version", [Self.traceparent])
                #expect(quiet.parent_span_id?.text == Self.parent)
                #expect(quiet.attributes?["http.route"] == "/api/version")
                #expect(try origin.logLines("limit=100") == [])
                #expect(try collector.counts.logs == 0)
            }
        }

        @Test("Log records carry the ids of their spans, and say what the lines of the log say")
        func records() async throws {
            try await withCollector(environment: ["CHIMNEY_FAULTS": "true"]) { origin, collector throws in
                let failed = try span(origin, collector, "/debug/fail?mark=1", [Self.traceparent])
                let id = try #require(failed.requestID)
                let records = try value { () throws -> [JSON]? in
                    let records = try collector.received.logs?.list.filter { $0.attributes?.request_id?.text == id }
                    return records?.count ?? 0 >= 2 ? records : nil
                }
                let logs = try #require(records)
                #expect(Set(logs.compactMap { $0.body?.text }) == ["request", "a handler failed"])
                #expect(logs.allSatisfy { $0.trace_id == failed.trace_id && $0.span_id == failed.span_id })
                let request = try #require(logs.first { $0.body == "request" })
                #expect(request.level == "error")
                #expect(request.severity == 17)
                let line = try #require(try origin.logLines("request_id=\(id)").first { $0.msg == "request" })
                for name in line.names.subtracting(["time", "level", "msg", "trace_id", "span_id"]) {
                    guard line[name] != .null else { continue }
                    #expect(request.attributes?[name] == line[name], "\(name)")
                }
                #expect(request.attributes?.host == nil)
                #expect(request.resource?["host.name"]?.text?.isEmpty == false)
            }
        }

        @Test("Two hosts export under their names, and one of them the metrics, whichever is there")
        func hosts() async throws {
            let collector = try Collector()
            defer { collector.stop() }
            try await withHosts(environment: collector.environment) { north, south throws in
                for site in [north, south] { for _ in 0..<20 { _ = try site.http.get("/api/version") } }
                func spans(_ host: String) throws -> Int {
                    try collector.received.spans?.list.count {
                        $0.resource?["host.name"]?.text == host && $0.name == "GET /api/version"
                    } ?? 0
                }
                #expect(try eventually { try spans("north") == 20 && spans("south") == 20 })

                func exporters(after count: Int) throws -> Set<String> {
                    let exports = try collector.received.metrics?.list.dropFirst(count) ?? []
                    return Set(exports.flatMap { $0.list.compactMap { $0.resource?["host.name"]?.text } })
                }
                #expect(try eventually { try collector.counts.metrics?.integer ?? 0 >= 3 })
                let first = try exporters(after: 0)
                #expect(first.count == 1)
                let (gone, left) = first == ["north"] ? (north, "south") : (south, "north")
                gone.pool.process.killNow()
                let count = try collector.counts.metrics?.integer ?? 0
                #expect(try eventually(within: 30) { try exporters(after: count).contains(left) })
                let starts = try collector.received.metrics?.list.flatMap(\.list).filter { $0.kind == "sum" }
                    .flatMap { $0.points?.list.compactMap(\.start_ms?.number) ?? [] }
                #expect(Set(starts ?? []).count == 1, "the counters go on")
            }
        }
    }
}
