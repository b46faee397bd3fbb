import TestSupport
import Testing

extension EndToEnd {
    /// `GET /api/openapi.json`
    @Suite(.origin()) struct DocumentTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test func theDocumentIsValidAndHasTheProgramsVersion() throws {
            let exchanges = Exchanges()
            let answer = try exchanges.ask(origin, "GET", "/api/openapi.json")
            #expect(answer.status == 200)
            expectCommonForm(answer)
            #expect(answer["Content-Type"] == "application/json")
            #expect(try answer.json.openapi?.text?.hasPrefix("3.1.") == true)
            #expect(try answer.json.info?.version == origin.get("/api/version").json.chimney_version)
            #expect(try exchanges.verdict().problems == [])
        }

        @Test func whoHasItIsNotSentItAgain() throws {
            let answer = try origin.get("/api/openapi.json")
            let tag = try #require(answer["ETag"])
            let again = try origin.get("/api/openapi.json", [("If-None-Match", tag)])
            #expect(again.status == 304)
            #expect(again.body.isEmpty)
            #expect(again["ETag"] == tag)
            #expect(try origin.get("/api/openapi.json", [("If-None-Match", "\"other\"")]).body == answer.body)
        }
    }
}
