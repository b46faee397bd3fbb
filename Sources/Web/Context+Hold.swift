import Dragonfly
import Essentials
import FastCGI
import HTTPTypes

extension Context {
    /// Whether the process keeps clients that wait without being held up by them.
    public var canWait: Bool {
        if case .streaming = patience { true } else { false }
    }

    /// Answers with the outcome of work that is under way, once it is there; with 304 where the client has it already.
    /// Where the front end can have the streamer wait for it (`CHIMNEY_HOLDS`), it is asked to; otherwise the process
    /// waits itself.
    ///
    /// - Throws: `Problem` 504 when the limit of the hold has passed; 503 where too many wait already, or the pool stops.
    public func outcome(of hold: Hold, for request: Request) throws -> Response {
        switch patience {
        case .streaming: return try keep(Wait(for: hold))
        case .alone:
            if let outcome = try? hold.outcome(in: store) { return answer(request, with: outcome) }
            if request.environment["CHIMNEY_HOLDS"] == "1" {
                return Response(status: .accepted, fields: [.hold: Wait(for: hold).text, .span: record.spanID])
            }
            // A store that is away may be back in time.
            let outcome = try wait(until: hold.limit) { try? hold.outcome(in: store) }
            guard let outcome else { throw Problem.outcomeMissing }
            return answer(request, with: outcome)
        }
    }

    /// Has the client kept by the process, which looks for the outcomes of all at once, also for those that are there already.
    ///
    /// - Throws: `Problem` 503 where too many wait.
    fileprivate func keep(_ wait: Wait) throws(Problem) -> Response {
        guard case .streaming(_, hasRoomForHold: true) = patience else { throw .tooManyWaiting }
        var response = Response(status: .accepted)
        response.continuation = wait
        return response
    }

    private func answer(_ request: Request, with outcome: Response) -> Response {
        outcome.conditional(on: request).addressed(to: record.requestID)
    }
}

extension Hold {
    /// Where front ends send the clients whose answer names a hold. `CHIMNEY_HOLD` repeats what it says: it shows that the
    /// front end did, and not a client that asks for the path.
    public static var route: Route {
        Route(.get, template, handler: answer)
    }

    fileprivate static let template = "/hold/{wait}"

    private static func answer(_ request: Request, _ context: Context) throws -> Response {
        guard context.canWait, let text = context.parameters["wait"], request.environment["CHIMNEY_HOLD"] == text,
            let wait = Wait(text)
        else { throw Problem.unknownPath }
        return try context.keep(wait)
    }
}

extension Request {
    /// What the client has asked for: the method and the decoded path, also where the front end has put a hold in their place
    /// (`CHIMNEY_HOLD`) and says so by `CHIMNEY_HOLD_METHOD` and `REQUEST_URI`. The id of a hold is nobody's business.
    var asked: (method: String, path: String) {
        guard environment["CHIMNEY_HOLD"] != nil else { return (method.rawValue, path) }
        return (environment["CHIMNEY_HOLD_METHOD"] ?? method.rawValue, originalPath ?? Hold.template)
    }
}

extension Response {
    /// An outcome for the client with this request: an error names it.
    func addressed(to requestID: String) -> Response {
        guard fields[.contentType] == MediaType.problem, body.last == UInt8(ascii: "}") else { return self }
        var copy = self
        let member = JSONWriter.object { $0.member("request_id", requestID) }.dropFirst()
        copy.body = body.dropLast() + [UInt8(ascii: ",")] + member
        return copy
    }
}
