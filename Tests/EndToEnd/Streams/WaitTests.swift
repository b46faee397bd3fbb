import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Waits as a worker hands them over to the streamer.
    @Suite struct WaitTests {
        @Test("It is as its worker has handed it over that a client is kept, whatever the time is by now")
        func handedOver() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let streamer = FastCGIClient(.unix(origin.pool.streamSocket))
                @Sendable func ask(_ wait: String) throws -> FastCGIClient.Answer {
                    try streamer.request("GET", "/hold/\(wait)", variables: ["CHIMNEY_HOLD": wait])
                }
                @Sendable func handover(of id: String, for milliseconds: Int) -> String {
                    "\(id)-\(String((monotonicMilliseconds + milliseconds) * 1000, radix: 16))"
                }
                // The clock was set back on the way, and the limit is far off.
                let late = String((Int(Date().timeIntervalSince1970) + 3600) * 1000, radix: 16)
                let far = "\(String(repeating: "a", count: 32))-\(late)"
                #expect(try ask(handover(of: far, for: 300)).status == 504)
                // It was set ahead, and the limit seems to be long past.
                _ = try origin.get("/debug/hold?name=past&ms=0")
                let past = try #require(try origin.http.post("/debug/hold/finish?name=past", "").json.id?.text)
                #expect(try origin.store.run("DEL", origin.store.key("hold:\(past)")).integer == 1)
                let kept = Background { try ask(handover(of: past, for: 20_000)).status }
                #expect(try origin.keeps(1))
                let looks = try origin.store.commandCounts["exists"] ?? 0
                #expect(try eventually { try origin.store.commandCounts["exists"] ?? 0 > looks + 5 })
                #expect(try origin.http.post("/debug/hold/finish?name=past", "").status == 200)
                #expect(try kept.value() == 200)
            }
        }
    }
}
