import CPosix
import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Logging
import Telemetry
import Tracing

/// The program as a service: finds the route of a request, checks in the order of the contract, lets the handler answer,
/// and tells telemetry.
public final class Application: Service {
    /// Limits that the contract names.
    enum Limit {
        /// Bytes of all header fields together; more is 431.
        static let headers = 32 << 10
        /// Milliseconds that a request may have waited for a worker; more is 503.
        static let wait: Int64 = 5000
    }

    private let table: RouteTable
    private let store: Store
    private let recorder: Recorder
    private let failures: FailureLimit
    private let level: LevelSetting?
    private let slot: Slot
    private let logger: Logger
    /// What the process does while something is not there yet that a client waits for.
    var patience: Patience
    /// What will be told of the request that was answered last.
    private(set) var record = RequestRecord()

    /// A service for one process.
    ///
    /// - Parameters:
    ///   - level: the log level to follow; nil for the one that there is.
    ///   - board: that of its pool; nil without one.
    public init(
        table: RouteTable, store: Store, recorder: Recorder, failures: FailureLimit, slot: Slot,
        level: LevelSetting? = nil, board: Scoreboard? = nil
    ) {
        patience = .alone { board?.mayWait(slot) ?? true }
        self.table = table
        self.store = store
        self.recorder = recorder
        self.failures = failures
        self.slot = slot
        logger = Logger(label: "chimney")
        self.level = level
    }

    // MARK: Service

    /// Answers a request.
    public func respond(to request: Request) -> Response {
        begin(request)
        let context = Context(
            store: store, now: record.time, logger: logger, recorder: recorder, record: record, patience: patience,
            failures: failures)
        var response: Response
        do {
            response = try answer(request, context)
        } catch let problem as Problem {
            response = problem.response(requestID: record.requestID)
            if problem.status.kind == .serverError {
                context.record.failure = .init(type: problem.status.reasonPhrase, message: problem.detail)
            }
        } catch StoreError.unavailable(let reason) {
            logger.warning("the store cannot serve", metadata: ["reason": "\(reason)"])
            context.record.failure = .init(type: "StoreError", message: reason)
            response = Problem.storeUnavailable.response(requestID: record.requestID)
        } catch let error as StoreError where error.isOfDurability {
            logger.warning("a durable write was refused", metadata: ["reason": "\(error)"])
            context.record.failure = .init(type: "StoreError", message: "\(error)")
            response = Problem.undurable(error).response(requestID: record.requestID)
        } catch {
            logger.error("a handler failed", metadata: ["error": "\(error)"])
            context.record.failure = .init(type: "\(type(of: error))", message: "\(error)")
            response = Problem.defect.response(requestID: record.requestID)
        }
        record = context.record
        complete(&response)
        return response
    }

    /// Completes the answer to a request that has waited for it.
    func respond(to waiting: RequestRecord, with outcome: Response) -> Response {
        record = waiting
        var response = outcome.addressed(to: record.requestID)
        complete(&response)
        return response
    }

    private func complete(_ response: inout Response) {
        record.note(&response)
        addCommonLines(to: &response)
    }

    /// The request that was answered last is not yet done with: nothing is told of it, and nothing more said in its name.
    func leave() { recorder.current = nil }

    /// Notes the request: from here on it is counted, whatever becomes of the process. One that is handed over as a hold is
    /// not answered yet: the streamer notes it, once it is.
    public func willSend(_ response: Response) {
        recorder.current = nil
        if response.fields[.hold] == nil { recorder.record(record) }
    }

    /// Sends telemetry if there is much of it.
    public func didSend() { recorder.didSend() }

    /// Sends telemetry that has waited long enough.
    public func idle() -> Int32? { recorder.idle() }

    /// Sends all telemetry that is left.
    public func stop() { recorder.flush() }

    // MARK: One request

    private func begin(_ request: Request) {
        level?.follow()
        // One call for all ids of the request: each is a system call.
        let random = Hex.random(bytes: 40)
        let digits = random.utf8
        let endOfTrace = digits.index(digits.startIndex, offsetBy: 32)
        let endOfRequest = digits.index(endOfTrace, offsetBy: 32)
        record = RequestRecord()
        let asked = request.asked
        // A method is any token; the log needs no more of it than the longest that there is.
        record.method = String(decoding: asked.method.utf8.prefix(20), as: UTF8.self)
        record.path = asked.path
        record.began = slot.requestBegan
        // By the clock that the process goes by as of now: it may just have heard of it.
        let age = Int64((MonotonicClock.microseconds - record.began) / 1000)
        record.time = Timestamp.now.adding(milliseconds: -age)
        slot.requestTime = record.time
        // A hold is answered in the span of the worker that has begun with the request: others may be within it already.
        let isHold = request.environment["CHIMNEY_HOLD"] != nil
        let begunSpan =
            isHold ? request.environment["CHIMNEY_SPAN"].flatMap { TraceParent.isSpanID($0) ? $0 : nil } : nil
        record.spanID = begunSpan ?? String(random[endOfRequest...])
        let parent = request[.traceparent].flatMap { TraceParent($0) }
        // The front end names the trace that a worker has begun; what cannot be one is left out.
        let begun = request.environment["CHIMNEY_TRACE"].flatMap { TraceParent("00-\($0)-\(record.spanID)-01") }
        record.traceID = parent?.traceID ?? begun?.traceID ?? String(random[..<endOfTrace])
        record.parentSpanID = parent?.spanID
        record.requestID =
            request[.requestID].flatMap { Self.isRequestID($0) ? $0 : nil } ?? String(random[endOfTrace..<endOfRequest])
        // The front end is on this host, and goes by its clock; of another one that is off, the wait is not told.
        record.waited = request.waited(untilMilliseconds: Timestamp.microsecondsOfHost / 1000 - age)
        recorder.current = (record.requestID, record.traceID, record.spanID)
        slot.note(
            requestID: record.requestID, traceID: record.traceID, spanID: record.spanID,
            parentSpanID: record.parentSpanID ?? "", method: record.method, path: record.path)
    }

    private static func isRequestID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(\.isNameByte)
    }

    private func answer(_ request: Request, _ context: Context) throws -> Response {
        guard let match = table.match(request.path) else {
            throw Problem.unknownPath
        }
        // It is told by the route that the client has asked for, which a hold is not.
        let asked = record.path == request.path ? match : table.match(record.path)
        context.record.route = asked.map { UInt32($0.index) } ?? Slot.noRoute
        slot.route = context.record.route
        if let waited = record.waited, waited > Limit.wait { throw Problem.overloaded }
        if request.method == .options { return Self.preflight(match.entry.methods) }
        guard let route = match.entry.route(for: request.method) else {
            throw Problem(
                .methodNotAllowed, "Use one of the methods that the header Allow names.",
                headers: [.allow: match.entry.methods])
        }
        let length = try Self.checkSize(of: request, for: route)
        try authenticate(request, length: length, for: route, context)
        context.parameters = match.parameters
        if case .json = route.body {
            try Self.checkMediaType(of: request)
            try readBody(of: request, length: length, for: route, context)
        }
        context.query = try Query(request.query)
        // What starts a span on the way is within that of the request.
        var span = InstrumentationContext.topLevel
        span.traceParent = TraceParent(traceID: record.traceID, spanID: record.spanID)
        return try InstrumentationContext.withValue(span) { try route.handler(request, context) }
    }

    private static func checkSize(of request: Request, for route: Route) throws(Problem) -> Int {
        guard request.environment.headerSize <= Limit.headers else {
            throw Problem(
                .requestHeaderFieldsTooLarge, "Send at most \(Limit.headers >> 10) KiB of header fields.")
        }
        guard case .json(let limit) = route.body else { return 0 }
        guard let length = request.contentLength else {
            throw Problem(.lengthRequired, "Send the body with a Content-Length, not in chunks.")
        }
        guard length <= limit else {
            throw Problem(.contentTooLarge, "Send a body of at most \(limit >> 20) MiB.")
        }
        return length
    }

    private func authenticate(_ request: Request, length: Int, for route: Route, _ context: Context) throws {
        switch route.authentication {
        case .open: return
        case .bearer(let bearer): context.caller = bearer.authenticate(request)
        case .signature(let signature):
            // Who shows none at all need not be listened to.
            if let code = Signature.code(of: request) {
                try readBody(of: request, length: length, for: route, context)
                context.caller = signature.authenticate(code, body: context.body)
            }
        case .identity(let provider):
            context.identity = try provider.identify(request, context)
            context.caller = context.identity?.actor
        }
        guard context.caller != nil else {
            throw failures.refusal(of: request, context: context, remedy: route.authentication.remedy)
        }
    }

    private static func checkMediaType(of request: Request) throws(Problem) {
        guard let type = request[.contentType], !type.isEmpty else { return }
        let essence = type.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        guard essence == MediaType.json || essence.hasSuffix("+json") else {
            throw Problem(.unsupportedMediaType, "Send the body with Content-Type: application/json.")
        }
    }

    /// Reads the body, if the route takes one and it has not been read yet.
    private func readBody(of request: Request, length: Int, for route: Route, _ context: Context) throws(Problem) {
        guard case .json(let limit) = route.body, context.body.isEmpty else { return }
        guard !context.canWait else { throw .misdirected }
        slot.state = .reading
        defer { slot.state = .handling }
        do {
            context.body = try request.body.read(length: length, limit: limit)
        } catch {
            throw .badRequest("Send the whole body; it ended before its Content-Length.")
        }
    }

    // MARK: Common fields

    private static let allowedHeaders =
        "Authorization, Content-Type, X-Organisation, X-Request-ID, Last-Event-ID, Idempotency-Key, If-None-Match, "
        + "Prefer, traceparent"
    private static let exposedHeaders = String(cString: chimney_exposed_headers())

    private static func preflight(_ methods: String) -> Response {
        Response(
            status: .noContent,
            fields: [
                .allow: methods, .accessControlAllowMethods: methods, .accessControlAllowHeaders: allowedHeaders,
                .accessControlMaxAge: "600",
            ])
    }

    private static let constantLines = Array(
        "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: \(exposedHeaders)\r\n".utf8)

    /// The lines that every answer has. As bytes, because they are a good part of what a request costs otherwise.
    private func addCommonLines(to response: inout Response) {
        var lines = Self.constantLines
        lines.append(contentsOf: "X-Request-ID: ".utf8)
        lines.append(contentsOf: record.requestID.utf8)
        lines.append(contentsOf: "\r\nX-Trace-ID: ".utf8)
        lines.append(contentsOf: record.traceID.utf8)
        lines.append(contentsOf: "\r\n".utf8)
        if !response.fields.contains(.cacheControl) { lines.append(contentsOf: "Cache-Control: no-store\r\n".utf8) }
        response.lines += lines
    }
}
