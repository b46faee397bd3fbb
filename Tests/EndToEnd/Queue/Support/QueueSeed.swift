import Foundation
import TestSupport

extension Tenant {
    /// Makes many deployments of all statuses, by connections that last.
    ///
    /// - Parameters:
    ///   - count: how many; a multiple of 16.
    ///   - members: what some of them have besides, by their numbers.
    func seed(_ count: Int, _ members: @escaping @Sendable (Int) -> [String: JSON]) throws {
        try HTTPClient.concurrently(16) { client in
            let connection = try http.connect()
            func send(_ method: String, _ path: String, _ body: [String: JSON], key: String = "") throws -> HTTPAnswer {
                let fields = [
                    ("X-Organisation", organisation), ("Content-Type", "application/json"), ("Idempotency-Key", key),
                ]
                let bytes = Array(JSON.object(body).encoded.utf8)
                for _ in 0..<50 {
                    try connection.send(method, "/v1/deployments" + path, fields, body: bytes)
                    let answer = try connection.receive(to: method)
                    // A machine with much else to do lets the store be late.
                    if answer.status != 503 { return answer }
                    usleep(20_000)
                }
                throw TestSupportError("The store is never in time.")
            }
            for number in stride(from: client, to: count, by: 16) {
                let body = Self.usual.merging(members(number)) { $1 }
                let answer = try send("POST", "", body, key: number % 100 < 16 ? "key-\(number)" : "")
                guard answer.status == 201 else { throw TestSupportError("\(answer.status) \(answer.text)") }
                let statuses = ["in_progress", "deployed", "failed", "skipped"]
                guard number / 16 % 5 < 4 else { continue }
                let status = statuses[number / 16 % 5]
                let moved = try send("PATCH", "/\(try answer.json.identifier)", ["status": .string(status)])
                // A younger one may have been deployed by another client in the meantime.
                guard [200, 409].contains(moved.status) else { throw TestSupportError("\(moved.status) \(moved.text)") }
            }
        }
    }
}
