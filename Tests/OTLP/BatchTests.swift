import Essentials
import SwiftProtobuf
import TestSupport
import Testing

@testable import OTLP

extension [KeyValue] {
    fileprivate subscript(name: String) -> AnyValue.OneOf_Value? { first { $0.key == name }?.value.value }
}

/// The records of a batch's one resource.
private func records(_ batch: Batch) throws -> [LogRecord] {
    let request = try LogsRequest(serializedBytes: try #require(batch.logs))
    #expect(request.resourceLogs.count == 1)
    return request.resourceLogs.flatMap { $0.scopeLogs.flatMap(\.logRecords) }
}

/// The spans of a batch's one resource.
private func spans(_ batch: Batch) throws -> [Span] {
    let request = try TracesRequest(serializedBytes: try #require(batch.traces))
    #expect(request.resourceSpans.count == 1)
    return request.resourceSpans.flatMap { $0.scopeSpans.flatMap(\.spans) }
}

private func hex(_ bytes: some Collection<UInt8>) -> String { Hex.string(bytes) }

@Suite struct RecordTests {
    @Test("A line becomes a record with its time, level, message, ids, and all other members by name and type")
    func line() throws {
        let batch = batch(requestLine(#""list":["a",1,true,null],"object":{"x":1.5,"y":{}}"#))
        #expect((batch.records, batch.spans, batch.skipped) == (1, 1, 0))
        let record = try #require(try records(batch).first)
        #expect(record.timeUnixNano == 1_771_668_780_250_000_000)
        #expect(record.observedTimeUnixNano == 1_771_668_785_000_000_000)
        #expect(record.severityNumber == .info)
        #expect(record.severityText == "info")
        #expect(record.body.stringValue == "request")
        #expect(hex(record.traceID) == traceID)
        #expect(hex(record.spanID) == spanID)
        #expect(record.flags == 1)
        let attributes = record.attributes
        #expect(
            attributes.map(\.key) == [
                "id", "method", "route", "path", "status", "latency_ms", "cache_tier", "bytes", "request_id", "list",
                "object",
            ])
        #expect(attributes["id"] == .intValue(1_763_730_000_000_123))
        #expect(attributes["latency_ms"] == .doubleValue(12.345))
        #expect(attributes["cache_tier"] == .stringValue("dragonfly"))
        guard case .arrayValue(let list) = attributes["list"], case .kvlistValue(let object) = attributes["object"]
        else {
            Issue.record("no array or no object")
            return
        }
        #expect(list.values.map(\.value) == [.stringValue("a"), .intValue(1), .boolValue(true), nil])
        #expect(object.values["x"] == .doubleValue(1.5))
        #expect(object.values["y"] == .kvlistValue(KeyValueList()))
    }

    @Test(
        "Levels are severities",
        arguments: [
            ("trace", 1), ("debug", 5), ("info", 9), ("notice", 10), ("warning", 13), ("error", 17), ("critical", 21),
            ("loud", 0),
        ])
    func severities(level: String, number: Int) throws {
        let record = try #require(
            try records(batch(#"{"time":"2026-02-21T10:13:00Z","level":"\#(level)","msg":"m"}"#)).first)
        #expect(record.severityNumber.rawValue == number)
        #expect(record.severityText == level)
    }

    @Test("A request whose line the log leaves out is a span alone")
    func withoutLevel() throws {
        let line = requestLine().replacing(#""level":"info","#, with: "")
        let batch = batch(
            line, requestLine().replacing("request\"", with: "other\"").replacing(#""level":"info","#, with: ""))
        #expect(batch.logs == nil)
        #expect((batch.records, batch.spans, batch.skipped) == (0, 1, 1))
        #expect(try spans(batch).first?.name == "GET /api/deploy/status")
    }

    @Test("A line outside of any request has no ids, and is no span")
    func plain() throws {
        let batch = batch(#"{"id":1,"time":"2026-02-21T10:13:00Z","level":"notice","msg":"started","workers":8}"#)
        #expect(batch.traces == nil)
        #expect(batch.skipped == 0)
        let record = try #require(try records(batch).first)
        #expect(record.traceID.isEmpty)
        #expect(record.spanID.isEmpty)
        #expect(record.flags == 0)
        #expect(record.attributes["workers"] == .intValue(8))
    }

    @Test("Of a name that comes twice the first is the line's own, and an attribute has its last value")
    func duplicates() throws {
        let record = try #require(
            try records(
                batch(requestLine(#""level":"critical","time":"never","trace_id":"x","path":"/other""#))
            ).first)
        #expect(record.severityText == "info")
        #expect(hex(record.traceID) == traceID)
        #expect(record.attributes["path"] == .stringValue("/other"))
        #expect(Set(record.attributes.map(\.key)).count == record.attributes.count)
    }

    @Test("What nests too deeply for receivers is text, and too many members are counted")
    func bounds() throws {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let many = (0..<200).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
        let record = try #require(try records(batch(requestLine("\"deep\":\(deep),\(many)"))).first)
        #expect(record.attributes.count == Item.mostMembers)
        #expect(record.droppedAttributesCount == 82)
        var value = try #require(record.attributes["deep"])
        var depth = 0
        while case .arrayValue(let list) = value, let inner = list.values.first?.value {
            value = inner
            depth += 1
        }
        #expect(depth == AnyValue.depthLimit)
        #expect(value == .stringValue(String(deep.dropFirst(depth).dropLast(depth))))
    }
}

@Suite struct SpanTests {
    @Test("The line of a request becomes a server's span")
    func server() throws {
        let line = requestLine(
            #""parent_span_id":"\#(parentID)","github_path":"/pulls","invalidated_keys":["a","b"]"#)
        let span = try #require(try spans(batch(line)).first)
        #expect(span.name == "GET /api/deploy/status")
        #expect(span.kind == .server)
        #expect(hex(span.traceID) == traceID)
        #expect(hex(span.spanID) == spanID)
        #expect(hex(span.parentSpanID) == parentID)
        #expect(span.flags == 0x301)
        #expect(span.startTimeUnixNano == 1_771_668_780_250_000_000)
        #expect(span.endTimeUnixNano == 1_771_668_780_262_345_000)
        #expect(span.status.code == .unset)
        #expect(span.events.isEmpty)
        #expect(
            Set(span.attributes.map(\.key)) == [
                "http.request.method", "http.route", "http.response.status_code", "http.response.body.size",
                "chimney.cache_tier", "chimney.github_path", "chimney.cache.invalidated_keys", "chimney.request_id",
            ])
        #expect(span.attributes["http.request.method"] == .stringValue("GET"))
        #expect(span.attributes["http.response.status_code"] == .intValue(200))
        #expect(span.attributes["http.response.body.size"] == .intValue(1234))
    }

    @Test(
        "Names: of a path that no route matches, or a method that is not known, nothing of the client's gets into them",
        arguments: [
            ("GET", "unmatched", "GET", "GET"), ("BREW", "unmatched", "HTTP", "_OTHER"),
            ("BREW", "/healthz", "HTTP /healthz", "_OTHER"), ("DELETE", "/v1/{id}", "DELETE /v1/{id}", "DELETE"),
        ])
    func names(method: String, route: String, name: String, attribute: String) throws {
        let span = try #require(try spans(batch(requestLine(method: method, route: route))).first)
        #expect(span.name == name)
        #expect(span.attributes["http.request.method"] == .stringValue(attribute))
        #expect((span.attributes["http.route"] == nil) == (route == "unmatched"))
        #expect(span.parentSpanID.isEmpty)
        #expect(span.flags == 0x101)
    }

    @Test("5xx is an error, with an exception of what is known of it")
    func failure() throws {
        let bare = try #require(try spans(batch(requestLine(status: 503))).first)
        #expect(bare.status.code == .error)
        #expect(bare.events.map(\.name) == ["exception"])
        #expect(bare.events.first?.attributes["exception.type"] == .stringValue("503"))
        let crash = try #require(
            try spans(
                batch(
                    requestLine(
                        status: 500, #""error":"it broke","error_type":"SIGILL","backtrace":["0x1 a","0x2 b"]"#))
            ).first)
        #expect(crash.status.message == "it broke")
        let event = try #require(crash.events.first)
        #expect(event.timeUnixNano == crash.endTimeUnixNano)
        #expect(event.attributes["exception.type"] == .stringValue("SIGILL"))
        #expect(event.attributes["exception.message"] == .stringValue("it broke"))
        #expect(event.attributes["exception.stacktrace"] == .stringValue("0x1 a\n0x2 b"))
        #expect(try spans(batch(requestLine(status: 499, #""error":"theirs""#))).first?.status.code == .unset)
    }

    @Test("A span inside of a request")
    func child() throws {
        let batch = batch(fetchSpan())
        #expect(batch.logs == nil)
        #expect((batch.records, batch.spans, batch.skipped) == (0, 1, 0))
        let span = try #require(try spans(batch).first)
        #expect(span.name == "chimney.github_fetch")
        #expect(span.kind == .client)
        #expect(hex(span.spanID) == parentID)
        #expect(hex(span.parentSpanID) == spanID)
        #expect(span.flags == 0x101)
        #expect(span.endTimeUnixNano - span.startTimeUnixNano == 250_000_000)
        #expect(span.attributes["github.api.status_code"] == .intValue(200))
        #expect(span.attributes["github.not_modified"] == .boolValue(false))
        #expect(span.status.code == .unset)
    }

    @Test("A span inside of a request that failed")
    func failedChild() throws {
        let span = try #require(try spans(batch(fetchSpan(#""kind":"internal","error":"timeout""#))).first)
        #expect(span.kind == .internal)
        #expect(span.status.code == .error)
        #expect(span.events.first?.attributes["exception.message"] == .stringValue("timeout"))
    }
}

@Suite struct BatchTests {
    @Test(
        "What is neither line nor span is skipped and counted",
        arguments: [
            "", "x", "[]", "{}", #"{"time":"2026-02-21T10:13:00Z"}"#, #"{"level":"info","msg":"no time"}"#,
            #"{"time":"later","level":"info"}"#, #"{"time":1,"level":"info"}"#,
            #"{"time":"2026-02-21T10:13:00Z","level":"info","msg":"torn""#,
            #"{"time":"2026-02-21T10:13:00Z","level":"info","msg":"two"}{}"#,
            #"{"span":"no ids","time":"2026-02-21T10:13:00Z"}"#,
            #"{"span":"zero","time":"2026-02-21T10:13:00Z","trace_id":"00000000000000000000000000000000","span_id":"00f067aa0ba902b7"}"#,
        ])
    func skipped(item: String) throws {
        let batch = batch(item, requestLine())
        #expect(batch.skipped == 1)
        #expect((batch.records, batch.spans) == (1, 1))
        #expect(try records(batch).count == 1)
        #expect(try spans(batch).count == 1)
    }

    @Test("The record of a request without ids is there, its span cannot be")
    func withoutIDs() {
        let batch = batch(requestLine(ids: false))
        #expect((batch.records, batch.spans, batch.skipped) == (1, 0, 1))
    }

    @Test("An item that is too long is skipped")
    func long() {
        let batch = batch(requestLine("\"x\":\"\(String(repeating: "x", count: Item.longest))\""))
        #expect((batch.records, batch.spans, batch.skipped) == (0, 0, 1))
    }

    @Test("Nothing is nothing to send")
    func empty() {
        let batch = batch()
        #expect(batch.logs == nil)
        #expect(batch.traces == nil)
    }

    @Test("Resource and scope; a line that names another host has a resource of its own")
    func hosts() throws {
        let batch = batch(requestLine(), requestLine(#""host":"there""#), requestLine(), fetchSpan(#""host":"there""#))
        let logs = try LogsRequest(serializedBytes: try #require(batch.logs))
        #expect(
            logs.resourceLogs.map { $0.resource.attributes["host.name"] } == [
                .stringValue("here"), .stringValue("there"),
            ])
        #expect(logs.resourceLogs.map { $0.scopeLogs.flatMap(\.logRecords).count } == [2, 1])
        let traces = try TracesRequest(serializedBytes: try #require(batch.traces))
        #expect(traces.resourceSpans.map { $0.scopeSpans.flatMap(\.spans).count } == [2, 2])
        for scope in logs.resourceLogs.flatMap(\.scopeLogs).map(\.scope) {
            #expect(scope.name == "chimney")
            #expect(scope.version == "1.2.3")
        }
        #expect(traces.resourceSpans.first?.resource.attributes["service.name"] == .stringValue("chimney"))
    }

    @Test("A full batch is the same as swift-protobuf makes of the whole request")
    func framing() throws {
        let items = (0..<Batch.limit).map {
            requestLine(status: 200 + $0, "\"text\":\"\(String(repeating: "ü", count: $0))\"")
        }
        let batch = Batch(items: items.map { Array($0.utf8) }, resource: resource())
        let logs = try #require(batch.logs)
        let traces = try #require(batch.traces)
        #expect(try LogsRequest(serializedBytes: logs).serializedBytes() == logs)
        #expect(try TracesRequest(serializedBytes: traces).serializedBytes() == traces)
        #expect(try records(batch).count == Batch.limit)
        #expect(try spans(batch).count == Batch.limit)
    }
}
