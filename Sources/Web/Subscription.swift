import Dragonfly
import FastCGI
import HTTPTypes

/// An answer that goes on with the lines of a ring as they come.
struct Subscription: Continuation {
    let ring: Ring
    let position: Position
}

extension Context {
    /// Answers with the lines of a ring as server-sent events: those after the one that the client had last
    /// (`Last-Event-ID`, also as the query's `last_event_id`), or the newest ones, as many as the ring says. In a process
    /// that can wait the answer goes on with every new line, and ends with one that is the last; in any other it ends there,
    /// and the client asks again.
    ///
    /// - Parameter rank: the least rank of lines that the client wants.
    /// - Throws: `Problem` 400 where the last id is none, 503 where too many clients wait already.
    public func stream(_ ring: Ring, from rank: Int = 0, to request: Request) throws -> Response {
        let position = Position(after: try Self.lastID(of: request, query), rank: rank, fresh: ring.freshLines)
        var response = Response(status: .ok, fields: Self.streamFields, body: ServerSentEvents.opening)
        switch patience {
        case .streaming(let hasRoom, _):
            guard hasRoom else { throw Problem.tooManyWaiting }
            response.continuation = Subscription(ring: ring, position: position)
        case .alone:
            // Without the store there is nothing yet: a client that were told an error would not ask again.
            if let reply = try? store.run(ring.command(store, newest: ring.bound)) {
                response.body += position.replay(of: ring.entries(reply).reversed())
            }
        }
        return response
    }

    private static let streamFields: HTTPFields = [
        .contentType: ServerSentEvents.mediaType, .cacheControl: "no-store", .acceleratorBuffering: "no",
    ]

    private static func lastID(of request: Request, _ query: Query) throws(Problem) -> Int? {
        // The header first: a client that connects again sends it with the query of its first time.
        let sources = [("Last-Event-ID", request[.lastEventID]), ("last_event_id", query["last_event_id"])]
        for case (let name, let text?) in sources where !text.isEmpty {
            guard let id = Int(text), id >= 0 else {
                throw .badRequest("Set \(name) to the id of an event that you have got, or leave it out.")
            }
            return id
        }
        return nil
    }
}
