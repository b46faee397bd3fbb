import Essentials
import HTTPClient
import HTTPTypes
import Testing

@testable import GitHub

/// What GitHub's answers mean (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
@Suite struct FindingTests {
    private let now = Timestamp(milliseconds: 1_000_000_000)

    private func find(
        _ status: Int, _ fields: [(String, String)] = [], body: String = "[]"
    ) -> Finding {
        var headers = HTTPFields()
        for (name, value) in fields { headers.append(HTTPField(name: HTTPField.Name(name)!, value: value)) }
        let answer = HTTPCall.Answer(status: .init(code: status), fields: headers, body: Array(body.utf8))
        return Finding(.success(answer), now: now) { $0 }
    }

    @Test("Content comes with its ETag, its type and what is left of the quota")
    func content() throws {
        let finding = find(
            200,
            [
                ("ETag", "W/\"a\""), ("Content-Type", "application/json; charset=utf-8"), ("Link", "<x>"),
                ("X-RateLimit-Remaining", "41"), ("X-RateLimit-Reset", "1000100"),
            ])
        let content = try #require(finding.content)
        #expect(content.etag == "W/\"a\"")
        #expect(
            String(decoding: content.headers, as: UTF8.self)
                == "Content-Type: application/json; charset=utf-8\r\nLink: <x>\r\n")
        #expect(finding.remaining == 41)
        #expect(finding.reset == 1_000_100)
        #expect(finding.blockedUntil == nil)
        #expect(find(304).outcome == .renewed)
        #expect(find(404).outcome == .missing)
    }

    @Test("A quota that is used up ends with its reset, which lies within an hour")
    func exhausted() {
        let fields = [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1000100")]
        #expect(find(200, fields).content != nil)
        #expect(find(200, fields).blockedUntil == Timestamp(milliseconds: 1_000_100_000))
        #expect(find(403, fields).outcome == .limited)
        #expect(find(403, fields).blockedUntil == Timestamp(milliseconds: 1_000_100_000))
        let far = find(429, [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1080000")])
        #expect(far.blockedUntil == now.adding(milliseconds: 3_600_000))
        // What no clock is off by is no time.
        let wild = find(200, [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "9999999999999999")])
        #expect(wild.reset == nil)
        #expect(wild.blockedUntil == nil)
    }

    @Test("A secondary limit ends when it says, or after a minute")
    func secondary() {
        #expect(find(403, [("Retry-After", "7")]).blockedUntil == now.adding(milliseconds: 7000))
        #expect(find(429, [("Retry-After", "999999")]).blockedUntil == now.adding(milliseconds: 3_600_000))
        let told = find(403, body: #"{"message":"You have exceeded a secondary rate limit."}"#)
        #expect(told.outcome == .limited)
        #expect(told.blockedUntil == now.adding(milliseconds: 60_000))
        #expect(find(429).blockedUntil == now.adding(milliseconds: 60_000))
    }

    @Test("What GitHub will not answer is told from what fails")
    func refusals() {
        #expect(find(403, body: #"{"message":"Resource not accessible"}"#).outcome == .refused(status: 403))
        #expect(find(401).outcome == .refused(status: 401))
        #expect(find(422).outcome == .refused(status: 422))
        #expect(find(500).outcome == .failed("it answers with 500"))
        #expect(find(302).outcome == .unusable("it answers with 302"))
        #expect(find(200, [("Content-Type", "application/json")], body: "<html>").kind == "failed")
        #expect(find(200, [("Content-Type", "text/html")], body: "<html>").kind == "content")
        let failure = HTTPCall.Failure(kind: .timeout, origin: "http://x", reason: "late")
        #expect(Finding(.failure(failure), now: now) { $0 }.outcome == .failed("http://x: late"))
        let redirect = HTTPCall.Failure(kind: .redirect, origin: "http://x", reason: "elsewhere")
        #expect(Finding(.failure(redirect), now: now) { $0 }.outcome == .unusable("http://x: elsewhere"))
    }

    @Test("Pages are named as paths of this server")
    func links() {
        let upstream = Upstream(api: "https://api.github.com", token: nil)
        let issues = Resource("/issues", of: Repository(owner: "o", name: "r"), isOwn: true)
        let root = "https://api.github.com/repositories/7/issues"
        #expect(
            upstream.links(
                "<\(root)?state=open&page=2>; rel=\"next\", <\(root)?state=open&page=9>; rel=\"last\"", of: issues)
                == "</api/github/issues?state=open&page=2>; rel=\"next\", </api/github/issues?state=open&page=9>; rel=\"last\""
        )
        #expect(upstream.links("<\(root)?labels=a,b&page=2>; rel=\"next\"", of: issues)?.contains("labels=a,b") == true)
        // What cannot be asked for here is no link.
        #expect(upstream.links("<\(root)?after=Y3Vyc29y&page=2>; rel=\"next\"", of: issues) == nil)
        #expect(upstream.links("nonsense", of: issues) == nil)
        #expect(upstream.links("<\(root)?page=2>; rel=\"next\"\r\nX-Evil: 1", of: issues)?.contains("\r") != true)
    }
}
