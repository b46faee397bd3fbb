import TestSupport
import Testing

extension EndToEnd {
    /// A service on two hosts, each with its runner and its docker.
    @Suite struct DeploymentHostTests {
        private static let hosts = ["host-1", "host-2"]
        private static let sha = DeployOrigin.sha(1)

        private func withHosts(_ body: @escaping @Sendable (DeployOrigin, FakeDocker, FakeDocker) throws -> Void)
            async throws
        {
            try await withDeployOrigin(
                hosts: Self.hosts, services: { try DeployOrigin.swap($0, hosts: Self.hosts) }
            ) { origin throws in
                try origin.publish(2)
                try body(origin, origin.runners[0].docker, origin.runners[1].docker)
            }
        }

        @Test("They are done one after the other, never both at once")
        func oneAfterTheOther() async throws {
            try await withHosts { origin, first, second throws in
                let pause = try first.pause(.after, matching: "rm --force")
                let id = try origin.begin(Self.sha)
                #expect(pause.waitUntilReached())
                #expect(try second.commands == [])
                #expect(try origin.state(id).host == "host-1")
                let other = try second.pause(matching: "pull")
                pause.resume()
                #expect(other.waitUntilReached())
                let count = try first.commands.count
                #expect(try origin.state(id).host == "host-2")
                #expect(try origin.state(id).status == "running")
                other.resume()
                let told = try origin.end(of: id)
                #expect(told.status == "succeeded" && told.hosts == ["host-1", "host-2"])
                #expect(try first.commands.count == count)
                for docker in [first, second] {
                    #expect(try docker.running("app") == [Self.sha])
                    #expect(try docker.containers.count == 1)
                }
                let last = try first.commands.map(\.time).max() ?? 0
                let begin = try second.commands.map(\.time).min() ?? 0
                #expect(last < begin)
                try origin.expectAtRest()
            }
        }

        @Test("The second is not begun when the first fails")
        func firstFails() async throws {
            try await withHosts { origin, first, second throws in
                try first.behave(.unhealthy)
                let answer = try origin.deploy(Self.sha)
                #expect(answer.status == 502, "\(answer.text)")
                #expect(try answer.json.error?.text?.hasPrefix("on host-1: ") == true)
                #expect(try answer.json.next_step?.text?.contains("host-2") == false)
                #expect(try second.commands == [])
                try origin.expectAtRest()
                try first.behaveWell()
                try origin.succeed(Self.sha)
                #expect(try second.running("app") == [Self.sha])
            }
        }

        @Test("When the second fails, it is told which hosts run the new version")
        func secondFails() async throws {
            try await withHosts { origin, first, second throws in
                try origin.succeed(Self.sha)
                try second.behave(.unhealthy, version: DeployOrigin.sha(2))
                let answer = try origin.deploy(DeployOrigin.sha(2))
                #expect(answer.status == 502, "\(answer.text)")
                #expect(try answer.json.status == "rolled_back")
                #expect(try answer.json.error?.text?.hasPrefix("on host-2: ") == true)
                #expect(try answer.json.next_step?.text?.contains("The new version runs on host-1") == true)
                #expect(try first.running("app") == [DeployOrigin.sha(2)])
                #expect(try second.running("app") == [Self.sha])
                try origin.expectAtRest()
                // Both go back to what they had before, each by its own record.
                #expect(try origin.call("/deploy/rollback", #"{"service":"app","hosts":["host-1"]}"#).status == 200)
                #expect(try first.running("app") == [Self.sha])
                try origin.expectAtRest()
            }
        }

        @Test("A call can name some of the hosts; the others are left alone")
        func narrowed() async throws {
            try await withHosts { origin, first, second throws in
                let answer = try origin.deploy(Self.sha, #","hosts":["host-2"]"#)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try answer.json.hosts == ["host-2"])
                #expect(try first.commands == [])
                #expect(try second.running("app") == [Self.sha])
                let before = try second.changes
                for hosts in [#"["host-3"]"#, #"["host-1","host-1"]"#, "[]", #""host-1""#, #"["host-1; id"]"#] {
                    expectProblem(try origin.deploy(Self.sha, ",\"hosts\":\(hosts)"), 422, fields: ["hosts"])
                }
                #expect(try first.commands == [])
                #expect(try second.changes == before)
                try origin.expectAtRest()
            }
        }

        @Test("A host whose runner is not there is named, and nothing is stored")
        func runnerAway() async throws {
            try await withDeployOrigin(services: { try DeployOrigin.swap($0, hosts: Self.hosts) }) { origin throws in
                try origin.publish(1)
                let answer = try origin.deploy(Self.sha)
                let problem = expectProblem(answer, 503)
                #expect(problem.detail?.text?.contains("host-2") == true)
                #expect(Int(answer["Retry-After"] ?? "") != nil)
                try origin.expectNothingStored()
                let own = try origin.deploy(Self.sha, #","hosts":["host-1"]"#)
                #expect(own.status == 200, "\(own.text)")
                try origin.expectAtRest()
            }
        }
    }
}
