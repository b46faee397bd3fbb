import TestSupport
import Testing

extension EndToEnd {
    /// Where several things are wrong with a request, the answer is to the first in the order of the contract.
    @Suite struct OrderOfChecksTests {
        static let path = "/api/deploy/events"
        static let big = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20 + 1)
        static let long = ("X-Long", String(repeating: "x", count: 70_000))
        static let good = ("Authorization", "Bearer \(Origin.deployToken)")
        static let wrong = ("Authorization", "Bearer wrong")
        static let json = ("Content-Type", "application/json")
        static let text = ("Content-Type", "text/plain")

        @Test func checksComeInTheirOrder() async throws {
            let server = try StoreServer()
            try await withOrigin(server: server) { origin in
                func post(_ fields: [(String, String)], _ body: [UInt8], to path: String = Self.path) throws
                    -> HTTPAnswer
                {
                    try origin.http.request("POST", path, fields, body: body)
                }
                let brokenJSON = Array("[".utf8)
                let brokenFields = Array("{}".utf8)

                // Route before size.
                expectProblem(try post([Self.wrong, Self.long], Self.big, to: "/api/nothing"), 404)
                expectProblem(try origin.http.request("PUT", Self.path, [Self.wrong, Self.long], body: Self.big), 405)
                // Size before authentication.
                expectProblem(try post([Self.wrong, Self.text], Self.big), 413)
                expectProblem(try post([Self.wrong, Self.text, Self.long], brokenJSON), 431)
                expectProblem(try chunked([Self.wrong, Self.text], to: origin), 411)
                // Authentication before the media type.
                expectProblem(try post([Self.wrong, Self.text], brokenJSON), 401)
                // The media type before syntax.
                expectProblem(try post([Self.good, Self.text], brokenJSON), 415)
                // Syntax before fields.
                expectProblem(try post([Self.good, Self.json], brokenJSON), 400)
                server.stop()
                // Everything before the store.
                expectProblem(try post([Self.wrong, Self.json], Array(Event().json.utf8)), 401)
                expectProblem(try post([Self.good, Self.json], brokenFields), 422)
                expectProblem(try origin.get("/api/deploy/events?limit=0"), 400)
                let answer = try post([Self.good, Self.json], Array(Event().json.utf8))
                expectProblem(answer, 503)
                #expect(answer["Retry-After"] == "1")
            }
        }

        private func chunked(_ fields: [(String, String)], to origin: Origin) throws -> HTTPAnswer {
            let connection = try origin.http.connect()
            try connection.send("POST", Self.path, fields + [("Transfer-Encoding", "chunked")])
            try connection.send("2\r\n{}\r\n0\r\n\r\n")
            return try connection.receive(to: "POST")
        }
    }
}
