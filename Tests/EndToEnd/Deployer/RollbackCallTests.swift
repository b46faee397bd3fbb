import TestSupport
import Testing

extension EndToEnd {
    /// `POST /deploy/rollback`: back to a version that was good, without one being typed.
    @Suite struct RollbackCallTests {
        /// Goes back, and expects a version to run then.
        private func expectBack(
            _ origin: DeployOrigin, to version: String, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let answer = try origin.rollBack()
            #expect(answer.status == 200, "\(answer.text)", sourceLocation: sourceLocation)
            let told = try answer.json
            #expect(told.kind == "rollback" && told.status == "succeeded", sourceLocation: sourceLocation)
            #expect(told.sha?.text == version, sourceLocation: sourceLocation)
            #expect(try origin.docker.running("app") == [version], sourceLocation: sourceLocation)
            #expect(try origin.docker.containers.count == 1, sourceLocation: sourceLocation)
            try origin.expectAtRest(sourceLocation: sourceLocation)
        }

        @Test("The second goes further back, never to what was replaced, and at the end there is nothing")
        func further() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(3)
                for digit in 1...3 { try origin.succeed(DeployOrigin.sha(digit)) }
                try expectBack(origin, to: DeployOrigin.sha(2))
                try expectBack(origin, to: DeployOrigin.sha(1))
                let changes = try origin.docker.changes
                let answer = try origin.rollBack()
                #expect(answer.status == 409, "\(answer.text)")
                #expect(try answer.json.status == "failed")
                #expect(try answer.json.next_step?.text?.contains("POST /deploy") == true)
                #expect(try origin.docker.changes == changes)
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(1)])
                try origin.expectRecord(of: answer, phases: ["pull"])
                // What was replaced may be deployed again, and is then the one to leave.
                try origin.succeed(DeployOrigin.sha(3))
                try expectBack(origin, to: DeployOrigin.sha(1))
            }
        }

        @Test("The newest five good versions are kept")
        func five() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(7)
                for digit in 1...7 { try origin.succeed(DeployOrigin.sha(digit)) }
                for digit in [6, 5, 4, 3] { try expectBack(origin, to: DeployOrigin.sha(digit)) }
                #expect(try origin.rollBack().status == 409)
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(3)])
                try origin.expectAtRest()
            }
        }

        @Test("An image that is not here any more is pulled by its digest, whatever its tag means by now")
        func byDigest() async throws {
            try await withDeployOrigin { origin throws in
                let digest = try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(1))
                try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(2))
                for digit in 1...2 { try origin.succeed(DeployOrigin.sha(digit)) }
                try origin.docker.prune(tag: DeployOrigin.sha(1))
                try origin.docker.moveTag(of: DeployOrigin.sha(1), to: "moved")
                let before = try origin.docker.changes.count
                try expectBack(origin, to: DeployOrigin.sha(1))
                #expect(
                    try origin.docker.changes.dropFirst(before).first == "pull \(DeployOrigin.image)@\(digest)")
                // A deployment by the tag is what the tag means now.
                try origin.succeed(DeployOrigin.sha(1))
                #expect(try origin.docker.running("app") == ["moved"])
                try expectBack(origin, to: DeployOrigin.sha(1))
            }
        }

        @Test("An image that is here is not pulled")
        func noPull() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(2)
                for digit in 1...2 { try origin.succeed(DeployOrigin.sha(digit)) }
                for digit in 1...2 { try origin.docker.unpublish(tag: DeployOrigin.sha(digit)) }
                let before = try origin.docker.changes.count
                try expectBack(origin, to: DeployOrigin.sha(1))
                #expect(
                    try Array(origin.docker.changes.dropFirst(before)) == [
                        "compose stop app", "compose up app", "compose rm app",
                    ])
            }
        }

        @Test("A version that failed is none to go back to, nor one that has to be left")
        func failuresDoNotCount() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(3)
                for digit in 1...2 { try origin.succeed(DeployOrigin.sha(digit)) }
                try origin.docker.behave(.unhealthy, version: DeployOrigin.sha(3))
                #expect(try origin.deploy(DeployOrigin.sha(3)).status == 502)
                try expectBack(origin, to: DeployOrigin.sha(1))
            }
        }

        @Test("An earlier version that is unhealthy by now gives way to the one that ran")
        func unhealthy() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(2)
                for digit in 1...2 { try origin.succeed(DeployOrigin.sha(digit)) }
                try origin.docker.behave(.unhealthy, version: DeployOrigin.sha(1))
                let answer = try origin.rollBack()
                #expect(answer.status == 502, "\(answer.text)")
                #expect(try answer.json.status == "rolled_back")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(2)])
                try origin.expectAtRest()
            }
        }

        @Test("Before anything was good there is nothing to go back to, and nothing is stored")
        func nothingGood() async throws {
            try await withDeployOrigin { origin throws in
                expectProblem(try origin.rollBack(), 409)
                try origin.publish(1)
                try origin.docker.behave(.unhealthy)
                #expect(try origin.deploy(DeployOrigin.sha(1)).status == 502)
                let before = try origin.docker.changes
                expectProblem(try origin.rollBack(), 409)
                #expect(try origin.docker.changes == before)
                #expect(try origin.origin.get("/deploy").json.deployments?.list.count == 1)
            }
        }
    }
}
