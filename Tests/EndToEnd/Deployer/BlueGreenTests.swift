import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A service with two slots behind a Caddy of its own, which the runner switches.
    @Suite struct BlueGreenTests {
        /// Checks what runs in the slots, and that Caddy dials the one that the file names.
        static func expect(
            _ front: SwitchedFrontEnd, live: Int, blue: Int?, green: Int?,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for (slot, digit) in [("app-blue", blue), ("app-green", green)] {
                #expect(
                    try front.docker.running(slot) == (digit.map { [DeployOrigin.sha($0)] } ?? []), "\(slot)",
                    sourceLocation: sourceLocation)
            }
            let found = try front.live
            #expect(found.named == [live] && found.dialled == [live], "\(found)", sourceLocation: sourceLocation)
            if let digit = live == 0 ? blue : green {
                #expect(
                    try front.ask().text == DeployOrigin.sha(digit) + "\n", sourceLocation: sourceLocation)
            }
            #expect(try front.docker.unknownCommands == [], sourceLocation: sourceLocation)
        }

        // MARK: First deployments

        @Test("The first deployment, with a file that names a slot or without one", arguments: [0, nil])
        func first(named: Int?) async throws {
            try await withBlueGreen(named: named, isRunning: false) { origin, front in
                try origin.succeed(2)
                let isBlue = named == nil
                try Self.expect(front, live: isBlue ? 0 : 1, blue: isBlue ? 2 : nil, green: isBlue ? nil : 2)
                try origin.expectFree()
            }
        }

        @Test("A first deployment that fails leaves nothing running", arguments: [0, nil])
        func firstFails(named: Int?) async throws {
            try await withBlueGreen(named: named, isRunning: false) { origin, front in
                try front.docker.behave(.unhealthy, version: DeployOrigin.sha(2))
                let answer = try origin.deploy(DeployOrigin.sha(2))
                #expect(answer.status == 502)
                #expect(try answer.json.status == "failed")
                #expect(try answer.json.error?.text?.contains("there was no version before it") == true)
                let live = try front.live
                #expect(live.named == (named.map { [$0] } ?? []) && live.dialled == live.named)
                #expect(try front.docker.containers.allSatisfy { $0.status != "running" })
                try origin.expectFree()
            }
        }

        @Test("A first switch that Caddy refuses leaves no file where there was none")
        func firstSwitchFails() async throws {
            try await withBlueGreen(named: nil, isRunning: false) { origin, front in
                try front.breakConfiguration()
                let answer = try origin.deploy(DeployOrigin.sha(2))
                #expect(answer.status == 502)
                #expect(try answer.json.status == "failed")
                #expect(try answer.json.phase == "switch")
                let live = try front.live
                #expect(live.named == [] && live.dialled == [])
                #expect(try front.docker.containers.allSatisfy { $0.status != "running" })
            }
        }

        // MARK: With somebody who asks

        @Test("Deployments and rollbacks that nobody notices")
        func unnoticed() async throws {
            try await withBlueGreen { origin, front in
                let visitors = Visitors(of: front.port)
                func isSeen(_ digit: Int) -> Bool {
                    let before = visitors.versions[DeployOrigin.sha(digit)] ?? 0
                    return eventually(within: 60) { visitors.versions[DeployOrigin.sha(digit)] ?? 0 > before + 20 }
                }
                #expect(isSeen(1))
                try origin.succeed(2)
                try Self.expect(front, live: 1, blue: nil, green: 2)
                #expect(isSeen(2))
                try origin.succeed(3)
                try Self.expect(front, live: 0, blue: 3, green: nil)
                #expect(isSeen(3))

                // One that is not healthy: nobody sees it.
                try front.docker.behave(.unhealthy, version: DeployOrigin.sha(4))
                let failed = try origin.deploy(DeployOrigin.sha(4))
                #expect(failed.status == 502)
                #expect(try failed.json.status == "rolled_back")
                try Self.expect(front, live: 0, blue: 3, green: nil)

                let back = try origin.call("/deploy/rollback", #"{"service":"app"}"#)
                #expect(back.status == 200, "\(back.text)")
                #expect(try back.json.sha?.text == DeployOrigin.sha(2))
                try Self.expect(front, live: 1, blue: nil, green: 2)
                #expect(isSeen(2))
                #expect(visitors.end() == [])
                #expect(Set(visitors.versions.keys) == Set((1...3).map { DeployOrigin.sha($0) }))
                try origin.expectFree()
            }
        }

        // MARK: Switches that fail

        @Test("A Caddyfile that Caddy refuses: the live slot stays")
        func brokenConfiguration() async throws {
            try await withBlueGreen { origin, front in
                try front.breakConfiguration()
                let visitors = Visitors(of: front.port)
                let answer = try origin.deploy(DeployOrigin.sha(2))
                #expect(answer.status == 502)
                #expect(try answer.json.status == "rolled_back")
                #expect(try answer.json.phase == "switch")
                #expect(visitors.end() == [])
                try Self.expect(front, live: 0, blue: 1, green: nil)
                try origin.expectFree()
            }
        }

        @Test("Caddy's administration away from the start: nothing is touched")
        func administrationAway() async throws {
            try await withBlueGreen { origin, front in
                front.stop()
                let answer = try origin.deploy(DeployOrigin.sha(2))
                #expect(answer.status == 502)
                #expect(try answer.json.status == "failed")
                #expect(try answer.json.error?.text?.contains("Caddy does not tell which slot is live") == true)
                #expect(try front.docker.containers.map(\.version) == [DeployOrigin.sha(1)])
                try front.start()
                try Self.expect(front, live: 0, blue: 1, green: nil)
                try origin.succeed(2)
                try Self.expect(front, live: 1, blue: nil, green: 2)
            }
        }

        @Test("Caddy away at the switch: the file is as before, and it is told what to do by hand")
        func awayAtSwitch() async throws {
            try await withBlueGreen { origin, front in
                let place = try front.docker.pause(matching: "up --detach")
                let caller = origin.deployAside(2)
                try #require(place.waitUntilReached())
                front.stop()
                place.resume()
                let record = try origin.end(for: caller)
                #expect(record.status == "rollback_failed")
                #expect(record.next_step?.text?.contains("reload Caddy") == true)
                #expect(try front.docker.running("app-blue") == [DeployOrigin.sha(1)])
                try front.start()
                let live = try front.live
                #expect(live.named == [0] && live.dialled == [0])
                // Nothing has to be unlocked first.
                try origin.succeed(3)
                try Self.expect(front, live: 1, blue: nil, green: 3)
                try origin.expectFree()
            }
        }
    }
}
