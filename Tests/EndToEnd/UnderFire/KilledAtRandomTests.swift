import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Processes of every kind that are killed, stopped and asked to end at random, while clients of every kind go on.
    @Suite struct KilledAtRandomTests {
        /// Clients of every kind.
        private struct Clients {
            let traffic: Traffic
            let follower: Follower
            let deployer: DeployingClient
            let hits: Load
            let versions: Load

            init(_ origin: MortalOrigin, allowing statuses: Set<Int>) throws {
                #expect(try origin.http.patient.get("/api/github/issues").status == 200)
                follower = Follower(origin.http.address)
                let targets = Traffic.targets + (1...5).map { "/api/github/issues?page=\($0)" }
                traffic = Traffic([origin.http], writers: 2, readers: 2, of: targets, allowing: statuses, endurance: 60)
                deployer = DeployingClient(origin)
                hits = Load(origin.http.patient, "/api/github/issues", clients: 1, bodyEnding: "]")
                versions = Load(origin.http, "/api/version", clients: 2)
            }
        }

        private static let seed: UInt64 = 20_261_122

        @Test("Who serves is killed: readers notice nothing, and nothing that was acknowledged is lost or done twice")
        func children() async throws {
            try await withMortalOrigin { origin throws in
                let clients = try Clients(origin, allowing: [200, 204])
                #expect(clients.traffic.pass(20), "\(clients.traffic.acknowledged.failures)")
                var signals = RandomSignals(
                    seed: Self.seed, [.worker, .worker, .worker, .worker, .streamer, .agent, .runner])
                try signals.strike(origin, for: Double(EndToEnd.UnderFire.count(6, long: 600)))
                print(signals.counts)
                print(clients.traffic.readings.failures.prefix(10))
                print(clients.hits.stop(), clients.versions.stop())
                try clients.traffic.stop()
                try clients.deployer.stop()
                print(clients.deployer.calls, clients.deployer.failures)
                print(try clients.follower.stop().gaps)
                #expect(origin.isWhole())
            }
        }
    }
}
