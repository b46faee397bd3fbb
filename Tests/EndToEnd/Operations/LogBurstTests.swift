import TestSupport
import Testing

extension EndToEnd {
    @Suite(.origin(workers: 8)) struct LogBurstTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test("Of 900 requests at 32 connections the ring has one valid line each, none torn, none twice")
        func burst() throws {
            let mark = "burst-\(UInt32.random(in: 0 ... .max))"
            try HTTPClient.concurrently(32) { thread throws in
                for number in stride(from: thread, to: 900, by: 32) {
                    #expect(try origin.get("/api/version", [("X-Request-ID", "\(mark)-\(number)")]).status == 200)
                }
            }
            let expected = Set((0..<900).map { "\(mark)-\($0)" })
            func lines() throws -> [JSON] {
                try origin.logLines("limit=1000").filter { $0.request_id?.text?.hasPrefix(mark) == true }
            }
            // As the store has them: to ask the pool would push them out of the ring.
            #expect(
                try eventually(every: 100) {
                    try origin.ring.count { $0.request_id?.text?.hasPrefix(mark) == true } >= 900
                })
            let found = try lines()
            #expect(found.count == 900)
            #expect(Set(found.compactMap(\.request_id?.text)) == expected)
            #expect(found.allSatisfy { $0.status == 200 && $0.route == "/api/version" && $0.latency_ms?.number != nil })
            let ids = found.compactMap(\.id?.integer)
            #expect(ids == ids.sorted())
            #expect(Set(ids).count == 900)
        }
    }
}
