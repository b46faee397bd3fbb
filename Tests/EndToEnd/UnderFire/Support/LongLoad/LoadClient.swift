import Foundation
import TestSupport

/// A client that keeps its connection, makes one request after the other, and counts how they are answered.
final class LoadClient: @unchecked Sendable {
    let counts: LoadCounts
    let acknowledged: Acknowledged
    /// Tells it from the others.
    let number: Int
    private let http: HTTPClient
    private var connection: HTTPConnection?
    private var random: SplitMix
    /// What it has of answers, by what it asked for.
    private var tags: [String: String] = [:]
    private var made = 0
    private var lastMade = 0

    init(_ number: Int, of load: LongLoad) {
        self.number = number
        http = HTTPClient(load.parts.origin.http.address, timeout: 300)
        (counts, acknowledged) = (load.counts, load.acknowledged)
        random = SplitMix(state: UInt64(number))
    }

    /// One of these requests.
    func pick(_ mix: LoadMix) -> LoadRequest { mix.pick(&random) }

    /// A number below this one.
    func roll(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    /// Makes a request, and once more whenever it is told to come back: a store that was kept from the processor answers late.
    ///
    /// - Throws: `Socket.Failure` or `HTTPFailure` where there is no whole answer: nobody can tell then what was counted.
    @discardableResult
    func ask(_ request: LoadRequest) throws -> HTTPAnswer {
        let end = monotonicMilliseconds + 40_000
        while true {
            let answer = try exchange(request)
            note(answer, to: request)
            guard answer.status == 503, monotonicMilliseconds < end else { return answer }
            acknowledged.refuse()
            usleep(100_000)
        }
    }

    private func exchange(_ request: LoadRequest) throws -> HTTPAnswer {
        made += 1
        var fields = request.fields.map { name, value in
            (name, value == LoadMix.stranger ? "198.51.\(roll(256)).\(roll(256))" : value)
        }
        fields.append(("X-Request-ID", id))
        if request.isOfQueue { fields.append(("X-Organisation", WritingClient.organisation)) }
        if request.isConditional, let tag = tags[request.target] { fields.append(("If-None-Match", tag)) }
        // The front end ends connections that nothing comes by.
        if monotonicMilliseconds - lastMade > 60_000 { connection = nil }
        let open = try connection ?? http.connect()
        connection = open
        lastMade = monotonicMilliseconds
        try open.send(request.method, request.target, fields, body: request.body)
        let answer = try open.receive(to: request.method)
        if answer["Connection"]?.lowercased() == "close" { connection = nil }
        if request.isConditional, answer.status == 200 { tags[request.target] = answer["ETag"] }
        return answer
    }

    /// The id of its last request.
    private var id: String { "load-\(number)-\(made)" }

    private func note(_ answer: HTTPAnswer, to request: LoadRequest) {
        counts.answer(request.route, answer.status)
        if request.isOfQueue { counts.add(#"auth_requests_total{method="local",success="true"}"#) }
        counts.cache(answer["X-Cache"], answer["X-Cache-Tier"])
        if let fault = fault(of: answer, to: request) {
            acknowledged.fail(
                "\(request.method) \(request.target): \(fault): \(answer.status) \(answer.text.prefix(300))")
        }
    }

    private func fault(of answer: HTTPAnswer, to request: LoadRequest) -> String? {
        if answer.status == 503 { return answer.faultOfProblem }
        guard request.statuses.contains(answer.status) else { return "an unexpected status" }
        guard answer["X-Request-ID"] == id else { return "the answer to \(answer["X-Request-ID"] ?? "nobody")" }
        // All of them would take longer than to make them.
        guard made % 100 == 0 else { return nil }
        let isProblem = answer.status >= 400 && request.method != "HEAD"
        return answer.brokenRules.first ?? (isProblem ? answer.faultOfProblem : nil)
    }
}
