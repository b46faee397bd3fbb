import Testing
import Web

@Suite struct IdentityTests {
    @Test("A person has neither repository nor workflow")
    func person() {
        let identity = Identity(organisation: "acme", actor: "octocat")
        #expect(identity.repository == nil)
        #expect(identity.workflow == nil)
    }
}
