import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Any of two origins behind an edge may die at any time.
    @Suite struct LostOriginTests {
        @Test("Caddys and pools killed and restarted under load: no GET fails, no POST is lost, no event is missed")
        func killed() async throws {
            let github = try FakeGitHub(token: CachingSettings.githubToken)
            defer { github.stop() }
            try await withEdge(settings: CachingSettings.environment(github)) { edge throws in
                let path = "/api/github/pulls?state=open"
                #expect(try edge.http.get(path).status == 200)
                let load = try EdgeLoad(edge, [("/api/deploy/status", "}"), (path, "]"), ("/lib/dom.js", "")])
                let (north, south) = (edge.north, edge.south)

                north.front.kill()
                #expect(load.goesOn())
                try north.front.start()
                #expect(edge.reaches(north))

                #expect(south.killPool())
                #expect(load.goesOn())
                try south.startPool()
                #expect(edge.reaches(south))

                north.pool.stop()
                #expect(load.goesOn())
                try north.startPool()
                #expect(edge.reaches(north))

                south.front.stop()
                #expect(load.goesOn())
                try south.front.start()
                #expect(edge.reaches(south))

                #expect(north.killPool())
                north.front.kill()
                #expect(load.goesOn())
                try north.startPool()
                try north.front.start()
                #expect(edge.reaches(north))

                try load.expectNothingLost()
            }
        }

        @Test("An origin cut off under load, from its edge and its store: likewise", .enabled(if: Network.isPossible))
        func cutOff() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let network = try Network()
                // The test asks it by its unix socket, the origins by their links.
                let server = try StoreServer(
                    .unix,
                    more: ["--port", "6379", "--bind", network.middleOfNorth, network.middleOfSouth]
                        + ["--protected-mode", "no"],
                    command: network.middle.command)
                let edge = try Edge(TestStore(server), network: network)
                defer { edge.stop() }
                let load = try EdgeLoad(edge, [("/api/deploy/status", "}"), ("/lib/dom.js", "")])
                for (space, origin) in [(network.north, edge.north), (network.south, edge.south)] {
                    try space.cut()
                    #expect(load.goesOn())
                    #expect(try load.isFollowed())
                    try space.mend()
                    #expect(edge.reaches(origin))
                    // Only then it is the other one's turn.
                    #expect(try origin.front.http.hasStoreAgain())
                }
                // Of the two that its stream can have come from, each was away.
                #expect(load.follower.streams > 1)
                try load.expectNothingLost()
            }
        }
    }
}
