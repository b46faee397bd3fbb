import Essentials
import FoundationEssentials
import Telemetry

extension Span {
    /// The span that an item tells of: itself, or that of the request that a line is about. Nil if it lacks the ids.
    init?(_ item: Item) {
        guard let context = item.context else { return nil }
        self.init()
        traceID = context.traceID
        spanID = context.spanID
        parentSpanID = context.parentSpanID
        startTimeUnixNano = item.time.unixNanoseconds
        endTimeUnixNano = startTimeUnixNano &+ UInt64(max(0, min(item.latency, Self.longest)) * 1e6)
        if let name = item.span {
            self.name = name
            readChild(item)
        } else {
            readRequest(item)
        }
    }

    /// No span is longer than a day, in milliseconds.
    private static let longest = 86_400_000.0

    /// The span of a request, with the attributes of HTTP's semantic conventions and chimney's own.
    private mutating func readRequest(_ line: Item) {
        kind = .server
        flags = TraceFlags.sampled | TraceFlags.hasIsRemote | (parentSpanID.isEmpty ? 0 : TraceFlags.isRemote)
        name = "HTTP"
        var route: String?
        var status = 0.0
        var attributes: [KeyValue] = []
        attributes.reserveCapacity(10)
        for member in line.members {
            switch member.key {
            case "method":
                // One that is not known makes no names of its own.
                let method = member.value.text.flatMap(HTTPMethod.init)?.rawValue
                attributes.append(KeyValue("http.request.method", method ?? "_OTHER"))
                name = method ?? "HTTP"
            case "route":
                guard member.value.text != Catalogue.unmatched else { continue }
                route = member.value.text
                attributes.append(KeyValue("http.route", member.value))
            case "status":
                status = member.value.number ?? 0
                attributes.append(KeyValue("http.response.status_code", member.value))
            case "bytes": attributes.append(KeyValue("http.response.body.size", member.value))
            case "cache_hit": attributes.append(KeyValue("chimney.cache_hit", member.value))
            case "cache_tier": attributes.append(KeyValue("chimney.cache_tier", member.value))
            case "github_path": attributes.append(KeyValue("chimney.github_path", member.value))
            case "invalidated_keys": attributes.append(KeyValue("chimney.cache.invalidated_keys", member.value))
            case "request_id": attributes.append(KeyValue("chimney.request_id", member.value))
            default: break
            }
        }
        self.attributes = attributes
        if let route { name += " \(route)" }
        guard status >= 500 else { return }
        var failure = Failure(line)
        // The event has to say at least of what kind it is.
        failure.type = failure.type ?? String(Int(status))
        fail(failure)
    }

    /// A span of its own, inside of a request's.
    private mutating func readChild(_ item: Item) {
        kind = .internal
        flags = TraceFlags.sampled | TraceFlags.hasIsRemote
        for member in item.members {
            switch (member.key, member.value.value) {
            case ("kind", .stringValue("client")): kind = .client
            case ("attributes", .kvlistValue(let list)): attributes = list.values.filter { $0.value.value != nil }
            default: break
            }
        }
        let failure = Failure(item)
        if !failure.isNone { fail(failure) }
    }

    /// Sets the status to error and adds an `exception` event, as OpenTelemetry's semantic conventions for exceptions
    /// on spans have it.
    private mutating func fail(_ failure: Failure) {
        status.code = .error
        status.message = failure.message ?? ""
        var event = Event()
        event.name = "exception"
        event.timeUnixNano = endTimeUnixNano
        if let type = failure.type { event.attributes.append(KeyValue("exception.type", type)) }
        if let message = failure.message { event.attributes.append(KeyValue("exception.message", message)) }
        if let backtrace = failure.backtrace { event.attributes.append(KeyValue("exception.stacktrace", backtrace)) }
        events.append(event)
    }
}

/// What an item says of a failure, by its members `error`, `error_type` and `backtrace`.
private struct Failure {
    var type: String?
    var message: String?
    var backtrace: String?

    init(_ item: Item) {
        for member in item.members {
            switch (member.key, member.value.value) {
            case ("error", .stringValue(let text)): message = text
            case ("error_type", .stringValue(let text)): type = text
            case ("backtrace", .arrayValue(let lines)):
                backtrace = lines.values.compactMap(\.text).joined(separator: "\n")
            default: break
            }
        }
    }

    var isNone: Bool { type == nil && message == nil }
}

/// The methods that OpenTelemetry's semantic conventions for HTTP spans know.
private enum HTTPMethod: String {
    case connect = "CONNECT"
    case delete = "DELETE"
    case get = "GET"
    case head = "HEAD"
    case options = "OPTIONS"
    case patch = "PATCH"
    case post = "POST"
    case put = "PUT"
    case query = "QUERY"
    case trace = "TRACE"
}
