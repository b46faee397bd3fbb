import TestSupport
import Testing

extension EndToEnd {
    /// The runner killed at each step, and what its successor makes of it.
    @Suite struct RunnerCrashTests {
        /// A place where the runner is killed: before or after a command of docker's, which goes on beside it.
        struct Step: Sendable, CustomTestStringConvertible {
            let moment: DockerPause.Moment
            /// What the command's arguments hold …
            let command: String
            /// … and those of one before it, where others are alike.
            var preceding: String?
            /// How the deployment ends.
            let outcome: String
            /// The version that runs then.
            let version: Int

            var testDescription: String { "\(moment) \(command)" }

            /// Waits until the runner has got there; the command waits for the test.
            func reach(_ docker: FakeDocker, _ begin: () throws -> Void) throws -> DockerPause {
                let first = try preceding.map { try docker.pause(.after, matching: $0) }
                let place = try preceding == nil ? docker.pause(moment, matching: command) : nil
                try begin()
                guard let first else { return try Self.reached(place) }
                _ = try Self.reached(first)
                let last = try docker.pause(moment, matching: command)
                first.resume()
                return try Self.reached(last)
            }

            private static func reached(_ pause: DockerPause?) throws -> DockerPause {
                guard let pause, pause.waitUntilReached(within: 40) else {
                    throw TestSupportError("The runner does not get there.")
                }
                return pause
            }
        }

        private static func steps(
            _ command: String, after preceding: String? = nil, _ outcome: String, _ version: Int
        ) -> [Step] {
            [DockerPause.Moment.before, .after].map {
                Step(moment: $0, command: command, preceding: preceding, outcome: outcome, version: version)
            }
        }

        static let deploymentSteps =
            steps("pull registry", "failed", 1) + steps("image inspect", "failed", 1)
            + steps(" stop app", "rolled_back", 1) + steps("up --detach", "rolled_back", 1)
            + steps("container inspect", after: "up --detach", "rolled_back", 1)
            + steps("rm --force", "succeeded", 2)

        static let rollbackSteps =
            steps(" stop app", after: "logs --tail", "rolled_back", 1)
            + steps("up --detach", after: "logs --tail", "rolled_back", 1)

        @Test("In a deployment", arguments: deploymentSteps)
        func deployment(step: Step) async throws { try await check(step, isUnhealthy: false) }

        @Test("In a rollback", arguments: rollbackSteps)
        func rollback(step: Step) async throws { try await check(step, isUnhealthy: true) }

        @Test("While the version before is looked at", arguments: [DockerPause.Moment.before, .after])
        func rollbackHealth(moment: DockerPause.Moment) async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try Self.prepare(origin, isUnhealthy: true)
                let logs = try origin.docker.pause(.after, matching: "logs --tail")
                let caller = origin.deployAside(2)
                try #require(logs.waitUntilReached(within: 40))
                let step = Step(
                    moment: moment, command: "container inspect", preceding: "up --detach", outcome: "rolled_back",
                    version: 1)
                let place = try step.reach(origin.docker) { logs.resume() }
                try Self.expectRecovery(origin, step, place, caller)
            }
        }

        private func check(_ step: Step, isUnhealthy: Bool) async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try Self.prepare(origin, isUnhealthy: isUnhealthy)
                nonisolated(unsafe) var caller: Background<HTTPAnswer>?
                let place = try step.reach(origin.docker) { caller = origin.deployAside(2) }
                try Self.expectRecovery(origin, step, place, #require(caller))
            }
        }

        private static func prepare(_ origin: DeployOrigin, isUnhealthy: Bool) throws {
            try origin.publish(1...3)
            try origin.succeed(1)
            if isUnhealthy { try origin.docker.behave(.unhealthy, version: DeployOrigin.sha(2)) }
        }

        /// Kills the runner, and looks at what its successor does.
        private static func expectRecovery(
            _ origin: DeployOrigin, _ step: Step, _ place: DockerPause, _ caller: Background<HTTPAnswer>
        ) throws {
            let docker = origin.docker
            let left = try docker.last()
            let containers = try docker.containers
            #expect(docker.isRunning(left))
            origin.runner.killNow()
            #expect(docker.isRunning(left), "it goes on by itself")
            let next = try docker.pauseNext()
            try origin.runner.startSuccessor(waitingUntilReady: false)

            if step.outcome == "failed" {
                // Nothing was changed, so there is nothing to be done.
                #expect(eventually(within: 30) { !docker.isRunning(left) })
            } else {
                // What was left is gone before the successor has docker do anything.
                #expect(next.waitUntilReached(within: 30))
                #expect(!docker.isRunning(left))
                #expect(try docker.containers == containers)
            }
            place.resume()
            next.resume()

            let record = try origin.end(for: caller)
            #expect(record.status?.text == step.outcome, "\(record)")
            #expect(try docker.running("app") == [DeployOrigin.sha(step.version)])
            #expect(record.logs?.list.contains { $0.text?.contains("the runner died in the phase ") == true } == true)
            if step.outcome != "succeeded" {
                #expect(record.error?.text?.contains("the runner died ") == true, "\(record)")
            }
            if step.outcome == "failed" {
                #expect(try docker.last().number == left.number, "docker was not asked for anything")
            }
            #expect(try docker.commands.first { $0.number == left.number }?.status == nil, "it was not let end")
            try origin.expectFree()
            try origin.expectWorks(3)
        }
    }
}
