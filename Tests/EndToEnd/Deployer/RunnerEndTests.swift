import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Runners that are asked to end, and runners beside others.
    @Suite struct RunnerEndTests {
        @Test("SIGTERM in the middle: it finishes what it is at; what waits is the next one's")
        func terminated() async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try origin.publish(1...3)
                try origin.succeed(1)
                let place = try origin.docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                let waiting = try origin.begin(DeployOrigin.sha(3), #","mode":"wait""#)
                let runner = origin.runner.process
                runner.signal(SIGTERM)
                place.resume()
                #expect(try caller.value().status == 200)
                #expect(runner.wait(within: 30) == .exited(0), "\(runner.errors.suffix(500))")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(2)])
                #expect(try origin.state(waiting).status == "waiting")

                try origin.runner.startSuccessor()
                #expect(try origin.end(of: waiting).status == "succeeded")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(3)])
                try origin.expectFree()
            }
        }

        @Test("A second runner on a host waits until the first has ended")
        func second() async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                try origin.publish(1...2)
                let first = origin.runner.process
                try origin.runner.startSuccessor(waitingUntilReady: false)
                #expect(
                    eventually(within: 60) { origin.runner.log.contains("waits for the runner with the process id") })
                try origin.succeed(1)
                #expect(eventually(within: 60) { first.errors.contains("deployment succeeded") })
                #expect(!origin.runner.log.contains("deployment succeeded"))
                #expect(first.terminate(within: 30) == .exited(0))
                try origin.runner.waitUntilReady()
                try origin.expectWorks(2)
                #expect(eventually(within: 60) { origin.runner.log.contains("deployment succeeded") })
            }
        }

        /// A service on each of two hosts.
        private static func two(_ docker: FakeDocker) throws -> String {
            let compose = try docker.composeFile(image: DeployOrigin.image, services: ["app": nil, "web": nil])
            let services = [("app", "host-1"), ("web", "host-2")].map { name, host in
                """
                "\(name)":{"hosts":["\(host)"],"image":"\(DeployOrigin.image)","strategy":"swap",
                "compose":{"file":"\(compose)","service":"\(name)"},
                "health":{"limit_s":20,"interval_s":1,"successes":1},"limits":{"command_s":100}}
                """
            }
            return #"{"services":{\#(services.joined(separator: ","))}}"#
        }

        @Test("Runners of two hosts leave each other alone, also when they die")
        func neighbours() async throws {
            try await withDeployOrigin(hosts: ["host-1", "host-2"], services: Self.two) { origin throws in
                try origin.publish(1...2)
                try origin.succeed(1)
                let place = try origin.docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                let left = try origin.docker.last()
                let id = try #require(try origin.newest().id?.text)

                let other = origin.runners[1]
                func deployOther(_ digit: Int) throws -> HTTPAnswer {
                    let body = #"{"service":"web","image_sha":"\#(DeployOrigin.sha(digit))"}"#
                    return try origin.call("/deploy", body)
                }
                #expect(try deployOther(1).status == 200)
                origin.runner.killNow()
                other.killNow()
                try other.startSuccessor()
                #expect(try deployOther(2).status == 200)
                #expect(try other.docker.running("web") == [DeployOrigin.sha(2)])
                // What is host-1's waits for its own successor, and so does what was left running there.
                #expect(origin.docker.isRunning(left))
                #expect(try origin.state(id).status == "running")
                #expect(try origin.docker.last().number == left.number)

                try origin.runner.startSuccessor()
                #expect(try origin.end(of: id).status == "rolled_back")
                #expect(try caller.value().status == 502)
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(1)])
                try origin.expectFree()
            }
        }
    }
}
