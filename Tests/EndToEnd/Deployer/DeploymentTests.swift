import TestSupport
import Testing

extension EndToEnd {
    /// What a deployment comes to, by what docker is like afterwards.
    @Suite struct DeploymentTests {
        @Test("A first deployment starts the service, and the next one takes its place")
        func success() async throws {
            try await withDeployOrigin { origin throws in
                for digit in 1...2 { try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(digit)) }
                for digit in 1...2 {
                    let sha = DeployOrigin.sha(digit)
                    let answer = try origin.deploy(sha)
                    #expect(answer.status == 200, "\(answer.text)")
                    #expect(try answer.json.status == "succeeded")
                    #expect(try origin.docker.running("app") == [sha])
                    #expect(try origin.docker.containers.count == 1)
                }
                #expect(try origin.docker.unknownCommands == [])
                #expect(try origin.keys("{deployer}:lease") == [])
                #expect(try origin.keys("{deployer}:jobs") == [])
                #expect(try origin.keys("{deployer}:active") == [])
            }
        }
    }
}
