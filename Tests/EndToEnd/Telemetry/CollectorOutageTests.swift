import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Collectors that are away, slow, busy or wrong. None of it costs a request anything, and nothing is lost.
    @Suite struct CollectorOutageTests {
        private static let goes = "warning the collector does not take telemetry, which waits: "
        private static let returns = "notice the collector takes telemetry again: "

        @Test("While nobody listens all waits, and arrives later; the log says so once")
        func away() async throws {
            try await withCollector(isRunning: false) { origin, collector throws in
                #expect(eventually { origin.collectorLines.count == 1 })
                let ids = try origin.request(times: 1000)
                #expect(
                    try eventually {
                        let outbox = try origin.outbox()
                        return outbox.waiting + outbox.taken >= 1000
                    })
                try collector.start()
                #expect(Set(try collector.spans(of: ids, within: 60).map(\.requestID)).count == 1000)
                #expect(eventually { origin.collectorLines.count == 2 })
                let address = "http://127.0.0.1:\(collector.port)"
                #expect(
                    origin.collectorLines == [Self.goes + "\(address): Connection refused", Self.returns + address])
                #expect(try eventually { try origin.outbox() == (0, 0) })
                let dropped = Samples(try origin.get("/metrics").text)["chimney_export_dropped_total"]
                #expect(dropped == 0)
                // The lines of the log, too, and each span once: nothing was sent twice where nothing went wrong.
                #expect(try collector.counts.logs?.integer ?? 0 >= 1000)
            }
        }

        @Test(
            "429, 502, 503 and 504 are repeated until they are taken, and not before the collector wants",
            arguments: [429, 502, 503, 504])
        func busy(status: Int) async throws {
            try await withCollector(environment: ["OTEL_METRICS_EXPORTER": "none"]) { origin, collector throws in
                try collector.behave(#"{"status":\#(status),"retry_after":"1","times":2}"#)
                let ids = try origin.request(times: 50)
                #expect(try collector.spans(of: ids).count == 50, "once each")
                // What was refused of either has come again then.
                #expect(try eventually(within: 30) { try collector.counts.logs?.integer ?? 0 >= 50 })
                for signal in ["traces", "logs"] {
                    let requests = try collector.requests(signal)
                    guard let refused = requests.firstIndex(where: { $0.status?.integer == status }) else { continue }
                    let next = try #require(requests.dropFirst(refused + 1).first)
                    let pause = (next.time?.number ?? 0) - (requests[refused].time?.number ?? 0)
                    #expect(pause >= 1, "\(signal): \(pause) s")
                }
                #expect(try collector.received.requests?.list.count { $0.status?.integer == status } == 2)
                #expect(eventually { origin.collectorLines.count == 2 })
                #expect(origin.collectorLines.first?.hasSuffix("it answers with \(status)") == true)
            }
        }

        @Test("One signal waits by itself: what the other one has delivered is not sent again")
        func oneSignal() async throws {
            try await withCollector { origin, collector throws in
                try collector.behave(#"{"signal":"traces","status":503}"#)
                let ids = try origin.request(times: 50)
                #expect(try eventually { try collector.counts.logs?.integer ?? 0 >= 1 })
                #expect(
                    try eventually {
                        try collector.requests("traces").count { $0.status?.integer == 503 } >= 2
                    })
                // That of the pool's own start may have been sent before.
                #expect(try collector.received.spans?.list.contains { ids.contains($0.requestID ?? "") } == false)
                try collector.behave()
                #expect(try collector.spans(of: ids).count == 50)
                let records = try collector.received.logs?.list.compactMap(\.attributes?.id?.integer) ?? []
                #expect(Set(records).count == records.count, "a log record that came twice")
            }
        }

        @Test(
            "An answer that comes late, or is none, is one to be repeated",
            arguments: [#"{"delay":3,"times":2}"#, #"{"garbage":true,"times":2}"#, #"{"hang":true,"times":2}"#])
        func odd(behaviour: String) async throws {
            let environment = ["OTEL_EXPORTER_OTLP_TIMEOUT": "2500", "OTEL_METRICS_EXPORTER": "none"]
            try await withCollector(environment: environment) { origin, collector throws in
                try collector.behave(behaviour)
                let ids = try origin.request(times: 50)
                #expect(Set(try collector.spans(of: ids).map(\.requestID)).count == 50)
                #expect(eventually { origin.collectorLines.count == 2 }, "\(origin.collectorLines)")
                #expect(try eventually { try origin.outbox() == (0, 0) })
            }
        }

        @Test("A slow collector gets all, one batch at a time, and no request waits for it")
        func slow() async throws {
            try await withCollector { origin, collector throws in
                try collector.behave(#"{"delay":0.5}"#)
                let ids = try origin.request(times: 1000)
                #expect(try collector.spans(of: ids, within: 60).count == 1000)
                #expect(origin.collectorLines == [])
                for request in try collector.requests("traces") { #expect(request.status == 200) }
            }
        }

        @Test("What the collector refuses is left out, counted, and said once", arguments: [400, 500])
        func refused(status: Int) async throws {
            try await withCollector(environment: ["OTEL_METRICS_EXPORTER": "none"]) { origin, collector throws in
                try collector.behave(#"{"status":\#(status)}"#)
                for _ in 0..<3 {
                    let before = try collector.requests("traces").count
                    _ = try origin.request(times: 20)
                    #expect(try eventually { try collector.requests("traces").count > before })
                }
                #expect(try eventually { try origin.outbox() == (0, 0) })
                try collector.behave()
                let ids = try origin.request(times: 20)
                #expect(try collector.spans(of: ids).count == 20)
                #expect(
                    try eventually {
                        // Spans and log records of each.
                        Samples(try origin.get("/metrics").text)["chimney_export_dropped_total"] >= 120
                    })
                let lines = origin.collectorLines
                #expect(lines.count == 1, "\(lines)")
                #expect(lines.first?.hasPrefix("error the collector does not take everything: ") == true)
                #expect(lines.first?.hasSuffix("for good: it answers with \(status)") == true)
            }
        }

        @Test("What a partial success rejects is counted, said once, and not sent again")
        func partial() async throws {
            try await withCollector(environment: ["OTEL_METRICS_EXPORTER": "none"]) { origin, collector throws in
                try collector.behave(#"{"signal":"traces","rejected":3,"message":"spans of odd length"}"#)
                let before = try collector.requests("traces").count
                var batches = 0
                for _ in 0..<3 {
                    let ids = try origin.request(times: 20)
                    #expect(try collector.spans(of: ids).count == 20, "once each")
                    batches = try collector.requests("traces").count - before
                }
                #expect(
                    try eventually {
                        let dropped = Samples(try origin.get("/metrics").text)["chimney_export_dropped_total"]
                        return Int(dropped) >= 3 * batches
                    })
                #expect(origin.collectorLines.count == 1)
                #expect(origin.collectorLines.first?.contains("all but 3 of ") == true)
                #expect(origin.collectorLines.first?.hasSuffix(" spans: spans of odd length") == true)
            }
        }

        @Test("An agent that is killed while it exports loses nothing: its successor sends it again")
        func killed() async throws {
            try await withCollector(environment: ["OTEL_METRICS_EXPORTER": "none"]) { origin, collector throws in
                let before = try collector.requests("traces").count
                try collector.behave(#"{"hang":true}"#)
                let ids = try origin.request(times: 100)
                #expect(try eventually { try collector.requests("traces").count > before })
                let agent = try #require(value { origin.pool.children("agent").first })
                kill(agent, SIGKILL)
                #expect(eventually { origin.pool.children("agent").first.map { $0 != agent } ?? false })
                try collector.behave()
                #expect(Set(try collector.spans(of: ids).map(\.requestID)) == ids)
                #expect(try eventually { try origin.outbox() == (0, 0) })
            }
        }

        @Test("A pool that ends exports the rest")
        func ending() async throws {
            try await withCollector { origin, collector throws in
                let ids = try origin.request(times: 1000)
                #expect(origin.pool.stop() == .exited(0))
                #expect(Set(try collector.spans(of: ids, within: 1).map(\.requestID)) == ids)
                #expect(try origin.outbox() == (0, 0))
            }
        }

        @Test("What a collector does not take at the end waits for the next pool")
        func endingWithout() async throws {
            try await withCollector { origin, collector throws in
                let before = try collector.requests("traces").count
                try collector.behave(#"{"hang":true}"#)
                let ids = try origin.request(times: 100)
                #expect(try eventually { try collector.requests("traces").count > before })
                #expect(origin.pool.stop() == .exited(0))
                let outbox = try origin.outbox()
                #expect(outbox.waiting >= 100)
                #expect(outbox.taken == 0, "another host's agent can take them")
                try collector.behave()
                let settings = collector.environment.merging(origin.store.environment) { $1 }
                let next = try PoolProcess(environment: settings)
                defer { next.stop() }
                #expect(Set(try collector.spans(of: ids).map(\.requestID)) == ids)
            }
        }
    }
}
