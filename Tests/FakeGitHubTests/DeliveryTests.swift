import TestSupport
import Testing

extension FakeGitHubTests {
    /// What it would send to a webhook.
    @Suite struct DeliveryTests {
        private static func field(_ name: String, _ delivery: FakeGitHub.Delivery, _ secret: String?) -> String? {
            delivery.fields(secret: secret).first { $0.0 == name }?.1
        }

        @Test("Deliveries tell of things as they are, each with an id of its own")
        func payloads() throws {
            let github = try FakeGitHub()
            let number = try #require(github.contents.pulls.last?.number)
            github.update { $0.merge(number) }
            let closed = try github.delivery(of: .pull(number, "closed"))
            let payload = try JSON(parsing: closed.body)
            #expect(payload.action == "closed")
            #expect(payload.pull_request?.merged == true)
            #expect(payload.repository?.full_name == "octo-org/wgmesh")
            #expect(payload.organization?.login == "octo-org")
            #expect(payload.sender?.login == "octocat")
            #expect(try github.delivery(of: .pull(number, "closed")).id != closed.id)

            let pushed = try JSON(parsing: try github.delivery(of: .push()).body)
            #expect(pushed.ref == "refs/heads/main")
            #expect(pushed.after?.text == github.contents.branches["main"])
            #expect(pushed.action == nil)
            #expect(throws: TestSupportError.self) { try github.delivery(of: .release(1, "published")) }
        }

        @Test("Each event has what it is named for")
        func events() throws {
            let github = try FakeGitHub()
            let contents = github.contents
            let run = try #require(contents.runs.last?.id)
            let release = try #require(contents.releases.last?.id)
            let deployment = try #require(contents.deployments.last?.id)
            let issue = try #require(contents.issues.first?.number)
            let events: [(FakeGitHub.Event, String, String)] = [
                (.ping, "ping", "hook"), (.push(), "push", "head_commit"), (.issue(issue, "closed"), "issues", "issue"),
                (.run(run, "completed"), "workflow_run", "workflow_run"),
                (.release(release, "published"), "release", "release"),
                (.deployment(deployment), "deployment", "deployment"),
                (.deploymentStatus(deployment), "deployment_status", "deployment_status"),
                (.other("star"), "star", "repository"),
            ]
            for (event, name, member) in events {
                let delivery = try github.delivery(of: event)
                #expect(Self.field("X-GitHub-Event", delivery, nil) == name)
                #expect(try JSON(parsing: delivery.body)[member]?.names.isEmpty == false, "\(name)")
            }
        }

        // The values of https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries.
        @Test("The signature is the one of GitHub's documentation")
        func signature() throws {
            let delivery = FakeGitHub.Delivery(event: "push", body: Array("Hello, World!".utf8))
            #expect(
                Self.field("X-Hub-Signature-256", delivery, "It's a Secret to Everybody")
                    == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
            #expect(Self.field("X-Hub-Signature-256", delivery, nil) == nil)
            #expect(Self.field("X-GitHub-Delivery", delivery, nil) == delivery.id)
        }

        @Test("A delivery is posted")
        func posted() throws {
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(202) }
            let github = try FakeGitHub()
            let delivery = try github.delivery(of: .ping)
            #expect(try delivery.post(to: HTTPClient(.port(server.port)), secret: "s").status == 202)
            let request = try #require(server.requests.first)
            #expect(request.path == "/api/webhooks/github")
            #expect(request.body == delivery.body)
            #expect(request["X-Hub-Signature-256"] == delivery.signature("s"))
        }
    }
}
