import FastCGI
import HTTPTypes
import Testing

@testable import Web

@Suite struct ConditionalTests {
    private func answer(
        _ list: String?, tag: String? = #""a,b""#, method: String = "GET", status: HTTPResponse.Status = .ok,
        hold: String? = nil
    ) -> Response {
        var variables = ["REQUEST_METHOD": method]
        variables["HTTP_IF_NONE_MATCH"] = list
        if let hold { variables.merge(["CHIMNEY_HOLD": "x", "CHIMNEY_HOLD_METHOD": hold]) { $1 } }
        var response = Response(
            status: status,
            fields: [.contentType: "application/json", .cacheControl: "no-cache", .cache: "hit", .cacheTier: "memory"],
            body: [1, 2])
        response.fields[.eTag] = tag
        return response.conditional(on: Request(environment: Environment(variables), body: RequestBody()))
    }

    @Test(
        "Who has the tag already, strong or weak, alone or among others, is told so",
        arguments: [
            #""a,b""#, #"W/"a,b""#, #" "a,b" "#, #""x", "a,b""#, #""x","a,b","y""#, #"W/"x" , W/"a,b""#, #", "a,b""#,
            "*",
            " * ", #""", "a,b""#, "\t\"a,b\"",
        ])
    func known(list: String) {
        for tag in [#""a,b""#, #"W/"a,b""#] {
            let found = answer(list, tag: tag)
            #expect(found.status == .notModified)
            #expect(found.body.isEmpty)
            #expect(
                found.fields == [.cacheControl: "no-cache", .cache: "hit", .cacheTier: "memory", .eTag: tag])
        }
    }

    @Test(
        "Any other list is none of the tag's",
        arguments: [
            nil, "", ",", #""a""#, #""b""#, #""A,B""#, #"w/"a,b""#, #"W/ "a,b""#, "a,b", #""a,b"#, #"a,b""#,
            #"x, "a,b""#,
            #""x" "y"#, "**", #"*, "x""#, #""a,b "#, "W/",
        ] as [String?])
    func unknown(list: String?) {
        let found = answer(list)
        #expect(found.status == .ok)
        #expect(found.body == [1, 2])
        #expect(found.fields[.contentType] == "application/json")
    }

    @Test("Only what can be had again by GET, and has a tag, is left out")
    func others() {
        #expect(answer("*", tag: nil).status == .ok)
        #expect(answer("*", tag: "a").status == .ok)
        #expect(answer("*", method: "POST").status == .ok)
        #expect(answer("*", status: .badGateway).status == .badGateway)
        #expect(answer("*", method: "HEAD").status == .notModified)
        #expect(answer("*", hold: "HEAD").status == .notModified)
        #expect(answer("*", hold: "POST").status == .ok, "what the client has asked by counts, not the hold")
    }
}
