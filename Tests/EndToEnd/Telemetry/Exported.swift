import TestSupport

/// Runs a test with an origin that exports to a collector.
func withCollector<Result: Sendable>(
    isRunning: Bool = true, workers: Int = 4, environment: [String: String] = [:],
    caddy: [String: String] = [:], _ body: @Sendable (Origin, Collector) async throws -> Result
) async throws -> Result {
    let collector = try Collector(isRunning: isRunning)
    defer { collector.stop() }
    let settings = collector.environment.merging(environment) { $1 }
    return try await withOrigin(workers: workers, environment: settings, caddy: caddy) { origin in
        try await body(origin, collector)
    }
}

extension Collector {
    /// The spans that it has of requests with these ids, once it has all of them, or as many as came in time.
    func spans(of requests: Set<String>, within seconds: Double = 30) throws -> [JSON] {
        var found: [JSON] = []
        var known = -1
        _ = try eventually(within: seconds, every: 50) {
            // All of them are much to read, so they are asked for when there are more.
            let count = try counts.spans?.integer ?? 0
            guard count != known, count >= requests.count else { return false }
            known = count
            found = try received.spans?.list.filter { requests.contains($0.requestID ?? "") } ?? []
            return Set(found.map(\.requestID)).count == requests.count
        }
        return found
    }

    /// The requests that it got for a signal, whatever it answered.
    func requests(_ signal: String) throws -> [JSON] {
        try received.requests?.list.filter { $0.signal?.text == signal } ?? []
    }
}

extension JSON {
    /// The id of the request that a span is of.
    var requestID: String? { self.attributes?["chimney.request_id"]?.text }
}

extension Origin {
    /// Makes requests on several connections, each with an id of its own, which have to be answered with a status; returns the
    /// ids.
    func request(_ target: String = "/api/version", times: Int, is status: Int = 200) throws -> Set<String> {
        let ids = (0..<times).map { _ in "otlp-\(Event.freshSHA())" }
        let threads = min(8, times)
        try HTTPClient.concurrently(threads) { thread in
            for index in stride(from: thread, to: times, by: threads) {
                let answer = try self.get(target, [("X-Request-ID", ids[index])])
                guard answer.status == status else {
                    throw TestSupportError("GET \(target): \(answer.status) \(answer.text.prefix(300))")
                }
            }
        }
        return Set(ids)
    }

    /// The lines of the log that tell of the collector.
    var collectorLines: [String] {
        pool.logLines.compactMap { line in
            guard line.msg?.text?.contains("collector") == true else { return nil }
            return "\(line.level?.text ?? "") \(line.msg?.text ?? "")"
        }
    }

    /// How many items wait to be exported, and how many an agent is at.
    func outbox() throws -> (waiting: Int, taken: Int) {
        var taken = 0
        for key in try store.run("KEYS", store.key("{telemetry}:outbox:*")).array.compactMap(\.string) {
            if try store.run("TYPE", key).string == "list" { taken += Int(try store.run("LLEN", key).integer ?? 0) }
        }
        return (Int(try store.run("LLEN", store.key("{telemetry}:outbox")).integer ?? 0), taken)
    }
}
