import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Deploys that GitHub is told of twice, as the runner does: that they have begun, and how they have ended.
    @Suite struct BegunDeploymentTests {
        private func withGitHub(_ body: @escaping @Sendable (Origin, FakeGitHub) async throws -> Void) async throws {
            try await withFake { github, settings in
                try await withOrigin(environment: settings) { origin in try await body(origin, github) }
            }
        }

        private func withFake(_ body: (FakeGitHub, [String: String]) async throws -> Void) async throws {
            let github = try FakeGitHub(FakeGitHub.Repository("owner/project"), token: "gh-secret")
            defer { github.stop() }
            try await body(
                github,
                [
                    "GITHUB_DEPLOYMENTS": "true", "GITHUB_REPO": github.repository, "GITHUB_TOKEN": "gh-secret",
                    "GITHUB_API_URL": github.url(),
                ])
        }

        /// Leaves in the outbox what GitHub is to be told of deploys, in one step.
        private func leave(_ jobs: (identity: String, state: String)..., in store: TestStore) throws {
            for job in jobs {
                let json = JSON.object([
                    "identity": .string(job.identity), "ref": "0123456789abcdef0123456789abcdef01234567",
                    "environment": "web", "state": .string(job.state), "description": .string("is \(job.state)"),
                ])
                try store.run("LPUSH", store.key("left"), json.encoded)
            }
            try store.run("RENAME", store.key("left"), store.key("{deploys}:github"))
        }

        @Test("A deploy that has begun and ended is one deployment with both states")
        func whole() async throws {
            try await withGitHub { origin, github throws in
                try leave(("a", "in_progress"), in: origin.store)
                #expect(eventually { github.states == [["in_progress"]] }, "\(github.states)")
                try leave(("a", "success"), ("b", "in_progress"), ("b", "failure"), in: origin.store)
                let expected = [["in_progress", "success"], ["in_progress", "failure"]]
                #expect(eventually { github.states == expected }, "\(github.states)")
                #expect(github.contents.deployments[0].environment == "web")
                #expect(github.contents.deployments[0].statuses.map(\.description) == ["is in_progress", "is success"])
            }
        }

        @Test("That one has begun is said once, and not after it has ended")
        func late() async throws {
            try await withGitHub { origin, github throws in
                try leave(("a", "success"), ("a", "in_progress"), ("b", "in_progress"), in: origin.store)
                #expect(eventually { github.states == [["success"], ["in_progress"]] }, "\(github.states)")
                try leave(("b", "in_progress"), ("c", "success"), in: origin.store)
                let expected = [["success"], ["in_progress"], ["success"]]
                #expect(eventually { github.states == expected }, "\(github.states)")
            }
        }

        @Test("Where it is not known whether it was said that one has begun, it is not said again")
        func lost() async throws {
            try await withGitHub { origin, github throws in
                let lost = FakeGitHub.Behaviour { _, usual in
                    _ = usual()
                    return .drop
                }
                github.next(lost, on: "POST /deployments")
                try leave(("a", "in_progress"), ("a", "success"), in: origin.store)
                #expect(eventually(within: 60) { github.states == [["success"]] }, "\(github.states)")
                github.next(.serverError, on: "POST /deployments/*")
                try leave(("b", "in_progress"), ("b", "success"), in: origin.store)
                #expect(eventually(within: 60) { github.states == [["success"], ["success"]] }, "\(github.states)")
            }
        }

        @Test("Of two hosts one makes the deployment, and what both are told becomes of it in its order")
        func hosts() async throws {
            try await withFake { github, settings in
                // Whoever looked at the same time would not find what the other one makes.
                github.always(.slow(1.5), on: "GET /deployments*")
                try await withHosts(environment: settings) { north, _ throws in
                    try leave(
                        ("a", "in_progress"), ("a", "success"), ("b", "in_progress"), ("b", "failure"),
                        in: north.store)
                    let expected = [["in_progress", "success"], ["in_progress", "failure"]]
                    #expect(eventually(within: 40) { github.states == expected }, "\(github.states)")
                }
            }
        }

        @Test(
            "After an agent that was killed while it told GitHub another goes on, with the same deployment and the rest"
        )
        func killed() async throws {
            try await withGitHub { origin, github throws in
                github.next(.slow(5), on: "POST /deployments")
                try leave(("a", "in_progress"), ("a", "success"), in: origin.store)
                #expect(github.receives(for: "POST /deployments"))
                kill(try #require(value { origin.pool.agents.first }), SIGKILL)
                #expect(eventually(within: 40) { github.states == [["success"]] }, "\(github.states)")
            }
        }
    }
}

extension FakeGitHub {
    /// The states of each deployment, in the order in which they were made.
    fileprivate var states: [[String]] { contents.deployments.map { $0.statuses.map(\.state) } }
}
