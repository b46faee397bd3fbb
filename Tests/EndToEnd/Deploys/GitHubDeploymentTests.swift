import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Deploys that GitHub is told of, by a server that answers as GitHub's documentation has it.
    @Suite struct GitHubDeploymentTests {
        private func withGitHub(_ body: @escaping @Sendable (Origin, FakeGitHub) async throws -> Void) async throws {
            let github = try FakeGitHub(FakeGitHub.Repository("owner/project"), token: "gh-secret")
            defer { github.stop() }
            try await withOrigin(environment: [
                "GITHUB_DEPLOYMENTS": "true", "GITHUB_REPO": github.repository, "GITHUB_TOKEN": "gh-secret",
                "GITHUB_API_URL": github.url(),
            ]) { origin in
                try await body(origin, github)
            }
        }

        @Test("A deploy becomes a deployment with its outcome as status; a repeated post changes nothing")
        func told() async throws {
            try await withGitHub { origin, github throws in
                let event = Event()
                #expect(try origin.post(event.json).status == 200)
                #expect(try origin.post(event.json).status == 200)
                #expect(eventually { github.states == ["success"] }, "\(github.states)")
                let service = Event().with(["service": "\"web\"", "outcome": "\"failure\""])
                #expect(try origin.post(service.json).status == 200)
                #expect(eventually { github.states == ["success", "failure"] }, "\(github.states)")
                let made = try github.requests(for: "POST /deployments").map { try JSON(parsing: $0.body) }
                #expect(made[0].ref?.text.map { "\"\($0)\"" } == event["sha"])
                #expect(made[0].environment?.text == "production")
                #expect(made[0].auto_merge == .bool(false))
                #expect(made[0].required_contexts?.list.isEmpty == true)
                #expect(made[0].description?.text == "slot blue, took 47 s, blue/green deploy rewrite")
                #expect(made[1].environment?.text == "web")
            }
        }

        @Test("While GitHub fails deploys wait, and each arrives once")
        func retried() async throws {
            try await withGitHub { origin, github throws in
                github.next(
                    .answer(HTTPServerAnswer(503, [("Retry-After", "1")])), .dropped, .secondaryLimit(retryAfter: 0))
                for _ in 0..<2 { #expect(try origin.post(Event().json).status == 200) }
                #expect(
                    eventually(within: 30) { github.states == ["success", "success"] },
                    "\(github.states) \(origin.pool.log.suffix(2000))")
                // An answer that is lost on its way does not make a second deployment.
                github.next(
                    FakeGitHub.Behaviour { _, usual in
                        _ = usual()
                        return .drop
                    }, on: "POST /deployments")
                #expect(try origin.post(Event().json).status == 200)
                #expect(eventually(within: 30) { github.states.count >= 3 && !github.states.contains(nil) })
                #expect(github.states == ["success", "success", "success"])
                let warnings = origin.pool.logLines.filter { $0.msg?.text?.contains("GitHub does not take") == true }
                #expect((1...2).contains(warnings.count), "\(warnings.count)")
                #expect(!origin.pool.log.contains("gh-secret"))
            }
        }

        @Test("With a token that may only read it is said once that deploys wait, and once that they are taken again")
        func readOnly() async throws {
            try await withGitHub { origin, github throws in
                func said(_ text: String) -> Int {
                    origin.pool.logLines.count { $0.msg?.text?.hasPrefix(text) == true }
                }
                github.always(.forbidden, on: "POST /deployments*")
                #expect(try origin.post(Event().json).status == 200)
                #expect(github.receives(3, for: "POST /deployments", within: 60))
                github.answerAsUsual()
                #expect(eventually(within: 60) { github.states == ["success"] })
                #expect(eventually { said("GitHub takes deployments again") == 1 })
                #expect(said("GitHub does not take deployments") == 1)
                #expect(said("GitHub takes deployments again") == 1)
            }
        }

        @Test("What GitHub refuses for good is left out, and holds up nothing")
        func refused() async throws {
            try await withGitHub { origin, github throws in
                github.next(.error(422, "Validation Failed"), on: "POST /deployments")
                for _ in 0..<2 { #expect(try origin.post(Event().json).status == 200) }
                #expect(eventually { github.states == ["success"] }, "\(github.states)")
                #expect(
                    try eventually {
                        let lines = try origin.logLines("level=error")
                        return lines.count { $0.msg?.text?.contains("422") == true } == 1
                    })
            }
        }

        @Test("Without a repository or a token the setting is refused at start")
        func misconfigured() throws {
            let check = try ChildProcess(Binary.path, ["pool", "--check"], environment: ["GITHUB_DEPLOYMENTS": "true"])
            #expect(check.wait() == .exited(78))
            #expect(check.errors.contains("set GITHUB_REPO"))
            #expect(check.errors.contains("set GITHUB_TOKEN"))
        }
    }
}

extension FakeGitHub {
    /// The newest state of each deployment, in the order in which they were made.
    fileprivate var states: [String?] { contents.deployments.map { $0.statuses.last?.state } }
}
