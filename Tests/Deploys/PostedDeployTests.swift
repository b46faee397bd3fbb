import Essentials
import Testing

@testable import Deploys

@Suite struct PostedDeployTests {
    @Test("A whole event")
    func whole() throws {
        let posted = try read([
            "sha": #""ABCDEF0""#, "pr_number": "321", "pr_title": #""blue/green""#, "slot": #""green""#,
            "outcome": #""failure""#, "duration_s": "47.5", "deployed_at": #""2026-02-21T11:13:00.5+01:00""#,
            "origin_ips": #"["1.2.3.4","::1"]"#, "service": #""api-1.x_y""#,
        ])
        #expect(posted.timeIsGiven)
        #expect(
            posted.event
                == DeployEvent(
                    sha: "abcdef0", outcome: .failure, slot: .green, duration: 47.5,
                    deployedAt: Timestamp(milliseconds: 1_771_668_780_500), pullRequest: 321, title: "blue/green",
                    originIPs: ["1.2.3.4", "::1"], service: "api-1.x_y"))
    }

    @Test("What is left out has its default")
    func defaults() throws {
        let posted = try read()
        #expect(!posted.timeIsGiven)
        #expect(posted.event.deployedAt == now.wholeSeconds)
        #expect(posted.event.pullRequest == nil)
        #expect(posted.event.title == nil)
        #expect(posted.event.originIPs.isEmpty)
        #expect(posted.event.service == nil)
    }

    @Test(
        "Just inside the rules",
        arguments: [
            ("sha", "\"\(String(repeating: "a", count: 7))\""), ("sha", "\"\(String(repeating: "0", count: 64))\""),
            ("outcome", #""failure""#), ("slot", #""green""#), ("duration_s", "0"), ("duration_s", "1e9"),
            ("duration_s", "0.001"), ("deployed_at", "null"), ("deployed_at", #""""#),
            ("deployed_at", #""2026-02-21T10:18:00.123Z""#), ("deployed_at", #""1970-01-01T00:00:00Z""#),
            ("pr_number", "0"), ("pr_number", "1"), ("pr_number", "9007199254740991"), ("pr_number", "null"),
            ("pr_title", "\"\(String(repeating: "é", count: 500))\""), ("pr_title", "null"), ("pr_title", #""""#),
            ("origin_ips", "[]"), ("origin_ips", "null"),
            ("origin_ips", "[" + [String](repeating: "\"1.2.3.4\"", count: 64).joined(separator: ",") + "]"),
            ("service", #""a""#), ("service", "\"\(String(repeating: "a", count: 64))\""), ("service", "null"),
            ("unknown", "{}"),
        ])
    func inside(field: String, json: String) {
        #expect(rejected([field: json]) == [])
    }

    @Test(
        "Just outside the rules",
        arguments: [
            ("sha", nil), ("sha", "null"), ("sha", "3051037"), ("sha", #""305103""#), ("sha", #""305103g""#),
            ("sha", "\"\(String(repeating: "a", count: 65))\""), ("sha", #""３０５１０３７""#), ("sha", #"["3051037"]"#),
            ("outcome", nil), ("outcome", "null"), ("outcome", #""SUCCESS""#), ("outcome", #""ok""#),
            ("outcome", "true"),
            ("slot", nil), ("slot", "null"), ("slot", #""""#), ("slot", #""red""#), ("slot", #""Blue""#), ("slot", "1"),
            ("duration_s", nil), ("duration_s", "null"), ("duration_s", #""""#), ("duration_s", "-0.001"),
            ("duration_s", #""47""#), ("duration_s", "true"), ("duration_s", "1e999"),
            ("deployed_at", #""2026-02-21T10:18:00.124Z""#), ("deployed_at", #""yesterday""#),
            ("deployed_at", #""2026-02-30T00:00:00Z""#), ("deployed_at", "1771668780"), ("deployed_at", "{}"),
            ("pr_number", "-1"), ("pr_number", "1.5"), ("pr_number", #""321""#), ("pr_number", "9007199254740993"),
            ("pr_number", "1e300"), ("pr_title", "\"\(String(repeating: "a", count: 501))\""), ("pr_title", "5"),
            ("origin_ips", #""1.2.3.4""#), ("origin_ips", #"["1.2.3"]"#), ("origin_ips", #"["1.2.3.4",5]"#),
            ("origin_ips", #"["host"]"#), ("origin_ips", #"[""]"#), ("origin_ips", "{}"),
            ("origin_ips", "[" + [String](repeating: "\"1.2.3.4\"", count: 65).joined(separator: ",") + "]"),
            ("service", #""""#), ("service", "\"\(String(repeating: "a", count: 65))\""), ("service", #""a b""#),
            ("service", #""a/b""#), ("service", #""é""#), ("service", "5"),
        ] as [(String, String?)])
    func outside(field: String, json: String?) {
        #expect(rejected([field: json]).contains(field))
    }

    @Test("Slot and duration may be absent with a failure, the slot with a service too")
    func optional() {
        for empty in [nil, "null", #""""#] as [String?] {
            #expect(rejected(["outcome": #""failure""#, "slot": empty, "duration_s": empty]) == [])
            #expect(rejected(["service": #""api""#, "slot": empty]) == [])
            #expect(rejected(["service": #""api""#, "slot": empty, "duration_s": empty]) == ["duration_s"])
        }
        #expect(rejected(["outcome": #""failure""#, "slot": #""red""#]) == ["slot"])
        #expect(rejected(["service": #""api""#, "slot": #""red""#]) == ["slot"])
    }

    @Test("All mistakes of a body are named")
    func allMistakes() throws {
        let names = rejected([
            "sha": nil, "outcome": nil, "slot": #""red""#, "duration_s": "-1", "deployed_at": "1", "pr_number": "-1",
            "pr_title": "1", "origin_ips": "1", "service": "1",
        ])
        #expect(Set(names).count == 9)
    }
}
