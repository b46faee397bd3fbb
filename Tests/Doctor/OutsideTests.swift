import HTTPClient
import HTTPTypes
import Testing

@testable import Doctor

@Suite("What is wrong outside of the host") struct OutsideTests {
    private static let github = Subject.GitHub(
        api: "https://api.github.com", token: "t", repository: nil, tellsDeployments: true)

    private func severity(_ verdict: Verdict) -> Finding.Severity? { verdict.findings.map(\.severity).max() }

    @Test("A token is accepted, and may do what it is for")
    func token() {
        func judge(_ status: Int, scopes: String? = nil) -> Finding.Severity? {
            var fields = HTTPFields()
            fields[HTTPField.Name("X-OAuth-Scopes")!] = scopes
            return severity(GitHubChecks.judge(status: status, fields, Self.github))
        }
        #expect(judge(200) == nil)
        #expect(judge(200, scopes: "read:org, repo_deployment") == nil)
        #expect(judge(200, scopes: "read:org") == .fault)
        #expect(judge(401) == .fault)
        #expect(judge(500) == .warning)
        // GitHub Enterprise without limits.
        #expect(judge(404) == nil)
        let anonymous = Subject.GitHub(
            api: "https://api.github.com", token: nil, repository: "a/b", tellsDeployments: false)
        #expect(severity(GitHubChecks.judge(status: 200, [:], anonymous)) == .warning)
    }

    @Test(
        "The quota",
        arguments: [(5000, 5000, nil), (5000, 500, nil), (5000, 499, .warning), (5000, 0, .fault)]
            as [(Int, Int, Finding.Severity?)])
    func quota(_ limit: Int, _ remaining: Int, _ expected: Finding.Severity?) {
        let verdict = GitHubChecks.judge(limit: limit, remaining: remaining, reset: 0)
        #expect(severity(verdict) == expected)
        if let found = verdict.findings.first?.found { #expect(found.contains("until 1970-01-01T00:00:00Z")) }
    }

    @Test(
        "Dates of HTTP",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 31 Dec 1999 12:00:00 GMT", 946_641_600),
            ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil),
        ] as [(String, Int64?)])
    func dates(_ text: String, _ expected: Int64?) {
        #expect(HTTPDate.seconds(text) == expected)
    }

    @Test("A probe wants 200, and follows no redirect")
    func origins() {
        func judge(_ status: Int, _ fields: HTTPFields = [:]) -> Finding? {
            OutsideChecks.judge(
                origin: "https://a.example", .success(HTTPCall.Answer(status: .init(code: status), fields: fields)))
        }
        #expect(judge(200) == nil)
        #expect(
            judge(301, [.location: "https://b.example/healthz"])?.found.contains("to https://b.example/healthz") == true
        )
        #expect(judge(404)?.severity == .fault)
        let failure = HTTPCall.Failure(kind: .connect, origin: "https://a.example", reason: "Connection refused")
        #expect(OutsideChecks.judge(origin: "https://a.example", .failure(failure))?.severity == .warning)
    }

    @Test("A collector takes an empty message")
    func collectors() {
        func judge(_ status: Int) -> Finding? {
            OutsideChecks.judge(collector: "traces", .success(HTTPCall.Answer(status: .init(code: status))))
        }
        #expect(judge(200) == nil)
        #expect(judge(202) == nil)
        #expect(judge(401)?.remedy.contains("OTEL_EXPORTER_OTLP_HEADERS") == true)
        #expect(judge(404)?.remedy.contains("OTEL_EXPORTER_OTLP_ENDPOINT") == true)
    }
}
