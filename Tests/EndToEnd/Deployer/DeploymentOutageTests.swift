import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The store away, and processes of the pool killed, while a deployment is under way and its caller waits.
    @Suite struct DeploymentOutageTests {
        /// Takes the store away; what it holds is there again at the end.
        private static func begin(_ outage: StoreOutage, _ server: StoreServer) {
            switch outage {
            case .refused: server.stopKeeping()
            case .hanging: server.freeze()
            }
        }

        private static func with(_ body: @Sendable (DeployOrigin, StoreServer) throws -> Void) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withDeployOrigin(server: server, services: DeployOrigin.patientSwap) { origin throws in
                    try origin.publish(1...3)
                    try origin.succeed(1)
                    try body(origin, server)
                    try origin.expectFree()
                    try origin.expectWorks(3)
                }
            }
        }

        @Test(
            "The store away in the middle: the deployment goes on, and is concluded later",
            arguments: StoreOutage.allCases)
        func away(outage: StoreOutage) async throws {
            try await Self.with { origin, server in
                let place = try origin.docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                Self.begin(outage, server)
                place.resume()
                // All that there is to do with docker is done while the store is away.
                #expect(
                    try eventually(within: 60) {
                        let last = try origin.docker.last()
                        return last.summary == "compose rm app" && last.status == 0
                    })
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(2)])
                try outage.end(server)
                #expect(try origin.origin.hasStoreAgain())
                let record = try origin.end(for: caller)
                #expect(record.status == "succeeded" && record.phase == "done")
                // Nothing of what it had to tell meanwhile is lost, or told twice.
                let logs = record.logs?.list.compactMap(\.text) ?? []
                #expect(logs.count { $0.contains("is healthy, and runs") } == 1, "\(logs)")
                #expect(record.log_lines?.integer == logs.count)
            }
        }

        @Test(
            "The store away before anything was changed: nothing is, until it is back", arguments: StoreOutage.allCases)
        func awayBefore(outage: StoreOutage) async throws {
            try await Self.with { origin, server in
                let place = try origin.docker.pause(.after, matching: "image inspect")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                Self.begin(outage, server)
                place.resume()
                #expect(try eventually { try origin.docker.last().status == 0 })
                let inspected = try origin.docker.last().number
                #expect(try !eventually(within: 1.5) { try origin.docker.last().number > inspected })
                let back = Date().timeIntervalSince1970
                try outage.end(server)
                #expect(try origin.origin.hasStoreAgain())
                let record = try origin.end(for: caller)
                #expect(record.status == "succeeded", "\(record)")
                let next = try #require(try origin.docker.commands.first { $0.number == inspected + 1 })
                #expect(next.time >= back, "the service was touched while the store was away")
            }
        }

        @Test("Workers or the streamer killed while a caller waits", arguments: ["worker", "streamer"])
        func killed(role: String) async throws {
            try await Self.with { origin, _ in
                let pool = origin.origin.pool
                let place = try origin.docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                #expect(try origin.origin.keeps(1))
                let victims = pool.children(role)
                #expect(!victims.isEmpty)
                for victim in victims { kill(victim, SIGKILL) }
                #expect(
                    eventually(within: 60) {
                        let now = pool.children(role)
                        return now.count == victims.count && Set(now).isDisjoint(with: victims)
                    })
                #expect(try eventually(within: 60) { try origin.newest().status == "running" })
                place.resume()
                #expect(try origin.end(for: caller).status == "succeeded")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(2)])
            }
        }
    }
}
