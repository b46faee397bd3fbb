import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Clients that hang up, or say nothing.
    @Suite struct ClientTests {
        @Test("Clients that hang up in the middle of a request or of its answer do nobody any harm")
        func hangUp() async throws {
            try await withOrigin(workers: 2, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let workers = origin.workers
                for round in 0..<60 {
                    let connection = try origin.http.connect()
                    switch round % 4 {
                    case 0: try connection.send("GET /api/ver")
                    case 1: try connection.send("POST", "/api/deploy/events", [("Content-Length", "1000")], body: [123])
                    case 2: try connection.send("GET", "/debug/sleep?ms=20")
                    default: try connection.send("GET", "/healthz")
                    }
                    connection.close()
                }
                for _ in 0..<10 { #expect(try origin.get("/ready").status == 200) }
                #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.states)")
                #expect(origin.workers == workers)
            }
        }

        @Test("A front end that hangs up in the middle does no harm either")
        func frontEndHangsUp() async throws {
            try await withOrigin(workers: 2) { origin throws in
                let workers = origin.workers
                let request = FastCGIClient.records(
                    [
                        "REQUEST_METHOD": "POST", "PATH_INFO": "/api/deploy/events", "CONTENT_LENGTH": "1000",
                        "CONTENT_TYPE": "application/json", "HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)",
                    ], body: [UInt8](repeating: 32, count: 1000))
                for count in stride(from: 0, through: request.count, by: 23) {
                    let socket = try Socket(.unix(origin.pool.socket))
                    try socket.send(request[..<count])
                    socket.close()
                }
                for _ in 0..<10 { #expect(try origin.get("/ready").status == 200) }
                #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.states)")
                #expect(origin.workers == workers)
                #expect(try origin.storedTotal == 0)
            }
        }

        @Test("After 200 connections that said nothing everybody is served again")
        func silence() async throws {
            try await withOrigin(workers: 4) { origin throws in
                let workers = origin.workers
                let silent = try (0..<200).map { _ in try Socket(.unix(origin.pool.socket)) }
                let waiting = Background { try origin.get("/ready").status }
                for socket in silent { socket.close() }
                #expect(try waiting.value() == 200)
                for _ in 0..<10 { #expect(try origin.get("/ready").status == 200) }
                #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
                #expect(origin.workers == workers)
            }
        }

        @Test("Connections that go on saying nothing hold no worker for long")
        func lastingSilence() async throws {
            try await withOrigin(workers: 2) { origin throws in
                let workers = origin.workers
                let silent = try (0..<4).map { _ in try Socket(.unix(origin.pool.socket)) }
                #expect(try origin.get("/ready").status == 200)
                for socket in silent { #expect(try socket.receive().isEmpty, "it was closed") }
                #expect(origin.workers == workers)
            }
        }

        @Test("A connection that was accepted before its worker is asked to stop is answered")
        func acceptedBeforeStop() async throws {
            try await withOrigin(workers: 2) { origin throws in
                for _ in 0..<5 {
                    let socket = try Socket(.unix(origin.pool.socket))
                    let reading = value { origin.pool.status.first { $0.state == "reading" }?.pid?.integer }
                    kill(pid_t(try #require(reading)), SIGTERM)
                    try socket.send(FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/health"], body: []))
                    var answer: [UInt8] = []
                    while case let more = try socket.receive(), !more.isEmpty { answer += more }
                    #expect(String(decoding: answer, as: UTF8.self).contains("Status: 200"))
                    #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.states)")
                }
            }
        }

        @Test("A client that sends slowly holds no worker")
        func slowSender() async throws {
            try await withOrigin(workers: 1) { origin throws in
                let slow = try (0..<10).map { _ in
                    let connection = try origin.http.connect()
                    try connection.send(
                        "POST", "/api/deploy/events",
                        [("Content-Length", "100"), ("Authorization", "Bearer \(Origin.deployToken)")], body: [123])
                    return connection
                }
                for _ in 0..<10 { #expect(try origin.get("/ready").status == 200) }
                for connection in slow { connection.close() }
            }
        }
    }
}
