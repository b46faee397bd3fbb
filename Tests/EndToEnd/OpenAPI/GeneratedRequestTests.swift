import TestSupport
import Testing

extension EndToEnd {
    /// Requests that schemathesis makes of the OpenAPI document, right ones and wrong ones.
    @Suite struct GeneratedRequestTests {
        /// Checks that a run has found nothing.
        private static func expectNothing(_ run: FinishedProcess, sourceLocation: SourceLocation = #_sourceLocation) {
            let text = "\(run.output.suffix(12_000))\(run.errors.suffix(2000))"
            #expect(run.end == .exited(0), "\(text)", sourceLocation: sourceLocation)
            if UnderFire.isLong { print(run.output.suffix(1500)) }
        }

        @Test("Answers to whatever the document allows, and forbids, are as it says")
        func requests() async throws {
            try await withDescribedOrigin { deployer throws in
                let run = try Schemathesis(deployer.origin).run(
                    changing: ["max-examples = 10": "max-examples = \(UnderFire.count(10, long: 200))"],
                    ["--phases", "examples,coverage,fuzzing"])
                Self.expectNothing(run)
                // Whatever a worker dies of is a defect, also where its client was told something else.
                #expect(try Samples(deployer.origin.get("/metrics").text)["chimney_panics_total"] == 0)
            }
        }

        @Test("Answers to what the document's links lead to are as it says")
        func links() async throws {
            try await withDescribedOrigin { deployer throws in
                try deployer.haveSomethingToGoBackTo()
                let links = try Schemathesis(deployer.origin).follow(seeds: 1...UnderFire.count(1, long: 20)) {
                    Self.expectNothing($0)
                }
                // Which ones are followed in a short run is a matter of chance.
                let targets = Set(links.followed.map { $0.components(separatedBy: " -> ").last })
                #expect(targets.count > 2 && links.cases > 50, "\(links)")
                if UnderFire.isLong { #expect(links.unfollowed == []) }
                #expect(try Samples(deployer.origin.get("/metrics").text)["chimney_panics_total"] == 0)
            }
        }

        @Test(
            "Strangers are told to show something, or something else, wherever that is needed",
            arguments: [true, false])
        func strangers(showSomething: Bool) async throws {
            try await withDescribedOrigin { deployer throws in
                let origin = deployer.origin
                let credentials = ["--auth-wfc", Package.path("Tests/EndToEnd/OpenAPI/strangers.json")]
                let run = try Schemathesis(origin).run(
                    "strangers.toml",
                    changing: ["max-examples = 10": "max-examples = \(UnderFire.count(3, long: 200))"],
                    ["--phases", "examples,fuzzing"] + (showSomething ? credentials : []),
                    secret: showSomething ? "open-wheat" : nil)
                Self.expectNothing(run)
                // Nothing has come of it.
                let stored = try origin.store.keys().map { $0.dropFirst(origin.store.prefix.count) }
                let written = ["queue:", "{deploys}", "{deployer}:job", "{deployer}:index", "{cache}:fetch", "config"]
                #expect(stored.filter { key in written.contains(where: key.hasPrefix) } == [])
                let samples = Samples(try origin.get("/metrics").text)
                #expect(samples["chimney_cache_invalidations_total"] == 0)
                #expect(samples["chimney_panics_total"] == 0)
            }
        }
    }
}

/// Runs a test with an origin that has all that its document describes: a GitHub that knows two callers, of an organisation each
/// (`callers.json`), and a runner.
private func withDescribedOrigin(_ body: @Sendable (DeployOrigin) async throws -> Void) async throws {
    let github = try FakeGitHub()
    defer { github.stop() }
    github.setMember(.init("octocat", of: ["acme"]), token: Contract.secret)
    github.setMember(.init("hubot", of: ["globex"]), token: "open-barley")
    let tokens = Contract.tokens.mapValues { $0 == Contract.secret ? "\(Contract.secret),open-barley" : $0 }
    let settings = tokens.merging([
        "WEBHOOK_SECRET": Contract.secret, "GITHUB_WEBHOOK_SECRET": Contract.secret,
        "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "GITHUB_OIDC_ISSUER": github.issuer,
        "QUEUE_DAILY_LIMIT": "1000000", "INVALIDATE_ALL_ALLOWED": "true",
    ]) { $1 }
    try await withDeployOrigin(environment: settings, services: { _ in Contract.scriptedService }) { origin in
        // Who is asked, and says nothing, must not keep the pool from ending.
        defer { github.release() }
        try await body(origin)
    }
}

extension DeployOrigin {
    /// Has versions deployed before, so that links to a rollback lead somewhere from the first one on.
    fileprivate func haveSomethingToGoBackTo() throws {
        let fields = [Contract.json, Contract.bearer, ("X-Organisation", "acme")]
        for version in ["1.0.0", "1.1.0"] {
            let body = #"{"name":"my-service","version":"\#(version)","provider":"gcp","type":"k8s"}"#
            let id = try origin.http.post("/v1/deployments", body, fields).json.identifier
            let deployed = try origin.http.request(
                "PATCH", "/v1/deployments/\(id)", fields, body: Array(#"{"status":"deployed"}"#.utf8))
            guard deployed.status == 200 else { throw TestSupportError(deployed.text) }
        }
        for digit in 1...2 {
            let body = Self.body(Self.sha(digit))
            let signature = Self.signature(body, secret: Contract.secret)
            let answer = try origin.http.post("/deploy", body, [("X-Hub-Signature-256", signature)])
            guard answer.status == 200 else { throw TestSupportError(answer.text) }
        }
    }
}
