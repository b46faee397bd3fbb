import Foundation
import TestSupport

/// What clients that read were answered.
final class Readings: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [String: [Int: Int]] = [:]
    private var errors: [String: String] = [:]
    private var unexpected: [String] = []

    func note(_ target: String, _ answer: HTTPAnswer) {
        lock.withLock {
            counts[target, default: [:]][answer.status, default: 0] += 1
            if answer.status >= 500, errors[target] == nil { errors[target] = answer.text }
        }
    }

    func fail(_ what: String) { lock.withLock { if unexpected.count < 20 { unexpected.append(what) } } }

    /// How many answers there were of each status, for each target.
    var statuses: [String: [Int: Int]] { lock.withLock { counts } }
    /// The first error that there was, for each target.
    var firstErrors: [String: String] { lock.withLock { errors } }
    /// All answers.
    var total: Int { lock.withLock { counts.values.reduce(0) { $0 + $1.values.reduce(0, +) } } }
    /// What no client should have seen, the first few of it.
    var failures: [String] { lock.withLock { unexpected } }
}

/// A client that reads one route after the other, and looks at the form of every answer: whole JSON with 200, and a problem of
/// its own request with 5xx.
struct ReadingClient: Sendable {
    let http: HTTPClient
    let targets: [String]
    let readings: Readings
    /// What may be answered. Where 503 is not among it, a client that is told to come back because of the store does so before
    /// it complains: a store that is kept from the processor does not answer in time.
    let allowed: Set<Int>

    /// How often it asks for the same until it complains.
    private static let attempts = 5

    func round() {
        for target in targets {
            do {
                var fault = try ask(target)
                for _ in 1..<Self.attempts where fault == Self.refusal {
                    usleep(500_000)
                    fault = try ask(target)
                }
                if let fault { readings.fail("GET \(target): \(fault)") }
            } catch {
                readings.fail("GET \(target): \(error)")
                // It may be that nobody listens.
                usleep(10_000)
            }
        }
    }

    private static let refusal = "refused for want of the store"

    /// Asks once; returns what is wrong with the answer.
    private func ask(_ target: String) throws -> String? {
        let id = "read-\(UUID().uuidString)"
        let answer = try http.get(target, [("X-Request-ID", id), ("X-Organisation", WritingClient.organisation)])
        readings.note(target, answer)
        return fault(of: answer, to: id)
    }

    private func fault(of answer: HTTPAnswer, to id: String) -> String? {
        guard allowed.union([503]).contains(answer.status) else {
            return "\(answer.status) \(answer.text.prefix(300))"
        }
        guard answer["X-Request-ID"] == id else { return "the answer to \(answer["X-Request-ID"] ?? "nobody")" }
        if answer.status >= 500 {
            if allowed.contains(answer.status) { return answer.faultOfProblem }
            let isLate = answer.text.contains("The store cannot serve at present")
            return answer.faultOfProblem ?? (isLate ? Self.refusal : answer.text)
        }
        let isJSON = answer["Content-Type"]?.hasPrefix("application/json") == true
        if answer.status == 200, isJSON, (try? answer.json) == nil { return "no JSON: \(answer.text.prefix(300))" }
        return nil
    }
}
