import Dragonfly
import Essentials
import FastCGI
import HTTPTypes

/// An error as a client sees it: problem details (RFC 9457). The detail is one sentence that says what to do.
public struct Problem: Error {
    /// One field of the request that is missing or invalid.
    public struct Field: Sendable, Equatable {
        /// The field's name.
        public let field: String
        /// The rule that it breaks.
        public let message: String

        /// A field and the rule that it breaks.
        public init(field: String, message: String) {
            self.field = field
            self.message = message
        }
    }

    /// The status of the answer.
    public var status: HTTPResponse.Status
    /// What to do about it, in one sentence.
    public var detail: String
    /// The fields that are to blame.
    public var errors: [Field]
    /// Header fields that belong to the status, such as `Retry-After`.
    public var headers: HTTPFields

    /// An error.
    public init(_ status: HTTPResponse.Status, _ detail: String, errors: [Field] = [], headers: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// 400: the request cannot be understood.
    public static func badRequest(_ detail: String) -> Problem { Problem(.badRequest, detail) }

    /// 422: fields are missing or invalid. The detail names them as well: there are clients that show nothing else.
    public static func invalid(_ errors: [Field]) -> Problem {
        let named = errors.prefix(namedFields).map { "\($0.field) \($0.message)" }.joined(separator: "; ")
        let more = errors.count > namedFields ? "; and \(errors.count - namedFields) more" : ""
        return Problem(.unprocessableContent, "Correct the request: \(named)\(more).", errors: errors)
    }

    /// Fields that a detail names.
    private static let namedFields = 5

    /// 503: the store does not answer.
    public static let storeUnavailable = Problem(
        .serviceUnavailable, "The store cannot serve at present; send the request again in a second.",
        headers: [.retryAfter: "1"])

    /// 503: the request waited too long for a worker.
    static let overloaded = Problem(
        .serviceUnavailable, "The request waited too long for a free worker; send it again in a second.",
        headers: [.retryAfter: "1"])

    /// 503: a write would not outlive a crash of the store.
    static func undurable(_ error: StoreError) -> Problem {
        let detail =
            switch error {
            case .journal(_, isUntouched: true):
                "This host cannot write its journal, and takes no writes before it can; send the request to another one, "
                    + "or again in a second."
            case .journal:
                "This host could not write its journal, so that the write may not last; send the request again in a second."
            default: "The store is being restored after a restart; send the request again in a second."
            }
        return Problem(.serviceUnavailable, detail, headers: [.retryAfter: "1"])
    }

    /// 500: a defect.
    static let defect = Problem(
        .internalServerError, "The request met a defect of the server; report its request_id.")

    /// 404: no route, or none for this caller.
    static let unknownPath = Problem(.notFound, "There is nothing at this path; check it for typing errors.")

    /// 503: as many clients wait for something as may.
    static let tooManyWaiting = Problem(
        .serviceUnavailable, "Too many clients wait already; send the request again in a few seconds.",
        headers: [.retryAfter: "5"])

    /// 503: the process ends before the outcome is there.
    static let stopping = Problem(
        .serviceUnavailable, "The server restarts before the outcome is known; send the request again in a second.",
        headers: [.retryAfter: "1"])

    /// 504: the limit of a hold has passed.
    static let outcomeMissing = Problem(
        .gatewayTimeout, "The outcome was not known in time; send the request again, or look at what it has begun.")

    /// 421: the process that answers streams takes no body.
    static let misdirected = Problem(
        .misdirectedRequest, "The front end has to send this request to the pool's socket, not to the streamer's.")

    /// - Parameter requestID: nil for an error that the requests of several clients will be answered with.
    func response(requestID: String?) -> Response {
        let body = JSONWriter.object { json in
            json.member("type", "about:blank")
            json.member("title", status.reasonPhrase)
            json.member("status", status.code)
            json.member("detail", detail)
            if let requestID { json.member("request_id", requestID) }
            guard !errors.isEmpty else { return }
            json.key("errors")
            json.array { list in
                for error in errors {
                    list.object {
                        $0.member("field", error.field)
                        $0.member("message", error.message)
                    }
                }
            }
        }
        var fields = headers
        fields[.contentType] = MediaType.problem
        return Response(status: status, fields: fields, body: body)
    }
}
