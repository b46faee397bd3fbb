import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A runner that has lost the right to what it is at changes nothing more.
    @Suite struct RunnerLeaseTests {
        /// Seconds after which a runner that was stopped has no right to go on.
        private static let silence = 15.0

        @Test("Stopped for longer than its lease lasts, it wakes up and ends")
        func stopped() async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try origin.publish(1...3)
                try origin.succeed(1)
                let docker = origin.docker
                let place = try docker.pause(.after, matching: " stop app")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                let runner = origin.runner.process
                let stopped = monotonicMilliseconds
                runner.signal(SIGSTOP)
                // What it waits for ends, so that it would begin with the next command.
                place.resume()
                #expect(try eventually { try docker.last().status == 0 })
                let isOver = try eventually(within: 60) {
                    try origin.keys("{deployer}:lease").isEmpty
                        && monotonicMilliseconds - stopped > Int(Self.silence * 1000) + 500
                }
                #expect(isOver)
                let (commands, containers) = (try docker.commands.count, try docker.containers)

                runner.signal(SIGCONT)
                #expect(runner.wait(within: 30) == .exited(75), "\(runner.errors.suffix(500))")
                #expect(try docker.commands.count == commands)
                #expect(try docker.containers == containers)
                #expect(try origin.newest().status == "running")

                try origin.runner.startSuccessor()
                #expect(try origin.end(for: caller).status == "rolled_back")
                #expect(try docker.running("app") == [DeployOrigin.sha(1)])
                try origin.expectFree()
                try origin.expectWorks(3)
            }
        }

        @Test("A successor ends one that was stopped before it touches anything")
        func succeeded() async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try origin.publish(1...3)
                try origin.succeed(1)
                let docker = origin.docker
                let place = try docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                let runner = origin.runner.process
                runner.signal(SIGSTOP)
                let left = try docker.last()
                let next = try docker.pauseNext()
                try origin.runner.startSuccessor(waitingUntilReady: false)
                #expect(next.waitUntilReached(within: 90))
                #expect(!isAlive(runner.pid))
                #expect(runner.wait() == .signalled(SIGKILL))
                #expect(!docker.isRunning(left))
                #expect(eventually(within: 60) { origin.runner.log.contains("has been silent for") })
                #expect(try docker.running("app") == [])
                place.resume()
                next.resume()
                #expect(try origin.end(for: caller).status == "rolled_back")
                #expect(try docker.running("app") == [DeployOrigin.sha(1)])
                try origin.expectFree()
                try origin.expectWorks(3)
            }
        }

        @Test("A lease that has gone to somebody else ends it, and what it has running")
        func fenced() async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try origin.publish(1...3)
                try origin.succeed(1)
                let docker = origin.docker
                let place = try docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                let left = try docker.last()
                let lease = try #require(try origin.keys("{deployer}:lease").first)
                try origin.origin.store.run("SET", lease, "1000000 somebody-else", "PX", "100000")
                #expect(origin.runner.process.wait(within: 30) == .exited(75))
                #expect(!docker.isRunning(left))
                #expect(try docker.last().number == left.number)
                #expect(try origin.newest().status == "running")
                place.resume()
                try origin.runner.startSuccessor()
                #expect(try origin.end(for: caller).status == "rolled_back")
                try origin.expectFree()
                try origin.expectWorks(3)
            }
        }

        @Test("A lease that has run out and gone to nobody is taken again")
        func expired() async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try origin.publish(1...2)
                try origin.succeed(1)
                let place = try origin.docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                // As after an outage of the store that was longer than the lease lasts.
                let lease = try #require(try origin.keys("{deployer}:lease").first)
                let holder = try origin.origin.store.run("GET", lease).string
                try origin.origin.store.run("DEL", lease)
                #expect(
                    try eventually(within: 60) { try origin.origin.store.run("GET", lease).string == holder })
                place.resume()
                #expect(try origin.end(for: caller).status == "succeeded")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(2)])
                try origin.expectFree()
            }
        }
    }
}
