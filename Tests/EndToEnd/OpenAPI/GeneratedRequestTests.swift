import TestSupport
import Testing

extension EndToEnd {
    /// Requests that schemathesis makes of the OpenAPI document, right ones and wrong ones, by the same seed each time.
    @Suite struct GeneratedRequestTests {
        @Test func answersToWhateverTheDocumentAllowsAreAsItSays() async throws {
            let github = try FakeGitHub()
            defer { github.stop() }
            let settings = Contract.tokens.merging(Contract.localQueue) { $1 }.merging([
                "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "QUEUE_DAILY_LIMIT": "1000000",
            ]) { $1 }
            try await withOrigin(environment: settings) { origin throws in
                // What it remembers of a run it leaves where it is started.
                let directory = try TemporaryDirectory()
                let run = try FinishedProcess(
                    "env",
                    [
                        "-C", directory.path, Package.path(".build-python/bin/schemathesis"), "--config-file",
                        Package.path("Tests/EndToEnd/OpenAPI/schemathesis.toml"), "run", "--no-color",
                        "http://127.0.0.1:\(origin.caddy.port)/api/openapi.json",
                    ],
                    environment: ["CHIMNEY_TEST_SECRET": Contract.secret], within: 900)
                #expect(run.end == .exited(0), "\(run.output.suffix(12_000))\(run.errors.suffix(2000))")
                // Whatever a worker dies of is a defect, also where its client was told something else.
                #expect(try Samples(origin.get("/metrics").text)["chimney_panics_total"] == 0)
            }
        }
    }
}
