import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Processes of every kind that are killed, stopped and asked to end at random, while clients of every kind go on.
    @Suite struct KilledAtRandomTests {
        private static let seed: UInt64 = 20_261_122
        private static let children: [MortalOrigin.Role] =
            Array(repeating: .worker, count: 8) + [.streamer, .streamer, .agent, .agent, .runner]

        @Test("Who serves is killed: no reader notices, and nothing that was acknowledged is lost or done twice")
        func servants() async throws {
            try await withMortalOrigin { origin throws in
                let before = Footprint(of: origin.processes(.supervisor)).descriptors
                let clients = try AllClients(origin, allowing: [200, 204])
                let health = Load(origin.http, "/health", clients: 2)
                let hits = Load(origin.http.patient, "/api/github/issues", clients: 1, bodyEnding: "]")
                #expect(clients.traffic.pass(20), "\(clients.traffic.acknowledged.failures)")
                var signals = RandomSignals(seed: Self.seed, Self.children)
                try signals.strike(origin, times: EndToEnd.UnderFire.count(32, long: 5000))
                #expect(signals.deaths > 20, "\(signals.counts)")
                let answered = health.stop()
                #expect(answered.failures == [])
                #expect(hits.stop().failures == [])
                try clients.stop()

                #expect(origin.isWhole(), "\(origin.leftovers) \(origin.log.suffix(1000))")
                try clients.expectNothingLost(in: origin)
                #expect(clients.follower.sees(Set(clients.traffic.acknowledged.events.map(\.sha)), within: patience))
                try clients.expectFollowed(in: origin)
                // Who was killed after it had noted a request, and before its answer was out, has it counted as well.
                let counted = try Samples(origin.http.get("/metrics").text).requests("/health", "2xx")
                #expect((answered.answered...answered.answered + signals.deaths).contains(counted))
                #expect(Footprint(of: origin.processes(.supervisor)).descriptors == before)
                try origin.expectNothingLeft()
            }
        }

        @Test("The supervisor is killed as well, and all of them with it: what is refused meanwhile can be sent again")
        func supervisor() async throws {
            try await withMortalOrigin { origin throws in
                let clients = try AllClients(origin, allowing: [200, 204, 502, 503, 504])
                #expect(clients.traffic.pass(20), "\(clients.traffic.acknowledged.failures)")
                var signals = RandomSignals(
                    seed: Self.seed, Self.children + Array(repeating: .supervisor, count: 6))
                try signals.strike(origin, times: EndToEnd.UnderFire.count(24, long: 4000))
                #expect(signals.counts["supervisor killed"] ?? 0 > 0, "\(signals.counts)")
                try clients.stop()

                #expect(origin.isWhole(), "\(origin.leftovers) \(origin.log.suffix(1000))")
                try clients.expectNothingLost(in: origin)
                try clients.expectFollowed(in: origin)
                try origin.expectNothingLeft()
            }
        }
    }
}
