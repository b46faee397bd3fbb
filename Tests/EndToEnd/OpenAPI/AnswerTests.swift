import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Real answers beside what the OpenAPI document says of them: every operation with each status that it describes.
    @Suite struct AnswerTests {
        /// Statuses that no test can bring about, or not without much ado.
        static func isBeyondReach(_ operation: String) -> Bool {
            let rare: Set = [
                // Defects, and what the front end says where no worker answers: others bring them about, unit by unit.
                "5XX",
                // GitHub has other successes than 200 for few paths, and refuses few things by a status of its own.
                "2XX", "4XX",
            ]
            // A queue of a thousand scheduled deployments of one taxonomy.
            let full: Set = ["POST /v1/deployments 409", "POST /v1/deployments/rollback 409"]
            return rare.contains(String(operation.suffix(3))) || full.contains(operation)
        }

        @Test func everyAnswerIsAsItIsDescribed() async throws {
            let exchanges = Exchanges()
            let github = try FakeGitHub()
            defer { github.stop() }
            let log = try TemporaryDirectory()
            let settings = Contract.tokens.merging(Contract.localQueue) { $1 }.merging([
                "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "PROJECT_VERSION": "1.2.3",
                "ORIGINS": "\(github.url()),http://127.0.0.1:9", "PROBE_INTERVAL": "1",
                "CADDY_ACCESS_LOG": log.file("access.log"),
                "DEPLOY_SERVICES_FILE": try log.write("services.json", Contract.services),
            ]) { $1 }
            try await withOrigin(
                environment: settings, caddy: ["CADDY_IMPORT": "chimney_access_log \(log.file("access.log"))"]
            ) { origin throws in
                let scenario = AnswerScenario(origin, exchanges)
                try scenario.recordDeploys()
                try scenario.askGitHub(github)
                try scenario.invalidateAndDeliver(github)
                try scenario.lookAtTheProgram()
                try scenario.useTheQueue()
                try scenario.makeMistakes()
            }
            try await withOrigin(environment: Contract.tokens) { origin throws in
                try AnswerScenario(origin, exchanges).showNoCredentials()
            }
            try await withDeployOrigin(
                environment: Contract.tokens,
                services: { docker in
                    try DeployOrigin.swap(
                        docker, health: #""limit_s":20,"interval_s":1,"start_period_s":0,"successes":1"#,
                        limits: #""pull_s":6,"command_s":10"#, more: Contract.serviceWithoutRunner)
                }
            ) { origin throws in
                try AnswerScenario(origin.origin, exchanges).useTheDeployer(origin)
            }
            let verdict = try exchanges.verdict()
            #expect(verdict.problems == [])
            #expect(verdict.unseen.filter { !Self.isBeyondReach($0) } == [])
        }
    }
}
