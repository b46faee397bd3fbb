import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `chimney-deploy.yml`: its job that deploys, with a real ssh to real hosts, each with a real dpkg, and the one that
    /// records where that failed. It takes root.
    @Suite(.enabled(if: geteuid() == 0)) struct ChimneyDeployTests {
        /// Hosts that are deployed to, and who deploys.
        private struct Stage {
            let key: DeployKey
            let targets: [DeployTarget]
            let origin: Origin
            private let workflow = ".github/workflows/chimney-deploy.yml"

            init(_ origin: Origin, slots: [String?] = [nil, nil]) throws {
                self.origin = origin
                let key = try DeployKey()
                self.key = key
                targets = try slots.map { try DeployTarget(key: key.open, slot: $0) }
            }

            func stop() { for target in targets { target.stop() } }

            /// Runs the job that deploys, and where it fails the one that records that.
            ///
            /// - Parameter urls: where the targets' origins answer; nil for the one origin.
            func deploy(
                _ package: DeployPackage?, action: String = "deploy", urls: [String]? = nil, knownHosts: String? = nil
            ) throws -> WorkflowRun.Result {
                let urls = urls ?? targets.map { _ in origin.url }
                let origins = zip(targets, urls).map { "\($0.destination) \($1)" }.joined(separator: "\n")
                let known = knownHosts ?? targets.map(\.knownHost).joined(separator: "\n")
                // Where actions/download-artifact puts it.
                let temporary = try TemporaryDirectory()
                defer { temporary.remove() }
                var build: [String: JSON] = [:]
                if let package {
                    let folder = temporary.file("package")
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    try FileManager.default.copyItem(atPath: package.file, toPath: "\(folder)/chimney.deb")
                    build = [
                        "file": "chimney.deb", "version": .string(package.version), "sha256": .string(package.sha256),
                        "commit": .string(package.commit),
                    ]
                }
                let vars: JSON = .object([
                    "CHIMNEY_URL": .string(origin.url), "DEPLOY_ORIGINS": .string(origins),
                    "DEPLOY_KNOWN_HOSTS": .string(known),
                ])
                var needs: [String: JSON] = [
                    "test": .object(["result": "success"]),
                    "package": .object(["result": "success", "outputs": .object(build)]),
                ]
                let result = try WorkflowRun(
                    "\(workflow)#deploy",
                    [
                        "inputs": .object(["action": .string(action)]), "runner_temp": .string(temporary.path),
                        "vars": vars,
                        "secrets": .object([
                            "DEPLOY_SSH_KEY": .string(key.secret), "CHIMNEY_DEPLOY_TOKEN": .string(Origin.deployToken),
                        ]),
                        "needs": .object(needs), "environment": .object(["PATIENCE": "5"]),
                    ]
                ).result(within: 120)
                if !result.isSuccess {
                    needs["deploy"] = .object(["result": "failure", "outputs": result.outputs])
                    try recordFailure(vars, needs)
                }
                return result
            }

            /// Runs the job that records a failure.
            func recordFailure(_ vars: JSON, _ needs: [String: JSON], sha: String = Event.freshSHA()) throws {
                let result = try WorkflowRun(
                    "\(workflow)#failure",
                    [
                        "vars": vars, "needs": .object(needs), "github": .object(["sha": .string(sha)]),
                        "secrets": .object(["CHIMNEY_DEPLOY_TOKEN": .string(Origin.deployToken)]),
                    ]
                ).result(within: 120)
                #expect(result.isSuccess, "\(result.log)")
            }
        }

        /// The version of the program under test.
        private func version(_ origin: Origin) throws -> String {
            try #require(try origin.get("/api/version").json.chimney_version?.text)
        }

        @Test(
            "Origin by origin it is installed and looked at, and recorded; a rollback brings back what was there before"
        )
        func success() async throws {
            try await withOrigin { origin throws in
                let stage = try Stage(origin, slots: [nil, "green"])
                defer { stage.stop() }
                let version = try version(origin)
                let packages = try [DeployPackage(version), DeployPackage(version + "+next")]
                for package in packages {
                    let result = try stage.deploy(package)
                    #expect(result.isSuccess, "\(result.log)")
                    for target in stage.targets {
                        #expect(try target.version == package.version)
                        #expect(target.mark == package.mark)
                        #expect(result.summary.contains("| \(target.destination) | ✅ \(package.version) |"))
                    }
                    let recorded = try #require(try origin.recorded.first)
                    #expect(recorded.sha?.text == package.commit)
                    #expect(recorded.outcome == "success")
                    #expect(recorded.service == "chimney")
                    #expect(recorded.slot == "green")
                    #expect(recorded.duration_s?.number != nil)
                    #expect(recorded.origin_ips == ["127.0.0.1", "127.0.0.1"])
                    #expect(!result.shown.contains("PRIVATE KEY") && !result.shown.contains(Origin.deployToken))
                }
                // The same again is no other package to go back from.
                #expect(try stage.deploy(packages[1]).isSuccess)

                let back = try stage.deploy(nil, action: "rollback")
                #expect(back.isSuccess, "\(back.log)")
                for target in stage.targets { #expect(target.mark == packages[0].mark) }
                #expect(try origin.recorded.first?.sha?.text == packages[0].commit)

                let further = try stage.deploy(nil, action: "rollback")
                #expect(!further.isSuccess)
                #expect(further.log.contains("there is no package from before the last install"))
                #expect(try origin.recorded.first?.outcome == "failure")
            }
        }

        @Test("The first that is not well gets its package back, no other is touched, and the failure is recorded")
        func failure() async throws {
            try await withOrigin { origin throws in
                let stage = try Stage(origin, slots: [nil, nil, nil])
                defer { stage.stop() }
                let old = try DeployPackage(try version(origin))
                #expect(try stage.deploy(old).isSuccess)

                // One that says of itself what the new package says, while the others go on as they are.
                let new = try DeployPackage("99.1.0")
                let renewed = try ScriptedHTTPServer { request in
                    HTTPServerAnswer(
                        200,
                        text: request.path == "/healthz" ? #"{"status":"ok"}"# : #"{"chimney_version":"99.1.0"}"#)
                }
                defer { renewed.stop() }
                let result = try stage.deploy(new, urls: [renewed.url(), origin.url, origin.url])
                #expect(!result.isSuccess)
                #expect(result.outcome(of: "deploy") == "failure")
                #expect(result.log.contains("and has its last package back"), "\(result.log)")
                #expect(stage.targets.map(\.mark) == [new.mark, old.mark, old.mark])
                #expect(result.summary.contains("99.1.0 is not well; back at \(old.version)"))
                #expect(!result.summary.contains(stage.targets[2].destination))
                let recorded = try #require(try origin.recorded.first)
                #expect(recorded.outcome == "failure")
                #expect(recorded.sha?.text == new.commit)
                #expect(recorded.origin_ips?.list.count == 2)
                #expect(try origin.storedTotal == 2)

                // What was never deployed, for its tests failed, is on record by the commit that the workflow ran for.
                let sha = Event.freshSHA()
                let none: JSON = .object(["result": "skipped", "outputs": .object([:])])
                let vars: JSON = .object(["CHIMNEY_URL": .string(origin.url)])
                try stage.recordFailure(vars, ["test": none, "package": none, "deploy": none], sha: sha)
                #expect(try origin.recorded.first?.sha?.text == sha)
                #expect(try origin.recorded.first?.outcome == "failure")
            }
        }

        @Test(
            "A program that does not go on running is no success, though its package is installed: the one before is back"
        )
        func endingProgram() async throws {
            try await withOrigin { origin throws in
                let stage = try Stage(origin, slots: ["blue"])
                defer { stage.stop() }
                let old = try DeployPackage(try version(origin))
                #expect(try stage.deploy(old).isSuccess)
                let result = try stage.deploy(try DeployPackage(try version(origin), ends: true))
                #expect(!result.isSuccess)
                #expect(result.log.contains("chimney does not run with the new program"), "\(result.log)")
                #expect(result.log.contains("what was there before is"), "\(result.log)")
                #expect(stage.targets[0].mark == old.mark)
            }
        }

        @Test("A host with another key is not spoken to, and the workflow's key is good for nothing else")
        func strangers() async throws {
            try await withOrigin { origin throws in
                let stage = try Stage(origin)
                defer { stage.stop() }
                let (first, second) = (stage.targets[0], stage.targets[1])
                let package = try DeployPackage(try version(origin))
                let swapped = zip([first, second], [second, first]).map { target, other in
                    let name = target.knownHost.split(separator: " ")[0]
                    return "\(name) \(other.knownHost.split(separator: " ").dropFirst().joined(separator: " "))"
                }
                for known in [swapped.joined(separator: "\n"), "origin.example.org ssh-ed25519 AAAA"] {
                    let result = try stage.deploy(package, knownHosts: known)
                    #expect(!result.isSuccess)
                    #expect(result.log.contains("Host key verification failed"), "\(result.log)")
                }
                #expect(try first.version == nil)

                let other = try DeployPackage("1.0", name: "other")
                let calls: [(command: String, input: String, status: Int32)] = [
                    ("id", "", 64), ("", "", 64), ("status; id", "", 64), ("$(touch /tmp/x)", "", 64),
                    ("status x", "", 64),
                    ("install 1.0 \(package.sha256)", package.file, 64),
                    ("install 1.0/../x \(package.sha256) \(package.commit)", package.file, 64),
                    ("install 1.0 \(String(repeating: "0", count: 64)) \(package.commit)", package.file, 65),
                    ("install 9.9 \(package.sha256) \(package.commit)", package.file, 65),
                    ("install 1.0 \(other.sha256) \(other.commit)", other.file, 65), ("rollback", "", 69),
                    ("status", "", 0),
                ]
                for call in calls {
                    let input =
                        call.input.isEmpty ? [] : [UInt8](try Data(contentsOf: URL(fileURLWithPath: call.input)))
                    let done = try FinishedProcess(
                        "ssh",
                        [
                            "-F", "none", "-i", stage.key.path, "-o", "StrictHostKeyChecking=no", "-o",
                            "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "--", first.destination,
                            call.command,
                        ], input: input)
                    #expect(done.end == .exited(call.status), "\(call.command): \(done.errors)")
                    #expect(!done.output.contains("uid="))
                }
                #expect(try first.version == nil)
            }
        }
    }
}
