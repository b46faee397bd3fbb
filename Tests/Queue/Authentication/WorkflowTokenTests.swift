import Essentials
import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct WorkflowTokenTests {
    @Test("A workflow is known by its token: owner, repository, actor, workflow")
    func known() throws {
        let fixture = try AuthenticationFixture()
        let identity = try fixture.identify(try fixture.token())
        #expect(
            identity
                == Identity(organisation: "acme", actor: "octocat", repository: "acme/shop", workflow: "deploy"))
        // Not by what it claims to act for.
        #expect(try fixture.identify(try fixture.token(), organisation: "other")?.organisation == "acme")
    }

    @Test("A workflow may have no name, several audiences, and an owner of any case")
    func variants() throws {
        let fixture = try AuthenticationFixture()
        #expect(try fixture.identify(try fixture.token(["workflow": nil]))?.workflow == nil)
        let audiences: JSON = ["other", "deployment-queue-api"]
        #expect(try fixture.identify(try fixture.token(["aud": audiences])) != nil)
        #expect(try fixture.identify(try fixture.token(["repository_owner": "AcMe"]))?.organisation == "AcMe")
        #expect(try fixture.identify(try fixture.token(["actor": "dependabot[bot]"]))?.actor == "dependabot[bot]")
        #expect(try fixture.identify(try fixture.token(["workflow": "Zürich 🚀"]))?.workflow == "Zürich 🚀")
    }

    @Test("Issuer and audience are settings")
    func settings() throws {
        let fixture = try AuthenticationFixture(["GITHUB_OIDC_AUDIENCE": "https://queue.example"])
        #expect(try fixture.identify(try fixture.token(["aud": "https://queue.example"])) != nil)
        #expect(try fixture.identify(try fixture.token()) == nil)
        let slashed = try AuthenticationFixture(["GITHUB_OIDC_ISSUER": fixture.github.issuer + "/"], beside: fixture)
        #expect(try slashed.identify(try fixture.token(["aud": "deployment-queue-api"])) != nil)
    }

    @Test("Clocks may differ by 60 s", arguments: [("exp", -58.0), ("nbf", 58), ("iat", 58)])
    func leeway(claim: String, offset: Double) throws {
        let fixture = try AuthenticationFixture()
        let now = Double(Timestamp.now.milliseconds) / 1000
        #expect(try fixture.identify(try fixture.token([claim: .number(now + offset)])) != nil)
        let further = offset * 62 / 58
        #expect(try fixture.identify(try fixture.token([claim: .number(now + further)])) == nil)
    }

    @Test("Keys of 2048, 3072 and 4096 bits sign", arguments: [2048, 3072, 4096])
    func sizes(bits: Int) throws {
        let fixture = try AuthenticationFixture()
        let signer = try TokenSigner("large", bits: bits)
        fixture.github.setKeys([try fixture.signer.publicKey, try signer.publicKey])
        #expect(try fixture.identify(try signer.token(TokenSigner.claims(of: fixture.github.issuer))) != nil)
    }

    @Test("Only organisations that are allowed are served, without regard to case")
    func allowed() throws {
        let fixture = try AuthenticationFixture(["ALLOWED_ORGANISATIONS": "other, ACME"])
        #expect(try fixture.identify(try fixture.token()) != nil)
        let problem = try fixture.problem {
            try fixture.identify(try fixture.token(["repository_owner": "evil"]))
        }
        #expect(problem.status == .forbidden)
        #expect(problem.detail.contains("evil"))
        // Who is not known is not told who is allowed.
        #expect(try fixture.identify("x.y.z") == nil)
    }

    @Test("Without a token nobody is known", arguments: [nil, "", " "])
    func without(token: String?) throws {
        let fixture = try AuthenticationFixture()
        #expect(try fixture.identify(token) == nil)
        #expect(fixture.github.count() == 0)
    }

    @Test("Of a token nothing is kept")
    func secrecy() throws {
        let fixture = try AuthenticationFixture()
        let token = try fixture.token()
        #expect(try fixture.identify(token) != nil)
        for part in token.split(separator: ".") {
            #expect(try fixture.stores.content().allSatisfy { !$0.value.contains(part) })
        }
    }
}
