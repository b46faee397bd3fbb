import Foundation
import TestSupport
import Testing

extension AnswerScenario {
    /// What is checked before any handler is called, at each operation.
    func makeMistakes() throws {
        for operation in try Contract.operations(of: origin) {
            let (method, path) = (operation.method, operation.path)
            func send(
                _ target: String, _ fields: [(String, String)] = [Contract.json], body: String = "{}", is status: Int
            ) throws {
                let sent = operation.takesBody ? body : nil
                let all = operation.credentials(signing: body) + fields
                let answer = try exchanges.ask(origin, method, target, all, body: sent)
                #expect(answer.status == status, "\(method) \(target): \(answer.text.prefix(300))")
            }
            try send("\(path)?x=%ZZ", is: 400)
            try send(path, [Contract.json, ("X-Large", String(repeating: "x", count: 33 << 10))], is: 431)
            // As after a long time in the front end's queue.
            let began = Int(Date().timeIntervalSince1970 * 1000) - 60_000
            let late = try origin.pool.fastCGI.request(
                method, path, variables: ["CHIMNEY_REQUEST_TIME_MS": String(began)])
            #expect(late.status == 503, "\(method) \(path)")
            exchanges.note(method, path, late.status, late.fields, String(decoding: late.body, as: UTF8.self))
            guard operation.takesBody else { continue }
            try send(path, [("Content-Type", "text/plain")], is: 415)
            try send(path, body: "{", is: 400)
            let limit = operation.isWebhook ? 25 << 20 : 1 << 20
            try send(path, body: String(repeating: " ", count: limit + 1), is: 413)
            let connection = try origin.http.connect()
            try connection.send("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            try connection.send("2\r\n{}\r\n0\r\n\r\n")
            let answer = try connection.receive(to: method)
            #expect(answer.status == 411, "\(method) \(path)")
            exchanges.note(method, path, answer.status, answer.fields, answer.text)
        }
        try exchanges.ask(origin, "GET", "/api/nothing")
        try exchanges.ask(origin, "DELETE", "/api/deploy/events")
    }

    /// Without any credentials and without a repository.
    func showNoCredentials() throws {
        let operations = try Contract.operations(of: origin)
        /// Asks as a client that the front end says it is.
        func send(_ operation: DescribedOperation, as client: String, is status: Int) throws {
            let fields = [Contract.json, ("X-Forwarded-For", client)]
            let answer = try exchanges.ask(
                origin, operation.method, operation.path, fields, body: operation.takesBody ? "{}" : nil)
            #expect(answer.status == status, "\(operation.method) \(operation.path): \(answer.text.prefix(300))")
        }
        let guarded = operations.filter { !$0.schemes.isEmpty }
        for (number, operation) in guarded.enumerated() { try send(operation, as: "198.51.100.\(number)", is: 401) }
        // Ten failures are enough.
        for _ in 0..<10 { try send(guarded[0], as: "203.0.113.1", is: 401) }
        for operation in guarded { try send(operation, as: "203.0.113.1", is: 429) }
        for path in ["/api/github", "/api/github/pulls", "/api/github/org/repos", "/api/pipeline/summary"] {
            try ask("GET", path, is: 404)
        }
        try ask("POST", "/api/cache/warm", is: 404)
        for path in ["/deploy", "/deploy/rollback"] { try deploy(path, "{}", is: 404) }
    }
}
