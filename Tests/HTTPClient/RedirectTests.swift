import HTTPClient
import HTTPTypes
import TestSupport
import Testing

extension HTTPSessionTests {
    /// Redirects are followed only when asked for, and never to another server.
    @Suite struct RedirectTests {
        private static func redirecting(_ status: Int = 302, to target: String) throws -> ScriptedHTTPServer {
            try ScriptedHTTPServer { request in
                request.path == "/from"
                    ? HTTPServerAnswer(status, [("Location", target)], text: "moved")
                    : HTTPServerAnswer(text: "\(request.method) \(request.target)")
            }
        }

        private static func following(_ method: HTTPRequest.Method, _ url: String, body: [UInt8]? = nil) -> HTTPCall {
            HTTPCall(method, url, fields: [.authorization: "Bearer secret"], body: body).with {
                $0.followsRedirects = true
            }
        }

        @Test func oneThatIsNotFollowedIsTheAnswer() throws {
            let server = try Self.redirecting(to: "/to")
            let answer = try session().perform(HTTPCall(.get, server.url("/from")))
            #expect(answer.status == .found)
            #expect(answer.fields[.location] == "/to")
            #expect(server.requests.count == 1)
        }

        @Test(arguments: ["/to?a=b", "to?a=b", "HERE/to?a=b", "/./x/../to?a=b"])
        func oneToTheSameServerIsFollowed(_ target: String) throws {
            let holder = Holder()
            let server = try ScriptedHTTPServer { request in
                request.path == "/from"
                    ? HTTPServerAnswer(301, [("Location", target.replacing("HERE", with: holder.url))])
                    : HTTPServerAnswer(text: request.target)
            }
            holder.url = server.url("")
            let answer = try session().perform(Self.following(.get, server.url("/from")))
            #expect(answer.body == Array("/to?a=b".utf8))
            #expect(answer.fields[.location] == nil)
            #expect(server.requests.last?["Authorization"] == "Bearer secret")
        }

        @Test(arguments: [
            (301, HTTPRequest.Method.post, "GET"), (302, .post, "GET"), (303, .post, "GET"), (307, .post, "POST"),
            (308, .post, "POST"), (302, .put, "PUT"), (303, .put, "GET"), (303, .head, "HEAD"),
            (302, .delete, "DELETE"),
        ])
        func theMethodIsThatOfTheStatus(_ status: Int, _ method: HTTPRequest.Method, _ expected: String) throws {
            let server = try Self.redirecting(status, to: "/to")
            let body = [HTTPRequest.Method.post, .put].contains(method) ? Array("content".utf8) : nil
            _ = try session().perform(Self.following(method, server.url("/from"), body: body))
            let last = try #require(server.requests.last)
            #expect(last.path == "/to")
            #expect(last.method == expected)
            #expect(last.body == (expected == "GET" ? [] : body ?? []))
        }

        @Test func oneToAnotherServerIsRefused() throws {
            let other = try ScriptedHTTPServer { _ in HTTPServerAnswer() }
            for target in [
                other.url("/to"), "http://localhost:\(other.port)/", "//127.0.0.1:\(other.port)/",
                "https://127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://user:mark-secret@127.0.0.1/",
            ] {
                let server = try Self.redirecting(to: target)
                let failure = try expectFailure(Self.following(.get, server.url("/from")))
                #expect(failure?.kind == .redirect, "\(target)")
                #expect(failure?.description.contains("mark-") == false)
                #expect(server.requests.count == 1)
            }
            #expect(other.connections == 0)
        }

        @Test func aCircleEnds() throws {
            let server = try Self.redirecting(to: "/from")
            let failure = try expectFailure(Self.following(.get, server.url("/from")))
            #expect(failure?.kind == .redirect)
            #expect(failure?.reason == "more than 5 redirects")
            #expect(server.requests.count == 6)
        }

        @Test func theTimeIsForAllOfThem() throws {
            let server = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer(302, [("Location", "/again")])
                answer.delay = 0.2
                return answer
            }
            let failure = try expectFailure(Self.following(.get, server.url()).with { $0.totalLimit = 500 })
            #expect(failure?.kind == .timeout)
            #expect(server.requests.count <= 4)
        }
    }
}
