import Foundation
import TestSupport

/// What clients that read were answered.
final class Readings: @unchecked Sendable {
    private let lock = NSLock()
    private var counts: [String: [Int: Int]] = [:]
    private var longest: [String: Int] = [:]
    private var unexpected: [String] = []

    func note(_ target: String, _ status: Int, milliseconds: Int) {
        lock.withLock {
            counts[target, default: [:]][status, default: 0] += 1
            longest[target] = max(longest[target] ?? 0, milliseconds)
        }
    }

    func fail(_ what: String) { lock.withLock { if unexpected.count < 20 { unexpected.append(what) } } }

    /// How many answers there were of each status, for each target.
    var statuses: [String: [Int: Int]] { lock.withLock { counts } }
    /// The longest time to an answer for each target, in milliseconds.
    var longestWaits: [String: Int] { lock.withLock { longest } }
    /// All answers.
    var total: Int { lock.withLock { counts.values.reduce(0) { $0 + $1.values.reduce(0, +) } } }
    /// What no client should have seen, the first few of it.
    var failures: [String] { lock.withLock { unexpected } }

    /// How many answers were none of these.
    func count(besides statuses: Set<Int>) -> Int {
        lock.withLock {
            counts.values.reduce(0) { $0 + $1.filter { !statuses.contains($0.key) }.values.reduce(0, +) }
        }
    }
}

/// A client that reads one route after the other, and looks at the form of every answer: whole JSON with 200, and a problem of
/// its own request with 5xx.
struct ReadingClient: Sendable {
    let http: HTTPClient
    let targets: [String]
    let readings: Readings
    /// What may be answered.
    let allowed: Set<Int>

    func round() {
        for target in targets {
            let id = "read-\(UUID().uuidString)"
            let began = monotonicMilliseconds
            do {
                let fields = [("X-Request-ID", id), ("X-Organisation", WritingClient.organisation)]
                let answer = try http.get(target, fields)
                readings.note(target, answer.status, milliseconds: monotonicMilliseconds - began)
                if let fault = fault(of: answer, to: id) { readings.fail("GET \(target): \(fault)") }
            } catch {
                readings.fail("GET \(target): \(error)")
            }
        }
    }

    private func fault(of answer: HTTPAnswer, to id: String) -> String? {
        guard allowed.contains(answer.status) else { return "\(answer.status) \(answer.text.prefix(300))" }
        guard answer["X-Request-ID"] == id else { return "the answer to \(answer["X-Request-ID"] ?? "nobody")" }
        if answer.status >= 500 { return answer.faultOfProblem }
        let isJSON = answer["Content-Type"]?.hasPrefix("application/json") == true
        if answer.status == 200, isJSON, (try? answer.json) == nil { return "no JSON: \(answer.text.prefix(300))" }
        return nil
    }
}
