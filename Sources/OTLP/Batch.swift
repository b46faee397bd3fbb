import Essentials

/// Items of the outbox as the bodies of OTLP/HTTP requests, in the binary encoding of protobuf.
///
/// An item is a line of the log, as `/api/logs` has it, or a span: `{"span":"chimney.github_fetch","trace_id",
/// "span_id","parent_span_id","time","latency_ms","kind":"client"|"internal","attributes":{…},"error","error_type"}`.
/// A line becomes a record, and one of a request a server's span as well; without a level it is a span alone. Items
/// that say which `host` they are from are put under that host's resource.
///
/// The messages are swift-protobuf's. Without that package's traits it needs `FoundationEssentials` only: a stripped
/// release binary grows by 3 MB, and not by the 40 MB of ICU that all of Foundation would bring.
public struct Batch: Sendable {
    /// How many items a batch may have at most: that bounds a request and the memory that it takes.
    public static let limit = 512

    /// The body of a request to `/v1/logs`; nil where there is nothing to send.
    public let logs: [UInt8]?
    /// The body of a request to `/v1/traces`; nil where there is nothing to send.
    public let traces: [UInt8]?
    /// How many log records there are.
    public let records: Int
    /// How many spans there are.
    public let spans: Int
    /// How many items were left out: no valid JSON, neither line nor span, or a span or request without its ids (the
    /// record of such a request's line is there all the same).
    public let skipped: Int

    /// Converts items.
    ///
    /// - Parameters:
    ///   - items: at most `limit`.
    ///   - resource: what they are from.
    ///   - observed: the time at which they are exported.
    public init(items: [[UInt8]], resource: Resource, observed: Timestamp = .now) {
        precondition(items.count <= Self.limit, "more than \(Self.limit) items in a batch")
        var hosts: [Host] = []
        var skipped = 0
        for bytes in items {
            guard let item = Item(bytes) else {
                skipped += 1
                continue
            }
            let index = Host.index(of: item.host, in: &hosts)
            if let level = item.level {
                hosts[index].records.append(LogRecord(item, level: level, observed: observed))
            }
            guard item.isSpan else { continue }
            if let span = Span(item) { hosts[index].spans.append(span) } else { skipped += 1 }
        }
        records = hosts.reduce(0) { $0 + $1.records.count }
        spans = hosts.reduce(0) { $0 + $1.spans.count }
        self.skipped = skipped
        logs = records == 0 ? nil : hosts.flatMap { $0.logs(resource) }
        traces = spans == 0 ? nil : hosts.flatMap { $0.traces(resource) }
    }

    /// What comes from one host.
    private struct Host {
        let name: String?
        var records = Framing()
        var spans = Framing()

        static func index(of name: String?, in hosts: inout [Host]) -> Int {
            if let index = hosts.firstIndex(where: { $0.name == name }) { return index }
            hosts.append(Host(name: name))
            return hosts.count - 1
        }

        func logs(_ resource: Resource) -> [UInt8] {
            guard records.count > 0 else { return [] }
            var group = ResourceLogs()
            group.resource = resource.message(host: name)
            var scoped = ScopeLogs()
            scoped.scope = resource.scope
            return records.encoded(resource: group, scope: scoped)
        }

        func traces(_ resource: Resource) -> [UInt8] {
            guard spans.count > 0 else { return [] }
            var group = ResourceSpans()
            group.resource = resource.message(host: name)
            var scoped = ScopeSpans()
            scoped.scope = resource.scope
            return spans.encoded(resource: group, scope: scoped)
        }
    }
}
