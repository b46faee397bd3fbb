import Essentials
import FoundationEssentials

/// What an item of the outbox says: a line of the log, or a span. Both are JSON objects in which the members
/// `time`, `trace_id` and `span_id` have the same meaning.
struct Item {
    /// An item that is longer is none of ours: lines end at some kB.
    static let longest = 1 << 18
    /// How many members are kept of an item; that of OpenTelemetry's SDKs for attributes.
    static let mostMembers = 128

    /// The trace and the span that the item belongs to.
    struct Context {
        let traceID: Data
        let spanID: Data
        /// Empty for a span without a parent.
        let parentSpanID: Data
    }

    /// When it was, or began.
    let time: Timestamp
    /// Nil for what was outside of any request.
    let context: Context?
    /// The name of the span that it is; nil for a line of the log.
    let span: String?
    /// The level of a line; nil for what is a span and no line, and for the request that the log leaves out for its
    /// level.
    let level: String?
    /// The message of a line.
    let message: String
    /// The host that it is from, where it says so.
    let host: String?
    /// All members but those above, in their order and without those that are null. A line keeps `parent_span_id` here,
    /// too.
    let members: [KeyValue]
    /// How many members were left out because there were too many.
    let dropped: Int
    /// How long it took, in milliseconds, by the member `latency_ms`.
    let latency: Double

    /// Whether there is a span to it: it is one, or the line of a request.
    var isSpan: Bool { span != nil || message == "request" }

    /// Reads an item; nil if it is no valid JSON, or neither line nor span.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longest else { return nil }
        var draft = Draft()
        var json = JSONReader(bytes)
        do throws(JSONReader.Fault) {
            try json.object { (json, name) throws(JSONReader.Fault) in try draft.read(name, from: &json) }
            try json.end()
        } catch {
            return nil
        }
        guard let time = draft.time, draft.span != nil || draft.level != nil || draft.message == "request" else {
            return nil
        }
        self.time = time
        span = draft.span
        level = draft.level
        message = draft.message
        host = draft.host
        members = draft.members
        dropped = draft.dropped
        latency = draft.latency
        if let traceID = draft.traceID, let spanID = draft.spanID {
            context = Context(traceID: traceID, spanID: spanID, parentSpanID: draft.parentSpanID ?? Data())
        } else {
            context = nil
        }
    }

    private struct Draft {
        var time: Timestamp?
        var level: String?
        var span: String?
        var message = ""
        var host: String?
        var traceID: Data?
        var spanID: Data?
        var parentSpanID: Data?
        var members: [KeyValue] = []
        var dropped = 0
        var latency = 0.0

        init() { members.reserveCapacity(16) }

        mutating func read(_ name: String, from json: inout JSONReader) throws(JSONReader.Fault) {
            // A name that comes twice has been chosen by a logger's user the second time.
            switch name {
            case "time" where time == nil: time = try Self.text(&json).flatMap(Timestamp.init(rfc3339:))
            case "level" where level == nil: level = try Self.text(&json)
            case "msg" where message.isEmpty: message = try Self.text(&json) ?? ""
            case "span" where level == nil && span == nil: span = try Self.text(&json)
            case "trace_id" where traceID == nil: traceID = Self.id(try Self.text(&json), bytes: 16)
            case "span_id" where spanID == nil: spanID = Self.id(try Self.text(&json), bytes: 8)
            case "host" where host == nil: host = try Self.text(&json)
            default:
                let value = try AnyValue(reading: &json)
                switch name {
                case "parent_span_id": parentSpanID = Self.id(value.text, bytes: 8)
                case "latency_ms": latency = value.number ?? 0
                default: break
                }
                guard value.value != nil else { return }
                if members.count < Item.mostMembers { members.set(name, value) } else { dropped += 1 }
            }
        }

        /// A text; nil for any other value.
        private static func text(_ json: inout JSONReader) throws(JSONReader.Fault) -> String? {
            guard try json.kind == .string else {
                try json.skip()
                return nil
            }
            return try json.string()
        }

        /// An id of W3C's Trace Context: digits, and not all of them zero.
        private static func id(_ text: String?, bytes count: Int) -> Data? {
            guard let text, let bytes = Hex.bytes(text, count: count), bytes.contains(where: { $0 != 0 })
            else { return nil }
            return Data(bytes)
        }
    }
}
