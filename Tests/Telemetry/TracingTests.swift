import Logging
import TestSupport
import Testing
import Tracing

@testable import Dragonfly
@testable import FastCGI
@testable import Telemetry

/// Spans by `swift-distributed-tracing`, with a real store at the other end.
@Suite(.serialized) struct TracingTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private let server: StoreServer
    private let recorder: Recorder
    private let tracer = RecordingTracer()

    private struct Carrier: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    init() throws {
        server = try StoreServer()
        let store = Store(url: try #require(StoreURL(server.url)), timeout: 5000)
        recorder = Recorder(
            catalogue: Catalogue(routes: []), slot: .unshared(), board: nil, store: store, host: "here", level: .info,
            exportHost: "here")
        LogBackend.recorder = recorder
    }

    private func spans() throws -> [JSON] {
        LogBackend.recorder = nil
        recorder.flush()
        return try server.run("LRANGE", "chimney:{telemetry}:outbox", "0", "-1").array.compactMap(\.bytes)
            .reversed().map { try JSON(parsing: $0) }
    }

    private var incoming: InstrumentationContext {
        var context = InstrumentationContext.topLevel
        tracer.extract(["traceparent": "00-\(Self.trace)-\(Self.span)-01"], into: &context, using: Carrier())
        return context
    }

    @Test("A span is part of the one that came in, and spans within it are part of it")
    func nested() throws {
        tracer.withSpan("outer", context: incoming, ofKind: .client) { outer in
            outer.attributes["github.api.path"] = "/repos/o/r"
            outer.attributes["github.api.status_code"] = 304
            outer.attributes["github.not_modified"] = true
            tracer.withSpan("inner") { _ in }
        }
        let spans = try spans()
        #expect(spans.map { $0.span?.text } == ["inner", "outer"])
        #expect(spans.allSatisfy { $0.trace_id?.text == Self.trace })
        #expect(spans[1].parent_span_id?.text == Self.span)
        #expect(spans[0].parent_span_id == spans[1].span_id)
        #expect(spans[1].kind?.text == "client")
        #expect(spans[1].attributes?["github.api.path"]?.text == "/repos/o/r")
        #expect(spans[1].attributes?["github.api.status_code"]?.integer == 304)
        #expect(spans[1].attributes?["github.not_modified"] == .bool(true))
        #expect(spans.allSatisfy { $0.error == nil })
    }

    @Test("An error that is thrown is told of")
    func failure() throws {
        #expect(throws: StoreError.self) {
            try tracer.withSpan("fetch", context: incoming) { _ in throw StoreError.refused("no") }
        }
        let span = try #require(try spans().first)
        #expect(span.error_type?.text == "StoreError")
        #expect(span.error?.text?.contains("no") == true)
    }

    @Test("A span without a parent begins a trace")
    func root() throws {
        tracer.withSpan("alone", context: .topLevel) { _ in }
        let span = try #require(try spans().first)
        #expect(span.trace_id?.text?.count == 32)
        #expect(span.parent_span_id == nil)
    }

    @Test("What ends twice is told once")
    func twice() throws {
        let span = tracer.startSpan("once", context: incoming)
        span.end()
        span.end()
        #expect(try spans().count == 1)
    }

    @Test("The span is handed on as a traceparent")
    func injected() throws {
        let span = tracer.startSpan("call", context: incoming)
        var carrier: [String: String] = [:]
        tracer.inject(span.context, into: &carrier, using: Carrier())
        let parent = try #require(carrier["traceparent"].flatMap { TraceParent($0) })
        span.end()
        #expect(parent.traceID == Self.trace)
        #expect(try spans().first?.span_id?.text == parent.spanID)
    }

    @Test("Log lines go to the outbox too, events do not; without export nothing does")
    func exported() throws {
        recorder.log(.warning, "careful", label: nil)
        recorder.event(EventType("origin.up")) { $0.member("origin", "o") }
        #expect(try spans().map { $0.msg?.text } == ["careful"])
        #expect(try server.run("LLEN", "chimney:{telemetry}:events").integer == 1)
        #expect(try server.run("LLEN", "chimney:{telemetry}:log").integer == 1)
    }
}
