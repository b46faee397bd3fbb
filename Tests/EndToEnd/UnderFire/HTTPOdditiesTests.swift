import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Requests through the front end that are none, or not what they look like: each is refused or answered, nobody waits
    /// for the other, and nothing is carried out that only one of front end and chimney takes for a request.
    @Suite(.serialized, .origin()) struct HTTPOdditiesTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test("Methods that are none", arguments: CaddyEdition.allCases)
        func methods(caddy: CaddyEdition) throws { try expectHarmless(HTTPShape.methods, by: caddy) }

        @Test("Targets that lead nowhere", arguments: CaddyEdition.allCases)
        func targets(caddy: CaddyEdition) throws { try expectHarmless(HTTPShape.targets, by: caddy) }

        @Test("Header fields that are none, too long or too many", arguments: CaddyEdition.allCases)
        func fields(caddy: CaddyEdition) throws { try expectHarmless(HTTPShape.fields, by: caddy) }

        @Test(
            "A request within the body of another one is not carried out, however lengths lie",
            arguments: CaddyEdition.allCases)
        func smuggling(caddy: CaddyEdition) throws {
            try expectHarmless(HTTPShape.smuggling(HTTPShape.hidden(Event()), to: caddy), by: caddy)
        }

        @Test("Nor is it through an edge, which hands on as it reads", arguments: CaddyEdition.allCases)
        func edge(caddy: CaddyEdition) async throws {
            try await withEdge(by: caddy) { edge throws in
                // Who does not send all that he has announced has gone for it. What breaks off on the way is 502.
                let shapes = HTTPShape.smuggling(HTTPShape.hidden(Event()), to: caddy).filter { !$0.isCut }
                try shapes.map { $0.allowing(502) }.expectHarmless(to: edge.http) { try edge.storedTotal }
            }
        }

        @Test("A pipeline of requests is answered in its order, each once", arguments: CaddyEdition.allCases)
        func pipeline(caddy: CaddyEdition) throws {
            let front = try CaddyServer(socket: origin.pool.socket, by: caddy)
            defer { front.stop() }
            let stored = try origin.storedTotal
            let connection = try HTTPClient(.port(front.port)).connect()
            var requests = ""
            for number in 0..<60 {
                let id = "X-Request-ID: pipe-\(number)\r\n"
                switch number % 6 {
                case 0: requests += HTTPShape.post(Event().json, id)
                case 1: requests += HTTPShape.post("{}", id)
                case 2: requests += "GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\(id)\r\n"
                case 3: requests += "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\(id)\r\nGET"
                case 4: requests += "DELETE /health HTTP/1.1\r\nHost: localhost\r\n\(id)\r\n"
                default: requests += "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\(id)\r\n"
                }
            }
            try connection.send(requests)
            for number in 0..<60 {
                let answer = try connection.receive()
                #expect(answer.status == [200, 422, 404, 200, 405, 404][number % 6])
                #expect(answer["X-Request-ID"] == "pipe-\(number)")
            }
            #expect(try origin.storedTotal == stored + 10)
        }

        /// Sends each shape to a front end of the origin's pool.
        private func expectHarmless(_ shapes: [HTTPShape], by edition: CaddyEdition) throws {
            let caddy = try CaddyServer(socket: origin.pool.socket, by: edition)
            defer { caddy.stop() }
            let workers = origin.workers
            try shapes.expectHarmless(to: HTTPClient(.port(caddy.port))) { try origin.storedTotal }
            #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
            #expect(origin.workers == workers)
        }
    }
}
