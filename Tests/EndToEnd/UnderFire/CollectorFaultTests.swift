import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// A collector that does what no server should. Those that are away, busy or slow are in `CollectorOutageTests`.
    @Suite(.serialized) struct CollectorFaultTests {
        @Test("No request notices; what is sent again arrives when it is over, and what is not is counted")
        func hostile() async throws {
            let collector = try Collector()
            defer { collector.stop() }
            let hostile = Hostile()
            let front = try ScriptedHTTPServer { hostile.answer(to: $0) ?? Self.pass($0, to: collector) }
            defer { front.stop() }
            let environment = Traffic.environment.merging([
                "OTEL_EXPORTER_OTLP_ENDPOINT": front.url(""), "OTEL_METRICS_EXPORTER": "none",
            ]) { $1 }
            try await withOrigin(
                workers: 2, environment: collector.environment.merging(environment) { $1 }
            ) { origin throws in
                let processes = Set(origin.pool.workers + origin.pool.agents)
                var kept: Set<String> = []
                // After these it cannot be told whether anything was taken, and it is sent again.
                let unclear: [Hostile.Answer] = [{ _ in .reset }, { _ in .resetInMiddle }]
                for answer in unclear {
                    hostile.set(answer)
                    let asked = front.requests.count
                    kept.formUnion(try origin.request(times: 20))
                    #expect(front.receives(asked + 1))
                    hostile.set(nil)
                    #expect(try eventually { try origin.outbox() == (0, 0) })
                }
                #expect(Set(try collector.spans(of: kept).map(\.requestID)) == kept)
                #expect(try origin.samples["chimney_export_dropped_total"] == 0)
                // These are answers, of a kind that would come again.
                var dropped = 0.0
                let others: [Hostile.Answer] = [
                    { _ in .endlessHeader }, { _ in .endlessBody }, { _ in .bomb }, HTTPServerAnswer.circle,
                ]
                for answer in others {
                    hostile.set(answer)
                    _ = try origin.request(times: 20)
                    let isCounted = try eventually {
                        try origin.samples["chimney_export_dropped_total"] >= dropped + 40
                    }
                    #expect(isCounted, "a span and a line of each request")
                    #expect(try eventually { try origin.outbox() == (0, 0) })
                    dropped = try origin.samples["chimney_export_dropped_total"]
                    hostile.set(nil)
                }
                let traffic = Traffic([origin.http], writers: 1, readers: 1, allowing: [200, 204])
                for answer in unclear + others {
                    hostile.set(answer)
                    let asked = front.requests.count
                    #expect(traffic.pass(5), "\(traffic.acknowledged.failures)")
                    #expect(front.receives(asked + 1))
                }
                hostile.set(nil)
                try traffic.stop()
                try traffic.expectNothingLost(in: origin.store)
                #expect(try eventually { try origin.outbox() == (0, 0) })
                let last = try origin.request(times: 20)
                #expect(Set(try collector.spans(of: last).map(\.requestID)) == last)
                #expect(try origin.samples["chimney_panics_total"] == 0)
                #expect(Set(origin.pool.workers + origin.pool.agents) == processes)
            }
        }

        @Test("What waits for a collector that is away has a bound, and what is beyond it is counted")
        func bound() async throws {
            let environment = ["OTEL_METRICS_EXPORTER": "none"]
            try await withCollector(isRunning: false, environment: environment) { origin, collector throws in
                _ = try origin.request(times: 20)
                #expect(try eventually { try origin.outbox().taken > 0 })
                // As much as may wait, put there at once.
                let fill = """
                    local item = redis.call('LINDEX', KEYS[1], 0) or redis.call('LINDEX', KEYS[2], 0) or '{}'
                    for i = redis.call('LLEN', KEYS[1]) + 1, 10000 do redis.call('LPUSH', KEYS[1], item) end
                    """
                let outbox = origin.store.key("{telemetry}:outbox")
                let server = try #require(origin.store.server)
                try server.run("EVAL", fill, "2", outbox, outbox)
                let ids = try origin.request(times: 100)
                #expect(try eventually { try origin.samples["chimney_export_dropped_total"] >= 100 })
                #expect(try origin.outbox().waiting == 10_000)
                try collector.start()
                #expect(Set(try collector.spans(of: ids, within: 60).map(\.requestID)) == ids, "the newest stay")
            }
        }

        private static func pass(_ request: HTTPServerRequest, to collector: Collector) -> HTTPServerAnswer {
            let fields = request.fields.filter { $0.name.lowercased().hasPrefix("content-type") }
            let passed = try? HTTPClient(.port(collector.port)).request(
                request.method, request.target, fields.map { ($0.name, $0.value) }, body: request.body)
            guard let passed else { return .drop }
            return HTTPServerAnswer(passed.status, body: passed.body)
        }
    }
}

/// What a server does in place of its answers, as long as that is set.
private final class Hostile: @unchecked Sendable {
    typealias Answer = @Sendable (HTTPServerRequest) -> HTTPServerAnswer

    private let lock = NSLock()
    private var current: Answer?

    func set(_ answer: Answer?) { lock.withLock { current = answer } }

    func answer(to request: HTTPServerRequest) -> HTTPServerAnswer? { lock.withLock { current }?(request) }
}

extension HTTPServerAnswer {
    /// A connection that is reset in the middle of an answer.
    fileprivate static let resetInMiddle: HTTPServerAnswer = {
        var answer = HTTPServerAnswer(200, text: "{}")
        answer.cutAfter = 20
        answer.isReset = true
        return answer
    }()
}
