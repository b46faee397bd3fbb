import FastCGI
import TestSupport
import Testing

@testable import Web

@Suite struct OpenAPITests {
    private static let part = OpenAPI.Part(
        tags: [#"{"name": "a"}"#], paths: [#"{"/a": {"x": "a  \"b \\"}}"#, #"{"/b": {"y": [1, 2]}, "/c": {}}"#, "{}"],
        schemas: [#"{"A": {"type": "string"}}"#])

    @Test("Parts are put together, with what they have in common")
    func together() throws {
        let document = OpenAPI(version: "1.2.3", parts: [Self.part, OpenAPI.Part(paths: [#"{"/d": {}}"#])])
        #expect(JSON.isCompact(document.body))
        let json = try JSON(parsing: document.body)
        #expect(json.openapi == "3.1.1")
        #expect(json.info?.version == "1.2.3")
        #expect(json.tags == [.object(["name": "a"])])
        #expect(json.paths?.names == ["/a", "/b", "/c", "/d"])
        #expect(json.paths?["/a"]?.x == #"a  "b \"#)
        #expect(json.paths?["/b"]?.y == [1, 2])
        #expect(json.components?.schemas?.A?.type == "string")
        #expect(json.components?.schemas?.Problem?.type == "object")
    }

    @Test("Who has the document already is not sent it again")
    func conditional() throws {
        func answer(_ document: OpenAPI, _ tag: String?) -> Response {
            let fields = tag.map { ["HTTP_IF_NONE_MATCH": $0] } ?? [:]
            return document.response(
                to: Request(
                    environment: Environment(fields.merging(["REQUEST_METHOD": "GET"]) { $1 }), body: RequestBody()))
        }
        let document = OpenAPI(version: "1.2.3", parts: [Self.part])
        let first = answer(document, nil)
        #expect(first.status == .ok)
        #expect(first.body == document.body)
        let tag = try #require(first.fields[.eTag])
        #expect(answer(document, tag).status == .notModified)
        #expect(answer(OpenAPI(version: "1.2.4", parts: [Self.part]), tag).status == .ok)
    }
}
