import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// 20 calls for one service at once, by what they ask for where another one is under way.
    @Suite struct DeploymentModeTests {
        private static let count = 20

        private static func sha(_ number: Int) -> String { String(format: "%040x", number) }

        /// Runs a test with that many versions, and version 0 as the one that runs.
        private static func with(_ body: @Sendable (DeployOrigin) throws -> Void) async throws {
            try await withDeployOrigin(services: DeployOrigin.patientSwap) { origin throws in
                for number in 0...count { try origin.docker.publish(DeployOrigin.image, tag: sha(number)) }
                guard try origin.deploy(sha(0)).status == 200 else {
                    throw TestSupportError("Nothing can be deployed.")
                }
                try body(origin)
                #expect(try origin.docker.containers.count == 1)
                #expect(try origin.docker.unknownCommands == [])
                try origin.expectFree()
            }
        }

        /// Makes calls, all at once; notes those that are answered.
        private static func calls(
            _ numbers: ClosedRange<Int>, _ mode: String, _ origin: DeployOrigin, _ answered: Tally
        ) -> [Background<HTTPAnswer>] {
            numbers.map { number in
                Background {
                    let answer = try origin.deploy(sha(number), #","mode":"\#(mode)""#)
                    answered.add()
                    return answer
                }
            }
        }

        /// What a deployment does with docker that changes something.
        private static func changes(_ number: Int) -> [String] {
            ["pull \(DeployOrigin.image):\(sha(number))", "compose stop app", "compose up app", "compose rm app"]
        }

        /// The numbers of the versions that were brought after the first one, each by itself; nil if two were mixed.
        private static func brought(_ origin: DeployOrigin) throws -> [Int]? {
            let all = try Array(origin.docker.changes.dropFirst(4))
            let numbers = all.filter { $0.hasPrefix("pull ") }.compactMap { Int($0.suffix(40), radix: 16) }
            return all == numbers.flatMap(changes) ? numbers : nil
        }

        @Test("reject: one runs, the others are told which")
        func reject() async throws {
            try await Self.with { origin throws in
                let place = try origin.docker.pause(matching: "pull ")
                let answered = Tally()
                let calls = Self.calls(1...Self.count, "reject", origin, answered)
                #expect(place.waitUntilReached())
                #expect(eventually(within: 60) { answered.count == Self.count - 1 })
                let holder = try #require(try origin.newest().id?.text)
                place.resume()
                let answers = try calls.map { try $0.value() }
                #expect(answers.count { $0.status == 200 } == 1)
                let refused = answers.filter { $0.status == 429 }
                #expect(refused.count == Self.count - 1)
                for answer in refused {
                    let problem = expectProblem(answer, 429)
                    #expect(problem.detail?.text?.contains(holder) == true)
                    #expect(answer["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
                    #expect(answer["Location"] == "/deploy/\(holder)")
                }
                #expect(try Self.brought(origin)?.count == 1)
            }
        }

        @Test("wait: all run, one after the other")
        func wait() async throws {
            try await Self.with { origin throws in
                let answers = try Self.calls(1...Self.count, "wait", origin, Tally()).map { try $0.value() }
                #expect(answers.allSatisfy { $0.status == 200 }, "\(answers.map(\.status))")
                #expect(try Set(answers.map { try $0.json.id?.text }).count == Self.count)
                let numbers = try #require(try Self.brought(origin))
                #expect(numbers.sorted() == Array(1...Self.count))
                #expect(try origin.docker.running("app") == numbers.suffix(1).map(Self.sha))
                let commands = try origin.docker.commands
                #expect(commands.allSatisfy { $0.status == 0 })
            }
        }

        @Test("supersede: the one that runs and the last one run")
        func supersede() async throws {
            try await Self.with { origin throws in
                let place = try origin.docker.pause(matching: "up --detach")
                let first = Self.calls(1...1, "supersede", origin, Tally())
                #expect(place.waitUntilReached())
                let answered = Tally()
                let others = Self.calls(2...Self.count, "supersede", origin, answered)
                #expect(eventually(within: 60) { answered.count == Self.count - 2 })
                place.resume()
                #expect(try first[0].value().status == 200)
                let last = try Self.expectOneOf(others, origin)
                #expect(try Self.brought(origin) == [1, last])
            }
        }

        @Test("supersede: while it pulls, only the last one runs")
        func supersedePull() async throws {
            try await Self.with { origin throws in
                let places = try (1...Self.count).map { _ in try origin.docker.pause(matching: "pull ") }
                let answered = Tally()
                let first = Self.calls(1...1, "supersede", origin, answered)
                #expect(places[0].waitUntilReached())
                let others = Self.calls(2...Self.count, "supersede", origin, answered)
                #expect(eventually(within: 60) { answered.count == Self.count - 1 })
                for place in places { place.resume() }
                let last = try Self.expectOneOf(first + others, origin)
                #expect(try origin.docker.running("app") == [Self.sha(last)])
                let changes = try origin.docker.changes.dropFirst(4).filter { !$0.hasPrefix("pull ") }
                #expect(Array(changes) == Array(Self.changes(last).dropFirst()))
            }
        }

        /// Checks that one of some calls was carried out, the last that was accepted, and all others were superseded.
        ///
        /// - Returns: the number of its version.
        private static func expectOneOf(_ calls: [Background<HTTPAnswer>], _ origin: DeployOrigin) throws -> Int {
            let answers = try calls.map { try $0.value() }
            let done = answers.filter { $0.status == 200 }
            #expect(done.count == 1)
            let newest = try origin.newest()
            #expect(try done.first?.json.id == newest.id)
            for answer in answers where answer.status != 200 {
                #expect(answer.status == 409)
                #expect(try answer.json.status == "failed")
                #expect(try answer.json.error?.text?.hasPrefix("superseded by ") == true, "\(answer.text)")
            }
            return newest.sha?.text.flatMap { Int($0, radix: 16) } ?? 0
        }
    }
}
