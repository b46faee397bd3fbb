import Essentials
import TestSupport
import Testing

@testable import Queue

@Suite struct AuthenticationSettingsTests {
    private func problems(_ variables: [String: String]) -> [String] {
        var settings = Settings(environment: variables)
        _ = Authenticator(settings: &settings, userAgent: "chimney/test")
        return settings.problems
    }

    @Test(
        "What can be meant is taken",
        arguments: [
            [:], ["GITHUB_OIDC_ISSUER": "https://ghe.example/_services/token"],
            ["GITHUB_OIDC_ISSUER": "http://localhost:8080"], ["GITHUB_OIDC_ISSUER": "http://127.0.0.1:1"],
            ["GITHUB_OIDC_ISSUER": "http://[::1]:1"], ["GITHUB_OIDC_AUDIENCE": "https://queue.example/"],
            ["ALLOWED_ORGANISATIONS": "acme, octo-org ,X"], ["ALLOWED_ORGANISATIONS": ""], ["DEV_ORGANISATION": "acme"],
            ["AUTH_ENABLED": "false"],
        ])
    func right(variables: [String: String]) {
        #expect(problems(variables) == [])
    }

    @Test(
        "What is wrong is named with its rule",
        arguments: [
            ("GITHUB_OIDC_ISSUER", "http://example.com", "https"),
            ("GITHUB_OIDC_ISSUER", "http://localhost.evil", "https"),
            ("GITHUB_OIDC_ISSUER", "http://128.0.0.1", "https"), ("GITHUB_OIDC_ISSUER", "example.com", "https"),
            ("GITHUB_OIDC_ISSUER", "https://u:p@example.com", "https"), ("GITHUB_OIDC_ISSUER", "https://x?y", "https"),
            ("GITHUB_OIDC_AUDIENCE", "a b", "audience"),
            ("GITHUB_OIDC_AUDIENCE", String(repeating: "a", count: 256), "255"),
            ("ALLOWED_ORGANISATIONS", "acme,a/b", "list"), ("ALLOWED_ORGANISATIONS", ",", "unset"),
            ("ALLOWED_ORGANISATIONS", "*", "list"), ("DEV_ORGANISATION", "a/b", "NAME"),
            ("AUTH_ENABLED", "maybe", "true"),
            ("GITHUB_API_URL", "x", "URL"), ("QUEUE_POLICY_FILE", "/nowhere/policy.json", "cannot be read"),
        ])
    func wrong(name: String, value: String, rule: String) throws {
        let found = problems([name: value])
        #expect(found.count == 1)
        let problem = try #require(found.first)
        #expect(problem.hasPrefix("\(name): "))
        #expect(problem.contains(rule), "\(problem)")
    }

    @Test("A broken policy is named with what is wrong in it; an empty or large file is no policy")
    func policy() throws {
        let directory = try TemporaryDirectory()
        for (text, rule) in [
            (#"{"rules":[{"repository":["x"]}]}"#, "rule 1 a member \"repository\""), ("", "byte 1"),
            (String(repeating: " ", count: 65_536) + #"{"rules":[]}"#, "64 KiB"),
        ] {
            let found = problems(["QUEUE_POLICY_FILE": try directory.write("policy.json", text)])
            #expect(found.count == 1)
            #expect(found.first?.contains(rule) == true, "\(found)")
        }
    }

    @Test("The policy is read once: what becomes of the file later changes nothing")
    func once() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("policy.json", #"{"rules":[{"refs":["*"]}]}"#)
        var settings = Settings(environment: ["QUEUE_POLICY_FILE": file])
        _ = Authenticator(settings: &settings, userAgent: "chimney/test")
        directory.remove()
        _ = Authenticator(settings: &settings, userAgent: "chimney/test")
        #expect(settings.problems == [])
    }
}
