import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The runner killed at each step of a blue-green deployment. Whoever asks the service meanwhile notices nothing.
    @Suite struct BlueGreenCrashTests {
        /// Before the switch counts, the old slot stays; afterwards, the new one does.
        private static func expectRecovery(
            _ origin: DeployOrigin, _ front: SwitchedFrontEnd, isSwitched: Bool, _ caller: Background<HTTPAnswer>
        ) throws {
            let record = try origin.end(for: caller)
            #expect(record.status?.text == (isSwitched ? "succeeded" : "rolled_back"), "\(record)")
            #expect(record.logs?.list.contains { $0.text?.contains("the runner died in the phase ") == true } == true)
            if isSwitched {
                try BlueGreenTests.expect(front, live: 1, blue: nil, green: 2)
            } else {
                try BlueGreenTests.expect(front, live: 0, blue: 1, green: nil)
            }
            try origin.expectFree()
            try origin.succeed(3)
            try BlueGreenTests.expect(
                front, live: isSwitched ? 0 : 1, blue: isSwitched ? 3 : nil, green: isSwitched ? nil : 3)
            try origin.expectFree()
        }

        /// A command of docker's before or after which the runner is killed.
        struct Step: Sendable, CustomTestStringConvertible {
            let moment: DockerPause.Moment
            let command: String
            var preceding: String?
            let isSwitched: Bool

            var testDescription: String { "\(moment) \(command)" }
        }

        private static func steps(_ command: String, after preceding: String? = nil, isSwitched: Bool) -> [Step] {
            [DockerPause.Moment.before, .after].map {
                Step(moment: $0, command: command, preceding: preceding, isSwitched: isSwitched)
            }
        }

        static let commands =
            steps("stop app-green", isSwitched: false) + steps("up --detach", isSwitched: false)
            + steps("container inspect", after: "up --detach", isSwitched: false)
            + steps("stop app-blue", isSwitched: true) + steps("rm --force", isSwitched: true)

        @Test("At a command of docker's", arguments: commands)
        func command(step: Step) async throws {
            try await withBlueGreen { origin, front in
                let visitors = Visitors(of: front.port)
                let first = try step.preceding.map { try front.docker.pause(.after, matching: $0) }
                var place = try step.preceding == nil ? front.docker.pause(step.moment, matching: step.command) : nil
                let caller = origin.deployAside(2)
                if let first {
                    try #require(first.waitUntilReached(within: 40))
                    place = try front.docker.pause(step.moment, matching: step.command)
                    first.resume()
                }
                try #require(try #require(place).waitUntilReached(within: 40))
                let left = try front.docker.last()
                origin.runner.killNow()
                let next = try front.docker.pauseNext()
                try origin.runner.startSuccessor(waitingUntilReady: false)
                #expect(next.waitUntilReached(within: 30))
                #expect(!front.docker.isRunning(left))
                next.resume()
                try Self.expectRecovery(origin, front, isSwitched: step.isSwitched, caller)
                #expect(visitors.end() == [])
            }
        }

        @Test("At the reload of Caddy", arguments: [DockerPause.Moment.before, .after])
        func reload(moment: DockerPause.Moment) async throws {
            try await withBlueGreen { origin, front in
                let visitors = Visitors(of: front.port)
                try front.pauseReload(moment)
                let caller = origin.deployAside(2)
                try #require(front.waitUntilReloading(moment))
                // Caddy has been told, or has not.
                #expect(try front.live.named == [1])
                #expect(try front.live.dialled == [moment == .before ? 0 : 1])
                origin.runner.killNow()
                // It is ready when it has ended what was left.
                try origin.runner.startSuccessor()
                front.resumeReload(moment)
                try Self.expectRecovery(origin, front, isSwitched: false, caller)
                #expect(visitors.end() == [])
            }
        }

        @Test("While the old slot drains")
        func drain() async throws {
            try await withBlueGreen(drain: 4) { origin, front in
                let visitors = Visitors(of: front.port)
                let caller = origin.deployAside(2)
                #expect(eventually(within: 40) { (try? origin.newest().phase) == "drain" })
                origin.runner.killNow()
                try BlueGreenTests.expect(front, live: 1, blue: 1, green: 2)
                try origin.runner.startSuccessor()
                try Self.expectRecovery(origin, front, isSwitched: true, caller)
                #expect(visitors.end() == [])
            }
        }
    }
}
