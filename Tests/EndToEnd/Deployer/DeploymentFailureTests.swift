import TestSupport
import Testing

extension EndToEnd {
    /// What becomes of a version that does not do: what ran before runs in the end, or was never touched.
    @Suite struct DeploymentFailureTests {
        private static let old = DeployOrigin.sha(1)
        private static let new = DeployOrigin.sha(2)
        private static let rolledBack = ["pull", "start", "health", "rollback", "rollback_health", "health"]

        /// Runs a test where the first of two versions runs already.
        private func withOldVersion(
            limits: String = #""pull_s":10,"command_s":10"#, _ body: @escaping @Sendable (DeployOrigin) throws -> Void
        ) async throws {
            try await withDeployOrigin(services: { try DeployOrigin.swap($0, limits: limits) }) { origin throws in
                try origin.publish(2)
                try origin.succeed(Self.old)
                try body(origin)
                // Whatever has happened, the next deployment works.
                try origin.docker.behaveWell()
                try origin.succeed(Self.new)
                #expect(try origin.docker.running("app") == [Self.new])
                try origin.expectAtRest()
            }
        }

        /// Deploys the new version, of which nothing may come but the pull.
        private func expectUntouched(_ origin: DeployOrigin, _ status: Int, _ reason: String) throws {
            let before = try origin.docker.containers.map { [$0.id, $0.status] }
            let changes = try origin.docker.changes.count
            let answer = try origin.deploy(Self.new)
            #expect(answer.status == status, "\(answer.text)")
            let told = try answer.json
            #expect(told.status == "failed" && told.phase == "pull")
            #expect(told.error?.text?.contains(reason) == true, "\(answer.text)")
            #expect(told.next_step?.text?.contains("the service was not touched") == true)
            #expect(try origin.docker.containers.map { [$0.id, $0.status] } == before)
            #expect(try origin.docker.running("app") == [Self.old])
            #expect(
                try Array(origin.docker.changes.dropFirst(changes)) == ["pull \(DeployOrigin.image):\(Self.new)"])
            try origin.expectRecord(of: answer, phases: ["pull"])
        }

        /// Deploys the new version, in whose place the old one runs again.
        private func expectRolledBack(
            _ origin: DeployOrigin, in phase: String, phases: [String], _ reason: String
        ) throws -> JSON {
            let answer = try origin.deploy(Self.new)
            #expect(answer.status == 502, "\(answer.text)")
            let told = try answer.json
            #expect(told.status == "rolled_back" && told.phase?.text == phase)
            #expect(told.error?.text?.contains(reason) == true, "\(answer.text)")
            #expect(try origin.docker.running("app") == [Self.old])
            #expect(try origin.docker.containers.count == 1)
            #expect(try origin.docker.containers.first?.inspected ?? 0 > 0)
            try origin.expectRecord(of: answer, phases: phases)
            return told
        }

        // MARK: Pulls

        @Test("A pull that is refused leaves what runs alone")
        func pullRefused() async throws {
            try await withOldVersion { origin throws in
                try origin.docker.behave(.pullRefused("denied: no such pull access"), version: Self.new)
                try expectUntouched(origin, 400, "denied: no such pull access")
            }
        }

        @Test("A version that the registry does not have leaves what runs alone")
        func pullUnknown() async throws {
            try await withOldVersion { origin throws in
                try origin.docker.unpublish(tag: Self.new)
                try expectUntouched(origin, 400, "manifest unknown")
                try origin.docker.publish(DeployOrigin.image, tag: Self.new)
            }
        }

        @Test("A pull that takes longer than it may is ended, and leaves what runs alone")
        func pullHangs() async throws {
            try await withOldVersion(limits: #""pull_s":4,"command_s":10"#) { origin throws in
                try origin.docker.behave(.pullHangs, version: Self.new)
                try expectUntouched(origin, 504, "not done within 4 s")
                let pull = try #require(try origin.docker.commands.last { $0.summary.hasPrefix("pull") })
                #expect(pull.status == nil)
            }
        }

        // MARK: Starts

        @Test("A version that cannot be started is replaced by the one before")
        func startFails() async throws {
            try await withOldVersion { origin throws in
                try origin.docker.behave(.startFails("exec /app: exec format error"), version: Self.new)
                let told = try expectRolledBack(
                    origin, in: "start", phases: ["pull", "start", "rollback", "rollback_health", "start"],
                    "exec format error")
                #expect(told.last_health == .null)
            }
        }

        @Test("A start that does not end is ended, and the version before runs again")
        func startHangs() async throws {
            try await withOldVersion(limits: #""pull_s":10,"command_s":4"#) { origin throws in
                try origin.docker.behave(.startHangs, version: Self.new)
                _ = try expectRolledBack(
                    origin, in: "start", phases: ["pull", "start", "rollback", "rollback_health", "start"],
                    "not done within 4 s")
            }
        }

        // MARK: Health

        @Test("An unhealthy version is replaced by the one before, and its last fifty lines are shown")
        func unhealthy() async throws {
            try await withOldVersion { origin throws in
                let lines = (1...60).map { $0 == 60 ? "ERROR the last of all" : "line \($0)" }
                try origin.docker.log(lines, version: Self.new)
                try origin.docker.behave(.unhealthy, version: Self.new)
                let told = try expectRolledBack(origin, in: "health", phases: Self.rolledBack, "not healthy")
                #expect(told.last_health?.text?.contains("connection refused") == true, "\(told)")
                let shown = told.container_logs?.list.compactMap(\.text) ?? []
                #expect(shown.sorted() == lines.suffix(50).sorted(), "\(shown)")
            }
        }

        @Test("A version that is never through with starting is replaced when its time is over")
        func staysStarting() async throws {
            try await withOldVersion { origin throws in
                try origin.docker.behave(.staysStarting, version: Self.new)
                let told = try expectRolledBack(origin, in: "health", phases: Self.rolledBack, "not healthy")
                #expect(told.last_health?.text?.contains("after 10 s") == true, "\(told)")
            }
        }

        @Test("A version that exits at once is not waited for")
        func exits() async throws {
            try await withOldVersion { origin throws in
                try origin.docker.log(["cannot read /etc/app.conf"], version: Self.new)
                try origin.docker.behave(.exits(3), version: Self.new)
                let told = try expectRolledBack(origin, in: "health", phases: Self.rolledBack, "exited with status 3")
                #expect(told.container_logs == ["cannot read /etc/app.conf"])
            }
        }

        // MARK: Ways back

        @Test("Where the version before is unhealthy as well, somebody is told what to do")
        func rollbackUnhealthy() async throws {
            try await withOldVersion { origin throws in
                for version in [Self.old, Self.new] { try origin.docker.behave(.unhealthy, version: version) }
                let answer = try origin.deploy(Self.new)
                #expect(answer.status == 500, "\(answer.text)")
                let told = try answer.json
                #expect(told.status == "rollback_failed" && told.phase == "health")
                #expect(told.error?.text?.contains("the rollback failed too") == true)
                for part in ["On host-1", "logs app", "start it with the image sha256:"] {
                    #expect(told.next_step?.text?.contains(part) == true, "\(answer.text)")
                }
                #expect(try origin.docker.running("app") == [Self.old])
                try origin.expectRecord(of: answer, phases: Self.rolledBack)
            }
        }

        @Test("Where the container before is missing, the last good version comes back")
        func containerMissing() async throws {
            try await withOldVersion { origin throws in
                try origin.docker.remove(container: try #require(try origin.docker.containers.first?.id))
                try origin.docker.prune(tag: Self.old)
                try origin.docker.behave(.unhealthy, version: Self.new)
                _ = try expectRolledBack(origin, in: "health", phases: Self.rolledBack, "not healthy")
            }
        }

        @Test("What has failed is nothing to go back to, though it was good once")
        func itselfNoWayBack() async throws {
            try await withOldVersion { origin throws in
                try origin.succeed(Self.new)
                try origin.docker.remove(container: try #require(try origin.docker.containers.first?.id))
                try origin.docker.behave(.unhealthy, version: Self.new)
                _ = try expectRolledBack(origin, in: "health", phases: Self.rolledBack, "not healthy")
            }
        }

        @Test("Where there was nothing before, what is unhealthy is stopped")
        func nothingBefore() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(2)
                try origin.docker.behave(.unhealthy, version: Self.old)
                let answer = try origin.deploy(Self.old)
                #expect(answer.status == 502, "\(answer.text)")
                let told = try answer.json
                #expect(told.status == "failed" && told.phase == "health")
                #expect(told.error?.text?.contains("there was no version before it") == true)
                #expect(told.next_step?.text?.contains("nothing of app runs on host-1") == true)
                #expect(try origin.docker.running("app") == [])
                #expect(try origin.docker.containers.map(\.status) == ["exited"])
                try origin.expectRecord(of: answer, phases: ["pull", "start", "health", "rollback"])
                try origin.succeed(Self.new)
                #expect(try origin.docker.running("app") == [Self.new])
                #expect(try origin.docker.containers.count == 1)
            }
        }
    }
}
