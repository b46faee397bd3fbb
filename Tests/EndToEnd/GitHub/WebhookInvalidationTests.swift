import TestSupport
import Testing

extension EndToEnd {
    /// What each event of a webhook makes stale.
    @Suite struct WebhookInvalidationTests {
        private static let summary = "/__pipeline_summary__?"
        private static let paths = [
            "", "/pulls", "/pulls/7", "/issues", "/issues?labels=type:bug", "/commits", "/branches",
            "/contents/README.md",
            "/actions/runs", "/actions/workflows/goose-build.yml/runs", "/releases", "/releases/latest", "/deployments",
            "/labels",
        ]

        @Test("Each event takes what it concerns, and the summary where it shows there; the rest stays")
        func mapping() async throws {
            try await withGitHub { origin, github throws in
                func run() -> Int { github.contents.runs.last?.id ?? 0 }
                func release() -> Int { github.contents.releases.last?.id ?? 0 }
                func deployment() -> Int { github.contents.deployments.last?.id ?? 0 }
                let cases: [(event: FakeGitHub.Event, gone: [String], stays: [String])] = [
                    (.run(run(), "completed"), ["/actions/", Self.summary], ["/pulls?", "/issues?", "/commits?"]),
                    (.push(), ["/commits?", "/branches?", "/contents/"], ["/pulls?", "/issues?", "/actions/runs?"]),
                    (
                        .pull(7, "closed"), ["/pulls?", "/pulls/7?", "/?", Self.summary],
                        ["/releases?", "/actions/runs?"]
                    ),
                    (.issue(6, "closed"), ["/issues?", "/?", Self.summary], ["/pulls?", "/commits?", "/releases?"]),
                    (
                        .release(release(), "published"), ["/releases", Self.summary],
                        ["/pulls?", "/issues?", "/actions/"]
                    ),
                    (.deployment(deployment()), ["/deployments?"], ["/pulls?", "/issues?", "/commits?", Self.summary]),
                    (
                        .deploymentStatus(deployment()), ["/deployments?"],
                        ["/pulls?", "/issues?", "/commits?", Self.summary]
                    ),
                ]
                for (event, gone, stays) in cases {
                    for path in Self.paths { _ = try origin.github(path) }
                    _ = try origin.get("/api/pipeline/summary")
                    let before = Set(try origin.cachedKeys())
                    #expect(before.contains(Self.summary))
                    let answer = try origin.deliver(try github.delivery(of: event))
                    #expect(answer.status == 202, "\(event)")
                    let after = Set(try origin.cachedKeys())
                    for prefix in gone {
                        #expect(before.contains { $0.hasPrefix(prefix) }, "\(event) \(prefix)")
                        #expect(!after.contains { $0.hasPrefix(prefix) }, "\(event) \(prefix)")
                    }
                    for prefix in stays {
                        let was = before.filter { $0.hasPrefix(prefix) }
                        #expect(!was.isEmpty && was.isSubset(of: after), "\(event) \(prefix)")
                    }
                }
            }
        }

        @Test("A merged pull request shows in the very next request, of the list, the issue and the summary")
        func merged() async throws {
            try await withGitHub { origin, github throws in
                let number = try #require(github.contents.pulls.first { $0.isOpen }?.number)
                func state() throws -> (open: [Int], closed: [Int], one: JSON?, summary: JSON) {
                    try (
                        origin.github("/pulls?state=open").numbers,
                        origin.github("/pulls?direction=desc&sort=updated&state=closed").numbers,
                        origin.github("/pulls/\(number)").json.merged, origin.get("/api/pipeline/summary").json
                    )
                }
                let before = try state()
                #expect(before.open.contains(number))
                #expect(before.one == false)
                #expect(before.summary.open_prs == 3)
                let sha = github.update { $0.merge(number) }
                #expect(try state().open.contains(number), "GitHub has not told yet")
                #expect(try origin.deliver(try github.delivery(of: .pull(number, "closed"))).status == 202)
                let after = try state()
                #expect(!after.open.contains(number))
                #expect(after.closed.first == number)
                #expect(after.one == true)
                #expect(after.summary.open_prs == 2)
                #expect(after.summary.open_issues == 4)
                #expect(after.summary.last_merged_pr?["number"]?.integer == number)
                #expect(after.summary.last_merged_pr?.sha?.text == sha)
                #expect(after.summary.partial == [])
            }
        }

        @Test("So does a finished run, a release, and a closed bug, in the summary")
        func summarised() async throws {
            try await withGitHub { origin, github throws in
                func summary() throws -> JSON { try origin.get("/api/pipeline/summary").json }
                _ = try summary()
                let run = try #require(github.contents.runs.last?.id)
                github.update { $0.complete(run: run, "failure") }
                try origin.deliver(try github.delivery(of: .run(run, "completed")))
                #expect(try summary().recent_workflow_runs?[0]?.conclusion == "failure")
                let release = github.update { $0.publish("v2.0.0") }
                try origin.deliver(try github.delivery(of: .release(release, "published")))
                #expect(try summary().wgmesh_version == "v2.0.0")
                let bugs = github.contents.issues.filter { $0.isOpen && $0.labels.contains("type:bug") }
                github.update { $0.close(bugs[0].number) }
                try origin.deliver(try github.delivery(of: .issue(bugs[0].number, "closed")))
                #expect(try summary().open_bugs?.list.compactMap { $0["number"]?.integer } == [bugs[1].number])
                #expect(try summary().open_issues == 3)
            }
        }

        @Test("It holds also for a fetch that is under way when GitHub tells")
        func underWay() async throws {
            try await withGitHub { origin, github throws in
                let number = try #require(github.contents.pulls.first { $0.isOpen }?.number)
                let gate = github.hold(on: "/pulls*")
                async let early = origin.github("/pulls")
                async let summary = origin.get("/api/pipeline/summary")
                #expect(github.receives(3, for: "/pulls"))
                github.update { _ = $0.merge(number) }
                try origin.deliver(try github.delivery(of: .pull(number, "closed")))
                gate.open()
                #expect(try await !early.numbers.contains(number))
                #expect(try await summary.json.open_prs == 2)
                #expect(try !origin.github("/pulls").numbers.contains(number))
                #expect(try origin.get("/api/pipeline/summary").json.open_prs == 2)
            }
        }

        @Test("Another repository of the organisation has its own entries")
        func otherRepository() async throws {
            let other = FakeGitHub.Repository.sample("octo-org/site")
            try await withGitHub(
                others: [other], environment: ["GITHUB_ORG": "octo-org"]
            ) { origin, github throws in
                #expect(try eventually { try origin.github("/org/repos").status == 200 })
                let paths = ["/pulls", "/octo-org/site/pulls", "/octo-org/site", "/octo-org/site/releases"]
                for path in paths { #expect(try origin.github(path).status == 200) }
                _ = try origin.get("/api/pipeline/summary")
                let delivery = try github.delivery(of: .pull(7, "closed"), in: "octo-org/site")
                #expect(try origin.deliver(delivery).status == 202)
                #expect(try origin.github("/octo-org/site/pulls").cache == "miss none")
                #expect(try origin.github("/octo-org/site").cache == "miss none")
                #expect(try origin.github("/octo-org/site/releases").cache == "hit dragonfly")
                #expect(try origin.github("/pulls").cache == "hit dragonfly")
                #expect(try origin.get("/api/pipeline/summary").cache == "hit dragonfly")
            }
        }
    }
}
