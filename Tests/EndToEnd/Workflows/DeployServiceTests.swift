import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `deploy-service.yml`: its job that deploys, by the real client against a real chimney and its runner; and the one that
    /// builds, by a docker that only writes down what it is told.
    @Suite struct DeployServiceTests {
        private static let workflow = ".github/workflows/deploy-service.yml"
        private static let logsToken = "a-token-to-read-logs-with"
        /// What a caller of the workflow leaves as it is.
        private static let defaults = [
            "service": "app", "context": ".", "dockerfile": "", "environment": "production", "hosts": "",
            "mode": "wait",
            "timeout": "2m",
        ]

        /// Runs the job `deploy` of a commit.
        private func deploy(
            _ origin: DeployOrigin, _ sha: String, _ inputs: [String: String] = [:],
            secret: String = DeployOrigin.secret
        ) throws -> WorkflowRun.Result {
            // Where the package would put it.
            let programs = try TemporaryDirectory()
            defer { programs.remove() }
            try FileManager.default.createSymbolicLink(
                atPath: programs.file("chimney"), withDestinationPath: try Binary.path)
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            let own = Self.defaults.merging(["url": origin.origin.url]) { $1 }
            return try WorkflowRun(
                "\(Self.workflow)#deploy",
                [
                    "inputs": .object(own.merging(inputs) { $1 }.mapValues { .string($0) }), "skip": ["install"],
                    "secrets": .object(["webhook-secret": .string(secret), "logs-token": .string(Self.logsToken)]),
                    "github": .object(["sha": .string(sha), "repository": "acme/app"]),
                    "environment": .object([
                        "PATH": .string("\(programs.path):\(path)"), "OTEL_SDK_DISABLED": "true",
                        "GITHUB_WORKFLOW": "deploy $(id)", "GITHUB_RUN_NUMBER": "7",
                    ]),
                ]
            ).result(within: 120)
        }

        @Test("What the queue has merged runs in the end, and is on record; what is not healthy fails the job")
        func deploy() async throws {
            try await withDeployOrigin(
                hosts: ["host-1", "host-2"], environment: ["LOGS_TOKEN": Self.logsToken],
                services: { docker in
                    try DeployOrigin.swap(
                        docker, hosts: ["host-1", "host-2"],
                        health: #""limit_s":5,"interval_s":1,"start_period_s":0,"successes":1"#)
                }
            ) { origin throws in
                let (good, bad) = (DeployOrigin.sha(1), DeployOrigin.sha(2))
                for runner in origin.runners {
                    for sha in [good, bad] { try runner.docker.publish(DeployOrigin.image, tag: sha) }
                    try runner.docker.behave(.unhealthy, version: bad)
                }
                let first = try deploy(origin, good)
                #expect(first.isSuccess, "\(first.log)")
                for runner in origin.runners { #expect(try runner.docker.running("app") == [good]) }
                #expect(first.summary.contains("app succeeded"))
                #expect(first.summary.contains("acme/app, deploy $(id) 7"))
                let recorded = try #require(try origin.origin.recorded.first)
                #expect(recorded.sha?.text == good)
                #expect(recorded.service == "app")
                #expect(recorded.outcome == "success")

                let second = try deploy(origin, bad, ["hosts": "host-2\n"])
                #expect(!second.isSuccess)
                #expect(second.log.contains("app was rolled back"), "\(second.log)")
                #expect(try origin.runners[1].docker.running("app") == [good])
                #expect(try origin.runners[0].docker.commands.allSatisfy { !$0.summary.contains(bad) })
                #expect(try origin.origin.recorded.first?.outcome == "failure")

                let stranger = try deploy(origin, good, secret: "another-secret")
                #expect(!stranger.isSuccess)
                let all = [first, second, stranger].map { $0.shown + $0.summary }.joined()
                for secret in [DeployOrigin.secret, Self.logsToken, "another-secret"] { #expect(!all.contains(secret)) }
            }
        }

        @Test("The image is built and pushed by its commit; the password is in no argument, and on no disk afterwards")
        func image() throws {
            let files = try TemporaryDirectory()
            _ = try files.write(
                "docker",
                """
                #!/bin/bash
                printf '%s|' "$@" >>"$LOG"
                [[ $1 != login ]] || { cat >>"$LOG"; cat >"${DOCKER_CONFIG:?}/config.json" <<<secret; }
                echo >>"$LOG"

                """)
            chmod(files.file("docker"), 0o755)
            let password = "a-password-of-the-registry"
            let sha = DeployOrigin.sha(3)
            let inputs = Self.defaults.merging(["image": "ghcr.io/acme/app", "dockerfile": "docker file; id"]) { $1 }
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            let result = try WorkflowRun(
                "\(Self.workflow)#image",
                [
                    "inputs": .object(inputs.mapValues { .string($0) }), "secrets": .object([:]),
                    "github": .object(["sha": .string(sha), "actor": "octocat", "token": .string(password)]),
                    "runner_temp": .string(files.path),
                    "environment": .object([
                        "PATH": .string("\(files.path):\(path)"), "LOG": .string(files.file("log")),
                    ]),
                ]
            ).result()
            #expect(result.isSuccess, "\(result.log)")
            let told = try String(contentsOfFile: files.file("log"), encoding: .utf8).split(separator: "\n")
            #expect(
                told == [
                    "build|--pull|--tag|ghcr.io/acme/app:\(sha)|--label|org.opencontainers.image.revision=\(sha)|"
                        + "--file|docker file; id|--|.|",
                    "login|--username|octocat|--password-stdin|ghcr.io|\(password)", "push|ghcr.io/acme/app:\(sha)|",
                ])
            #expect(try FileManager.default.contentsOfDirectory(atPath: files.path).sorted() == ["docker", "log"])
        }

        @Test("Jobs that deploy elsewhere in the same run hand on their clients by other names")
        func client() throws {
            let files = try TemporaryDirectory()
            _ = try files.write("gh", "#!/bin/bash\n")
            chmod(files.file("gh"), 0o755)
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            func artifact(_ inputs: [String: String]) throws -> String {
                let own = ["chimney-repository": "octo/chimney", "chimney-release": "v1.2.3"]
                let all = Self.defaults.merging(own) { $1 }.merging(inputs) { $1 }
                let result = try WorkflowRun(
                    "\(Self.workflow)#client",
                    [
                        "inputs": .object(all.mapValues { .string($0) }),
                        "environment": .object(["PATH": .string("\(files.path):\(path)")]),
                    ]
                ).result()
                #expect(result.isSuccess, "\(result.log)")
                return try #require(result.output("artifact"))
            }
            let names = try [
                [:], ["environment": "staging / \"eu\": a"], ["service": "b"], ["hosts": "host-1\nhost-2\n"],
            ]
            .map(artifact)
            #expect(Set(names).count == names.count)
            for name in names { #expect(name.wholeMatch(of: /[a-z0-9-]+/) != nil, "\(name)") }
            #expect(try artifact([:]) == names[0])
        }
    }
}
