import HTTPClient
import HTTPTypes
import TestSupport
import Testing

extension HTTPSessionTests {
    /// What goes out, and what comes back.
    @Suite struct RequestTests {
        private static func echo() throws -> ScriptedHTTPServer {
            try ScriptedHTTPServer { request in
                HTTPServerAnswer(
                    request.path == "/missing" ? 404 : 200,
                    [("X-Method", request.method), ("Content-Type", "text/plain")],
                    body: request.body)
            }
        }

        @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        func methodsAreSentAsTheyAre(_ name: String) throws {
            let server = try Self.echo()
            let method = try #require(HTTPRequest.Method(name))
            let answer = try session().perform(HTTPCall(method, server.url("/a/b?c=d%20e")))
            #expect(answer.status == .ok)
            #expect(answer.fields[HTTPField.Name("X-Method")!] == name)
            let request = try #require(server.requests.first)
            #expect(request.method == name)
            #expect(request.target == "/a/b?c=d%20e")
            #expect(request["User-Agent"] == "chimney/test")
            let expectsContent = ["POST", "PUT", "PATCH"].contains(name)
            #expect(request["Content-Length"] == (expectsContent ? "0" : nil))
            #expect(request["Content-Type"] == nil)
        }

        @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET"], [0, 1, 100_000, 3_000_000])
        func contentArrivesWhole(_ name: String, _ count: Int) throws {
            let server = try Self.echo()
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let method = try #require(HTTPRequest.Method(name))
            let answer = try session().perform(
                HTTPCall(method, server.url(), fields: [.contentType: "application/x-protobuf"], body: body))
            #expect(answer.body == body)
            let request = try #require(server.requests.first)
            #expect(request["Content-Length"] == String(count))
            #expect(request["Content-Type"] == "application/x-protobuf")
            #expect(request["Expect"] == nil)
        }

        @Test func fieldsAreSentAndReceived() throws {
            let server = try ScriptedHTTPServer { _ in
                HTTPServerAnswer(200, [("X-Two", "one"), ("X-Two", "two"), ("ETag", "\"abc\""), ("X-Empty", "")])
            }
            let answer = try session().perform(
                HTTPCall(
                    .get, server.url(),
                    fields: [
                        .authorization: "Bearer secret", .accept: "application/json", .userAgent: "other/1",
                        HTTPField.Name("X-Empty")!: "", HTTPField.Name("X-Injected")!: "a\r\nX-Evil: 1",
                    ]))
            let request = try #require(server.requests.first)
            #expect(request["Authorization"] == "Bearer secret")
            #expect(request["Accept"] == "application/json")
            #expect(request["User-Agent"] == "other/1")
            #expect(request["X-Empty"] == "")
            #expect(request["X-Evil"] == nil)
            #expect(answer.fields[values: HTTPField.Name("X-Two")!] == ["one", "two"])
            #expect(answer.fields[.eTag] == "\"abc\"")
            #expect(answer.fields[HTTPField.Name("X-Empty")!] == "")
            #expect(answer.microseconds > 0)
        }

        @Test(arguments: [204, 304, 404, 429, 500, 503])
        func everyStatusIsAnAnswer(_ status: Int) throws {
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(status, text: "x") }
            let answer = try session().perform(HTTPCall(.get, server.url()))
            #expect(answer.status.code == status)
            #expect(answer.body.count == (status == 204 || status == 304 ? 0 : 1))
        }

        @Test func interimAnswersAreNone() throws {
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer()
                answer.raw = Array(
                    "HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8)
                return answer
            }
            let answer = try session().perform(HTTPCall(.get, server.url()))
            #expect(answer.status == .ok)
            #expect(answer.fields[HTTPField.Name("X-Hint")!] == nil)
            #expect(answer.body == Array("hi".utf8))
        }

        @Test func chunksAreJoined() throws {
            let body = [UInt8](repeating: 7, count: 123_456)
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer(body: body)
                answer.isChunked = true
                return answer
            }
            #expect(try session().perform(HTTPCall(.get, server.url())).body == body)
        }
    }
}
