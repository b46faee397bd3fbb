import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The strategy `script`: the operator's program does it all, and its exit status says what came of it.
    @Suite struct ScriptDeploymentTests {
        /// A program whose exit status stands in a file beside it; `hang` has it not end at all.
        private static let program = """
            #!/bin/sh
            here=${0%/*}
            echo "$*" >> "$here/calls"
            env > "$here/environment"
            echo "bringing $1"
            echo "as it is" >&2
            status=$(cat "$here/status")
            [ "$status" != hang ] || exec sleep 600
            exit "$status"
            """

        private func withProgram(
            seconds: Int = 20, environment: [String: String] = [:],
            _ body: @escaping @Sendable (DeployOrigin, TemporaryDirectory) throws -> Void
        ) async throws {
            let files = try TemporaryDirectory()
            // Made by another process: one that is started here meanwhile would have the file open, so that it cannot be run.
            let made = try FinishedProcess(
                "sh",
                ["-c", #"printf '%s\n' "$1" > "$2" && chmod 755 "$2""#, "sh", Self.program, files.file("deploy.sh")])
            try #require(made.end == .exited(0), "\(made.errors)")
            _ = try files.write("status", "0")
            let services = """
                {"services":{"app":{"hosts":["host-1"],"image":"\(DeployOrigin.image)","strategy":"script",
                "script":"\(files.file("deploy.sh"))","limits":{"script_s":\(seconds)}}}}
                """
            try await withDeployOrigin(environment: environment, services: { _ in services }) { origin throws in
                try body(origin, files)
                #expect(try origin.docker.commands == [])
            }
        }

        @Test("Status 0 is success; what it prints is the log; it gets the commit and nothing else")
        func success() async throws {
            try await withProgram { origin, files throws in
                let answer = try origin.deploy(DeployOrigin.sha(1))
                #expect(answer.status == 200, "\(answer.text)")
                let told = try answer.json
                #expect(told.status == "succeeded" && told.phase == "done")
                let lines = told.logs?.list.compactMap(\.text) ?? []
                #expect(lines.contains { $0.hasSuffix("[INFO] bringing \(DeployOrigin.sha(1))") }, "\(lines)")
                #expect(lines.contains { $0.hasSuffix("[INFO] as it is") }, "\(lines)")
                #expect(
                    try String(contentsOfFile: files.file("calls"), encoding: .utf8) == "\(DeployOrigin.sha(1))\n")
                try origin.expectRecord(of: answer, phases: ["pull", "start", "done"])
            }
        }

        static let ends: [(String, Int, String, String?)] = [
            ("10", 400, "failed", nil), ("20", 502, "rolled_back", nil),
            ("1", 500, "rollback_failed", "exit status 1"), ("127", 500, "rollback_failed", "exit status 127"),
        ]

        @Test("Its exit status says what came of it", arguments: ends)
        func status(_ exit: String, _ status: Int, _ state: String, _ reason: String?) async throws {
            try await withProgram { origin, files throws in
                _ = try files.write("status", exit)
                let answer = try origin.deploy(DeployOrigin.sha(1))
                #expect(answer.status == status, "\(answer.text)")
                let told = try answer.json
                #expect(told.status?.text == state)
                #expect(told.error?.text?.contains("exit status \(exit)") == true)
                if let reason { #expect(told.error?.text?.contains(reason) == true) }
                if state != "failed" { #expect(told.container_logs?.list.contains("as it is") == true) }
                if state == "rollback_failed" {
                    #expect(told.next_step?.text?.contains("On host-1") == true)
                }
                try origin.expectRecord(of: answer, phases: ["pull", "start"])
                _ = try files.write("status", "0")
                try origin.succeed(DeployOrigin.sha(1))
            }
        }

        @Test("One that takes longer than it may is ended with all that it has started")
        func hangs() async throws {
            try await withProgram(seconds: 3) { origin, files throws in
                _ = try files.write("status", "hang")
                let answer = try origin.deploy(DeployOrigin.sha(1))
                #expect(answer.status == 500, "\(answer.text)")
                #expect(try answer.json.status == "rollback_failed")
                #expect(try answer.json.error?.text?.contains("not done within 3 s") == true)
                try origin.expectRecord(of: answer, phases: ["pull", "start"])
                let left = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                    let line = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(name)/environ"))
                    return name.allSatisfy(\.isNumber)
                        && String(decoding: line ?? Data(), as: UTF8.self)
                            .contains("CHIMNEY_RUNNER=\(origin.docker.file("runner"))\0")
                }
                // The runner itself has no such variable, its programs have.
                #expect(left == [])
            }
        }

        @Test("One that is not there is said to be, and nothing was touched")
        func missing() async throws {
            try await withProgram { origin, files throws in
                try FileManager.default.removeItem(atPath: files.file("deploy.sh"))
                let answer = try origin.deploy(DeployOrigin.sha(1))
                #expect(answer.status == 502, "\(answer.text)")
                #expect(try answer.json.status == "failed")
                #expect(try answer.json.error?.text?.contains(files.file("deploy.sh")) == true)
                #expect(try answer.json.next_step?.text?.contains(files.file("deploy.sh")) == true)
                try origin.expectAtRest()
            }
        }

        @Test("Its environment holds where programs are, and no secret")
        func environment() async throws {
            let secrets = [
                "GITHUB_TOKEN": "a-token-of-github", "LOGS_TOKEN": "a-token-for-logs",
                "METRICS_TOKEN": "a-token-for-metrics",
            ]
            try await withProgram(environment: secrets) { origin, files throws in
                try origin.succeed(DeployOrigin.sha(1))
                let text = try String(contentsOfFile: files.file("environment"), encoding: .utf8)
                let names = Set(text.split(separator: "\n").compactMap { $0.split(separator: "=").first })
                // PWD and what follows are the shell's own.
                #expect(names.contains("PATH"))
                #expect(
                    names.subtracting(["PATH", "HOME", "CHIMNEY_RUNNER", "PWD", "OLDPWD", "SHLVL", "_"]).isEmpty,
                    "\(text)")
                for secret in secrets.values + [DeployOrigin.secret, origin.origin.store.url] {
                    #expect(!text.contains(secret))
                    #expect(!origin.runner.log.contains(secret))
                }
            }
        }

        @Test("A rollback runs it with the commit that was good before")
        func rollback() async throws {
            try await withProgram { origin, files throws in
                for digit in 1...2 { try origin.succeed(DeployOrigin.sha(digit)) }
                #expect(try origin.rollBack().status == 200)
                let calls = try String(contentsOfFile: files.file("calls"), encoding: .utf8)
                #expect(calls.split(separator: "\n").map(String.init) == [1, 2, 1].map(DeployOrigin.sha))
                #expect(try origin.rollBack().status == 409)
                try origin.expectAtRest()
            }
        }
    }
}
