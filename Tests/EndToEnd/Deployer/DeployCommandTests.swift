import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `chimney deploy`, beside a server that answers as chimney does, or as what may stand between.
    @Suite struct DeployCommandTests {
        // MARK: What it does

        @Test func aDeploymentIsAskedForAndFollowedToItsEnd() throws {
            let server = try DeployServer([
                .accepted(.run("waiting", [], phase: "waiting")), .state(.run("waiting", [])),
                .state(.run("running", ["pulling"])), .state(.run("running", ["pulling", "starting"])),
                .state(.run("succeeded", ["pulling", "starting", "healthy"])),
            ])
            let files = try TemporaryDirectory()
            let summary = try files.write("summary", "# before\n")
            let client = try server.client(
                ["--host", "a", "--host", "b", "--mode", "wait", "--reason", "release `4`", "--deployment-id", "d-1"],
                environment: ["GITHUB_STEP_SUMMARY": summary, "LOGS_TOKEN": "ci=\(DeployServer.token)"])
            #expect(client.end == .exited(0), "\(client.output)\(client.errors)")
            let told = client.output.split(separator: "\n")
            #expect(told.filter { $0 == "pulling" || $0 == "starting" || $0 == "healthy" }.count == 3)
            #expect(client.output.contains("It waits for its turn."))
            #expect(told.last?.hasPrefix("app succeeded after") == true)
            #expect(client.errors.isEmpty)

            let call = try #require(server.requests.first)
            #expect(call.method == "POST" && call.target == "/deploy")
            #expect(call["Prefer"] == "respond-async")
            #expect(call["Content-Type"] == "application/json")
            #expect(call["Authorization"] == nil)
            let delivery = FakeGitHub.Delivery(event: "", body: call.body)
            #expect(call["X-Hub-Signature-256"] == delivery.signature(DeployServer.secret))
            let body = try JSON(parsing: call.body)
            #expect(body.service?.text == "app" && body.image_sha?.text == DeployServer.commit)
            #expect(body.hosts?.list.compactMap(\.text) == ["a", "b"] && body.mode?.text == "wait")
            #expect(body.reason?.text == "release `4`" && body.deployment_id?.text == "d-1")
            let looks = server.requests.dropFirst()
            #expect(looks.allSatisfy { $0.method == "GET" && $0.target == "/deploy/r-1" })
            #expect(looks.allSatisfy { $0["Authorization"] == "Bearer \(DeployServer.token)" })

            let written = try String(contentsOfFile: summary, encoding: .utf8)
            #expect(written.hasPrefix("# before\n## ✅ app succeeded after"))
            for part in ["- reason: `` release `4` ``", DeployServer.commit, "r-1", "pulling"] {
                #expect(written.contains(part), "\(part): \(written)")
            }
            for secret in [DeployServer.secret, DeployServer.token] {
                #expect(!(client.output + client.errors + written).contains(secret))
            }
        }

        @Test func aReturnToTheLastGoodVersionNamesNone() throws {
            let server = try DeployServer([.accepted(.run("succeeded", ["back"]))])
            let client = try server.client(["--rollback"], version: [])
            #expect(client.end == .exited(0), "\(client.output)\(client.errors)")
            let call = try #require(server.requests.first)
            #expect(call.target == "/deploy/rollback")
            #expect(try JSON(parsing: call.body).image_sha == nil)
        }

        @Test func noSecretIsInTheProcessList() throws {
            let gate = Gate()
            let server = try DeployServer([.held(gate), .accepted(.run("succeeded", []))])
            let process = try ChildProcess(
                Binary.path, server.arguments(), environment: ["WEBHOOK_SECRET": DeployServer.secret])
            #expect(server.scripted.receives())
            let line = try String(contentsOfFile: "/proc/\(process.pid)/cmdline", encoding: .utf8)
            #expect(line.contains("--service\0app") && !line.contains(DeployServer.secret))
            gate.open()
            #expect(process.wait() == .exited(0), "\(process.output)\(process.errors)")
        }

        @Test func theFirstOfSeveralSecretsSignsAlsoOutOfAFile() throws {
            let server = try DeployServer([.accepted(.run("succeeded", []))])
            let files = try TemporaryDirectory()
            let file = try files.write("secret", "ci=\(DeployServer.secret),laptop=another-secret\n")
            let client = try server.client(environment: ["WEBHOOK_SECRET": "", "WEBHOOK_SECRET_FILE": file])
            #expect(client.end == .exited(0), "\(client.output)\(client.errors)")
            let call = try #require(server.requests.first)
            let delivery = FakeGitHub.Delivery(event: "", body: call.body)
            #expect(call["X-Hub-Signature-256"] == delivery.signature(DeployServer.secret))
        }

        @Test func linesThatAreNotKeptAreCounted() throws {
            let server = try DeployServer([
                .accepted(.run("running", ["1", "2"])), .state(.run("running", ["2", "3"], lines: 3)),
                .state(.run("succeeded", ["8", "9"], lines: 9)),
            ])
            let client = try server.client()
            #expect(client.end == .exited(0))
            let told = client.output.split(separator: "\n")
            #expect(told.dropFirst(2).dropLast() == ["1", "2", "3", "(4 lines are not kept any more)", "8", "9"])
        }

        // MARK: What goes wrong on the way

        @Test func aCallWhoseAnswerGotLostIsCarriedOutOnce() throws {
            let server = try DeployServer([
                .drop, .problem(502, "The request got no answer."), .problem(503, "Later.", [("Retry-After", "1")]),
                .problem(409, "It came before.", [("Location", "/deploy/r-1")]), .state(.run("succeeded", ["done"])),
            ])
            let client = try server.client()
            #expect(client.end == .exited(0), "\(client.output)\(client.errors)")
            let calls = server.requests.filter { $0.method == "POST" }
            #expect(calls.count == 4 && Set(calls.map(\.body)).count == 1)
            #expect(client.output.components(separatedBy: "Trying again until it does.").count == 2)
            #expect(client.output.contains("The server has the call already."))
        }

        @Test func aServerThatIsAwayWhileItIsFollowedIsWaitedFor() throws {
            let server = try DeployServer([
                .accepted(.run("running", ["one"])), .drop, .garbage,
                .problem(429, "Too many.", [("Retry-After", "1")]),
                .state(.run("running", ["one", "two"])), .problem(503, "Later."),
                .state(.run("succeeded", ["one", "two", "three"])),
            ])
            let client = try server.client()
            #expect(client.end == .exited(0), "\(client.output)\(client.errors)")
            #expect(client.output.components(separatedBy: "Trying again until it does.").count == 3)
            #expect(client.output.components(separatedBy: "The server answers again.").count == 3)
            let told = client.output.split(separator: "\n")
            #expect(told.filter { ["one", "two", "three"].contains($0) } == ["one", "two", "three"])
        }

        @Test func anOutcomeThatComesAtOnceIsTaken() throws {
            let run = DeployServer.Run.run("rolled_back", ["one"], phase: "health", error: "unhealthy")
            let server = try DeployServer([.answer(502, run)])
            let client = try server.client()
            #expect(client.end == .exited(1))
            #expect(client.output.contains("app was rolled back after"))
            #expect(server.requests.count == 1)
        }

        // MARK: How it ends

        @Test(arguments: [("failed", 1), ("rolled_back", 1), ("rollback_failed", 2)])
        func whatFailedIsToldWhole(_ status: String, _ expected: Int32) throws {
            let end = DeployServer.Run.run(
                status, ["one"], phase: "health", error: "not healthy within 60 s", health: "503 from /health",
                container: ["panic: ::error::no", "at main"], next: "run docker ps | less")
            let server = try DeployServer([.accepted(.run("running", [])), .state(end)])
            let files = try TemporaryDirectory()
            let summary = files.file("summary")
            let client = try server.client(environment: ["GITHUB_STEP_SUMMARY": summary])
            #expect(client.end == .exited(expected))
            let written = try String(contentsOfFile: summary, encoding: .utf8)
            for part in [
                "not healthy within 60 s", "503 from /health", "panic: ::error::no", "at main", "run docker ps | less",
            ] {
                #expect(client.output.contains(part), "\(part): \(client.output)")
                #expect(written.contains(part), "\(part): \(written)")
            }
            #expect(written.hasPrefix("## ❌ app "))
        }

        @Test func textOfOthersIsNoCommandOfAWorkflow() throws {
            let end = DeployServer.Run.run(
                "failed", ["::add-mask::x", "##[error]y"], phase: "pull", error: "50% of it:\nno such tag\u{1B}[0m")
            let server = try DeployServer([.accepted(end)])
            let client = try server.client(environment: ["GITHUB_ACTIONS": "true"])
            #expect(client.end == .exited(1))
            let lines = client.output.split(separator: "\n").map(String.init)
            let first = try #require(lines.first)
            #expect(first.hasPrefix("::stop-commands::"))
            let resumption = try #require(lines.firstIndex(of: "::\(first.dropFirst("::stop-commands::".count))::"))
            let own = lines[(resumption + 1)...]
            #expect(own.count == 1)
            #expect(own.first?.hasPrefix("::error title=Deployment::app failed after") == true)
            #expect(own.first?.contains("50%25 of it:%0Ano such tag") == true)
            #expect(lines[..<resumption].contains("::add-mask::x"))
            #expect(!client.output.contains("\u{1B}"))
        }

        static let answers: [(DeployServer.Reply, Int32, String)] = [
            (.problem(401, "Sign the body."), 77, "Sign the body."), (.problem(403, "Not you."), 77, "Not you."),
            (.problem(429, "Deployment r-0 holds it.", [("Retry-After", "30")]), 75, "Deployment r-0 holds it."),
            (.problem(404, "There is nothing."), 65, "There is nothing."),
            (.problem(409, "There is no good version."), 65, "There is no good version."),
            (.problem(422, "Correct it.", errors: [("service", "is none")]), 65, "service: is none"),
            (.redirect, 65, "give the address it leads to as --url"), (.garbage, 69, "is no chimney"),
        ]

        @Test(arguments: answers)
        func aRefusalSaysWhyAndIsNotRepeated(_ reply: DeployServer.Reply, _ status: Int32, _ text: String) throws {
            let server = try DeployServer([reply])
            let client = try server.client()
            #expect(client.end == .exited(status), "\(client.output)")
            #expect(client.output.contains(text), "\(client.output)")
            #expect(server.requests.count == 1)
            #expect(!client.output.contains(DeployServer.secret))
        }

        @Test func aLogThatNeedsATokenIsExplained() throws {
            let server = try DeployServer([.accepted(.run("running", [])), .problem(401, "Send a valid token.")])
            let client = try server.client()
            #expect(client.end == .exited(77))
            for part in ["Send a valid token.", "set LOGS_TOKEN", "It goes on", "/deploy/r-1"] {
                #expect(client.output.contains(part), "\(client.output)")
            }
        }

        @Test func whatDoesNotEndInTimeGoesOn() throws {
            let server = try DeployServer([.accepted(.run("running", ["one"]))], then: .state(.run("running", ["one"])))
            let client = try server.client(["--timeout", "4s"])
            #expect(client.end == .exited(69))
            for part in ["has not ended in time", "It goes on", "/deploy/r-1"] {
                #expect(client.output.contains(part), "\(client.output)")
            }
        }

        @Test func aServerThatIsNotThereIsTriedUntilTheTimeIsOver() throws {
            let server = try DeployServer([])
            server.scripted.stop()
            let client = try server.client(["--timeout", "2s"])
            #expect(client.end == .exited(69))
            #expect(client.output.contains("did not take the call in time"), "\(client.output)")
        }

        // MARK: Usage

        static let misused = [
            ["--sha", "abc"], [], ["--sha", DeployServer.commit, "--rollback"],
            ["--sha", DeployServer.commit, "--mode", "now"], ["--sha", DeployServer.commit, "--timeout", "0"],
            ["--sha", DeployServer.commit, "--host", "a b"], ["--sha", DeployServer.commit, "--host=a", "--host=a"],
            ["--sha", DeployServer.commit, "--url", "http://origin.example.com"],
            ["--sha", DeployServer.commit, "--url", "https://user:word@origin.example.com"],
        ]

        @Test(arguments: misused) func misuseIsStatus64(_ arguments: [String]) throws {
            let client = try FinishedProcess(
                Binary.path, ["deploy", "--service", "app"] + arguments,
                environment: ["WEBHOOK_SECRET": DeployServer.secret, "CHIMNEY_URL": "http://127.0.0.1:1"])
            #expect(client.end == .exited(64), "\(client.errors)")
        }

        @Test func settingsThatAreMissingOrWrongAreNamed() throws {
            for (environment, name) in [
                ([:], "CHIMNEY_URL"), (["CHIMNEY_URL": "origin"], "CHIMNEY_URL"),
                (["CHIMNEY_URL": "http://origin.example.com"], "CHIMNEY_URL"),
                (["CHIMNEY_URL": "http://127.0.0.1:1"], "WEBHOOK_SECRET"),
                (["CHIMNEY_URL": "http://127.0.0.1:1", "WEBHOOK_SECRET_FILE": "/nowhere"], "WEBHOOK_SECRET_FILE"),
            ] {
                let client = try FinishedProcess(
                    Binary.path, ["deploy", "--service", "app", "--sha", DeployServer.commit], environment: environment)
                #expect(client.end == .exited(78))
                #expect(client.errors.contains("\(name): "), "\(client.errors)")
            }
        }
    }
}
