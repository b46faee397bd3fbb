import Essentials
import TestSupport
import Testing

@testable import Queue

@Suite struct PolicyTests {
    @Test(
        "A star stands for any text",
        arguments: [
            ("acme/shop", "acme/shop", true), ("acme/shop", "acme/shops", false), ("acme/*", "acme/shop", true),
            ("acme/*", "acme/", true), ("acme/*", "acme", false), ("acme/*", "evil/acme/x", false), ("*", "", true),
            ("*", "x", true), ("*/shop", "acme/shop", true), ("*/shop", "shop", false), ("a*c", "ac", true),
            ("a*c", "abbc", true), ("a*c", "abcd", false), ("a*b*c", "aXbYc", true), ("a*b*c", "acb", false),
            ("a*a", "a", false), ("ab*ba", "aba", false), ("**", "x", true), ("a**b", "ab", true), ("*x*", "axb", true),
            ("*x*", "ab", false), ("", "", true), ("", "x", false), ("ä*", "äö", true), ("?", "x", false),
            ("refs/heads/release/*", "refs/heads/release/1.0", true), ("a.c", "abc", false),
        ])
    func patterns(pattern: String, text: String, matches: Bool) {
        #expect(Pattern(pattern).matches(text) == matches)
    }

    private func claims(_ changes: [String: JSON?] = [:]) throws -> TokenClaims {
        let text = TokenSigner.parts(TokenSigner.claims(of: "i", changes), header: [:]).split(separator: ".")[1]
        return try TokenClaims(try #require(Base64URL.decode(text.utf8)))
    }

    private func allows(_ rules: String, _ changes: [String: JSON?] = [:]) throws -> Bool {
        try Policy(Array(#"{"rules":\#(rules)}"#.utf8)).allows(try claims(changes))
    }

    @Test(
        "A token may act if one rule fits in all that it names",
        arguments: [
            (#"[{"repositories":["acme/*"]}]"#, true), (#"[{"repositories":["ACME/Shop"]}]"#, true),
            (#"[{"repositories":["acme/shop"],"refs":["refs/heads/main"]}]"#, true),
            (#"[{"repositories":["acme/shop"],"refs":["refs/heads/release/*"]}]"#, false),
            (#"[{"refs":["refs/heads/release/*"]},{"refs":["refs/tags/*","refs/heads/main"]}]"#, true),
            (#"[{"workflows":["deploy"],"environments":["production"]}]"#, true),
            (#"[{"workflows":["Deploy"]}]"#, false), (#"[{"environments":["staging"]}]"#, false),
            (#"[{"environments":["staging","prod*"]}]"#, true), ("[]", false),
        ])
    func rules(rules: String, allows: Bool) throws {
        #expect(try self.allows(rules) == allows)
    }

    @Test(
        "A claim that is missing fits nothing",
        arguments: [("environment", "environments"), ("ref", "refs"), ("workflow", "workflows")])
    func missing(claim: String, member: String) throws {
        for value in [nil, .null, 1] as [JSON?] {
            #expect(try allows(#"[{"\#(member)":["*"]}]"#, [claim: value]) == false)
            #expect(try allows(#"[{"repositories":["*"]}]"#, [claim: value]))
        }
    }

    @Test(
        "A file that is no policy says why",
        arguments: [
            ("", "byte 1"), ("[]", "byte 1"), ("{}", "no \"rules\""), (#"{"rules":{}}"#, "byte"),
            (#"{"rules":[{}]}"#, "rule 1 no member"), (#"{"rules":[],"rule":[]}"#, "member \"rule\""),
            (#"{"rules":[],"rules":[]}"#, "byte"),
            (#"{"rules":[{"refs":["x"]},{"ref":["x"]}]}"#, "rule 2 a member \"ref\""),
            (#"{"rules":[{"refs":[]}]}"#, "rule 1 no pattern"), (#"{"rules":[{"refs":[""]}]}"#, "rule 1 no pattern"),
            (#"{"rules":[{"refs":"x"}]}"#, "byte"), (#"{"rules":[{"refs":[1]}]}"#, "byte"),
            (#"{"rules":[{"refs":["x"],"refs":["y"]}]}"#, "byte"), (#"{"rules":[{"refs":["x"]}]"#, "byte"),
        ])
    func faults(text: String, reason: String) throws {
        let fault = try #require(#expect(throws: Policy.Fault.self) { _ = try Policy(Array(text.utf8)) })
        #expect(fault.reason.contains(reason), "\(fault.reason)")
    }

    @Test("Whom the policy does not let act is told so; a personal access token is not subject to it")
    func enforced() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "policy.json", #"{"rules":[{"repositories":["acme/*"],"refs":["refs/heads/main"]}]}"#)
        let fixture = try AuthenticationFixture(["QUEUE_POLICY_FILE": file])
        #expect(try fixture.identify(try fixture.token()) != nil)
        let problem = try fixture.problem { try fixture.identify(try fixture.token(["ref": "refs/heads/x"])) }
        #expect(problem.status == .forbidden)
        #expect(problem.detail.contains("policy"))
        // A forged token learns nothing of it.
        let forger = try TokenSigner("key-1")
        let forged = try forger.token(TokenSigner.claims(of: fixture.github.issuer, ["ref": "refs/heads/x"]))
        #expect(try fixture.identify(forged) == nil)
        fixture.github.setMember(.init("octocat", of: ["acme"]), token: "pat")
        #expect(try fixture.identify("pat", organisation: "acme") != nil)
    }
}
