import Testing

@testable import Deploys

@Suite struct DeployEventTests {
    @Test(
        "What the ring keeps is read again as it was",
        arguments: [
            ["pr_number": "1", "pr_title": #""a\"b\\c\n\u0000é""#, "service": #""x""#],
            ["outcome": #""failure""#, "slot": nil, "duration_s": nil],
            ["duration_s": "0.1", "deployed_at": #""2026-02-21T10:13:00.007Z""#, "origin_ips": #"["::1"]"#],
            ["deployed_at": #""0001-01-01T00:00:00Z""#], ["deployed_at": #""1969-12-31T23:59:59.5Z""#],
            ["deployed_at": #""0000-01-01T00:00:00+01:00""#],
        ] as [[String: String?]])
    func stored(changes: [String: String?]) throws {
        guard let event = try? read(changes).event else { return }
        #expect(try StoredEvent.read(event.stored) == event)
    }

    @Test("Two posts of the same deploy have one identity; everything else of them may differ")
    func identity() throws {
        let time = ["deployed_at": #""2026-02-21T10:13:00Z""#]
        let base = try read(time.mapValues { $0 }).event
        func identity(_ changes: [String: String?]) throws -> String {
            try read(time.mapValues { Optional($0) }.merging(changes) { $1 }).event.identity(timeIsGiven: true)
        }
        let own = base.identity(timeIsGiven: true)
        #expect(try identity(["pr_title": #""other""#, "duration_s": "1", "pr_number": "7"]) == own)
        #expect(try identity(["deployed_at": #""2026-02-21T11:13:00+01:00""#]) == own)
        #expect(try identity(["sha": #""3051038""#]) != own)
        #expect(try identity(["slot": #""green""#]) != own)
        #expect(try identity(["outcome": #""failure""#]) != own)
        #expect(try identity(["service": #""api""#]) != own)
        #expect(try identity(["deployed_at": #""2026-02-21T10:13:00.001Z""#]) != own)
        #expect(base.identity(timeIsGiven: false) != own)
    }
}
