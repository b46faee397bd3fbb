import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct LocalCallerTests {
    @Test("Callers of this host act for the organisation that they name, or the one that is set; no token is looked at")
    func local() throws {
        let fixture = try AuthenticationFixture(["AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme"])
        #expect(try fixture.identify(nil) == Identity(organisation: "acme", actor: "local"))
        #expect(try fixture.identify("x.y.z", organisation: "Other")?.organisation == "Other")
        #expect(fixture.github.count() == 0)
    }

    @Test("Without either they are told so")
    func nameless() throws {
        let fixture = try AuthenticationFixture(["AUTH_ENABLED": "false"])
        for name in [nil, "", "a/b", "a b", String(repeating: "a", count: 101)] {
            let problem = try fixture.problem { try fixture.identify(nil, organisation: name) }
            #expect(problem.status == .badRequest)
        }
        #expect(try fixture.identify(nil, organisation: String(repeating: "a", count: 100)) != nil)
    }

    @Test("Allowed organisations are allowed here as well")
    func allowed() throws {
        let fixture = try AuthenticationFixture(["AUTH_ENABLED": "0", "ALLOWED_ORGANISATIONS": "acme"])
        #expect(try fixture.identify(nil, organisation: "Acme") != nil)
        #expect(try fixture.problem { try fixture.identify(nil, organisation: "other") }.status == .forbidden)
    }

    @Test(
        "By whichever way of this host",
        arguments: [
            ["REMOTE_ADDR": "127.0.0.1"], ["REMOTE_ADDR": "127.8.9.10"], ["REMOTE_ADDR": "::1"],
            ["REMOTE_ADDR": "::ffff:127.0.0.1"], ["HTTP_X_FORWARDED_FOR": "127.0.0.1"],
            ["HTTP_X_FORWARDED_FOR": "127.0.0.1, ::1,127.0.0.2"], ["HTTP_X_REAL_IP": "127.0.0.1"],
            ["HTTP_X_FORWARDED_FOR": "", "HTTP_FORWARDED": ""],
        ])
    func ways(variables: [String: String]) throws {
        let fixture = try AuthenticationFixture(["AUTH_ENABLED": "false"])
        #expect(try fixture.identify(nil, organisation: "acme", variables) != nil)
    }

    @Test(
        "Anybody else is refused, also where only somebody on the way is of another host, or it cannot be told",
        arguments: [
            ["REMOTE_ADDR": "192.0.2.1"], ["REMOTE_ADDR": "10.0.0.1"], ["REMOTE_ADDR": ""], ["REMOTE_ADDR": "@"],
            ["REMOTE_ADDR": "2001:db8::1"], ["REMOTE_ADDR": "::"], ["REMOTE_ADDR": "::2"], ["REMOTE_ADDR": "0.0.0.0"],
            ["REMOTE_ADDR": "127.0.0.1.evil.example"], ["REMOTE_ADDR": "::ffff:192.0.2.1"],
            ["REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"],
            ["HTTP_X_FORWARDED_FOR": "192.0.2.1"], ["HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.1"],
            ["HTTP_X_FORWARDED_FOR": "192.0.2.1, 127.0.0.1"], ["HTTP_X_FORWARDED_FOR": "unknown"],
            ["HTTP_X_FORWARDED_FOR": "127.0.0.1,"], ["HTTP_X_FORWARDED_FOR": "[::1]:80"],
            ["HTTP_X_REAL_IP": "192.0.2.1"], ["HTTP_FORWARDED": "for=192.0.2.1"],
            // The pages of others, which a browser of this host may show.
            ["HTTP_ORIGIN": "https://evil.example"], ["HTTP_ORIGIN": "null"],
            ["HTTP_ORIGIN": "http://localhost.evil.example"],
        ])
    func others(variables: [String: String]) throws {
        let fixture = try AuthenticationFixture(["AUTH_ENABLED": "false"])
        let problem = try fixture.problem { try fixture.identify(nil, organisation: "acme", variables) }
        #expect(problem.status == .forbidden)
        #expect(problem.detail.contains("AUTH_ENABLED"))
    }
}
