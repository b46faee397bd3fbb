import TestSupport
import Testing

extension EndToEnd {
    /// Whom a deployment is told to: the deploy record, the queue, GitHub, and everybody who listens.
    @Suite struct DeploymentReportTests {
        private static let organisation = "acme-reports"

        private func withReports(
            _ body: @escaping @Sendable (DeployOrigin, QueueClient, FakeGitHub) throws -> Void
        ) async throws {
            let github = try FakeGitHub(FakeGitHub.Repository("owner/project"), token: "gh-secret")
            defer { github.stop() }
            let settings = [
                "GITHUB_DEPLOYMENTS": "true", "GITHUB_REPO": github.repository, "GITHUB_TOKEN": "gh-secret",
                "GITHUB_API_URL": github.url(),
            ].merging(QueueClient.settings) { $1 }
            try await withDeployOrigin(
                environment: settings,
                services: { try DeployOrigin.swap($0, more: ",\"organisation\":\"\(Self.organisation)\"") }
            ) { origin throws in
                try body(origin, QueueClient(origin.origin.http, Self.organisation), github)
                for log in [origin.runner.log, origin.origin.pool.log] { #expect(!log.contains("gh-secret")) }
            }
        }

        @Test("A signed call is in the record of deploys, the queue, at GitHub, and on the stream of events")
        func told() async throws {
            try await withReports { origin, queue, github throws in
                try origin.publish(2)
                let events = try EventStream(.port(origin.origin.caddy.port), "/api/events")
                #expect(events.head()?.status == 200)
                let pause = try origin.docker.pause(matching: "up --detach")
                let sha = DeployOrigin.sha(1)
                let queued = try queue.create(["commit_sha": sha], "scheduled")
                let id = try origin.begin(sha, #","deployment_id":"\#(queued)","reason":"release 4""#)
                #expect(pause.waitUntilReached())
                #expect(try queue.status(queued) == "in_progress")
                #expect(eventually(within: 60) { github.all == [["in_progress"]] }, "\(github.all)")
                #expect(try origin.origin.get("/api/deploy/status?service=app").status == 204)
                pause.resume()
                let told = try origin.end(of: id)
                #expect(told.status == "succeeded" && told.reason == "release 4")
                #expect(told.deployment_id?.text == queued)

                #expect(try eventually(within: 60) { try queue.status(queued) == "deployed" })
                let moves = try queue.history(queued)
                let statuses = moves.compactMap { $0.change?.status?.to?.text }
                #expect(statuses == ["scheduled", "in_progress", "deployed"], "\(moves)")
                let status = try origin.origin.get("/api/deploy/status?service=app").json
                #expect(status.last_deploy?.sha?.text == sha && status.last_deploy?.outcome == "success")
                #expect(status.last_deploy?.pr_title == "release 4" && status.total_deploys == 1)
                #expect(eventually(within: 60) { github.all == [["in_progress", "success"]] }, "\(github.all)")
                let deployment = try #require(github.contents.deployments.first)
                #expect(deployment.ref == sha && deployment.environment == "app")

                let seen = events.events(within: 60) { $0.type == "deployment" && $0.json.data?.state == "succeeded" }
                #expect(seen.last?.json.data?.id?.text == id)
                #expect(seen.count { $0.type == "deploy" && $0.json.data?.sha?.text == sha } == 1)
                try origin.expectAtRest()
            }
        }

        @Test("A version that fails is told as failed, with the reason")
        func failed() async throws {
            try await withReports { origin, queue, github throws in
                try origin.publish(2)
                try origin.succeed(DeployOrigin.sha(1))
                try origin.docker.behave(.unhealthy, version: DeployOrigin.sha(2))
                let queued = try queue.create(["commit_sha": DeployOrigin.sha(2)], "scheduled")
                let answer = try origin.deploy(DeployOrigin.sha(2), #","deployment_id":"\#(queued)""#)
                #expect(answer.status == 502, "\(answer.text)")
                try origin.expectAtRest()
                #expect(try eventually { try queue.status(queued) == "failed" })
                #expect(try queue.deployment(queued).notes == answer.json.error)
                let status = try origin.origin.get("/api/deploy/status?service=app").json
                #expect(status.last_deploy?.sha?.text == DeployOrigin.sha(2))
                #expect(status.last_deploy?.outcome == "failure" && status.total_deploys == 2)
                #expect(
                    eventually(within: 60) {
                        github.all == [["in_progress", "success"], ["in_progress", "failure"]]
                    }, "\(github.all)")
            }
        }
    }
}

extension FakeGitHub {
    /// The states of each deployment, in the order in which they were made.
    fileprivate var all: [[String?]] { contents.deployments.map { $0.statuses.map(\.state) } }
}
