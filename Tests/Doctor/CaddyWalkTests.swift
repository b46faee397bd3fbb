import Testing

@testable import Doctor

/// Caddy's routes, as its own configuration says them.
@Suite("Requests on their way through Caddy's routes") struct CaddyWalkTests {
    private func outcome(
        _ routes: String, _ path: String = "/healthz", method: String = "GET", assumption: Bool = false
    ) throws -> CaddyOutcome {
        let routes = try #require(JSONValue(Array(routes.utf8)))
        var walk = CaddyWalk(CaddyRequest(method: method, host: "a.example", path: path), assumption: assumption)
        return walk.outcome(of: routes)
    }

    private static func respond(_ status: Int, _ match: String = "", _ more: String = "") -> String {
        """
        {\(match.isEmpty ? "" : "\"match\":[\(match)],")\(more)\
        "handle":[{"handler":"static_response","status_code":\(status)}]}
        """
    }

    private static let matches: [(String, String, Bool)] = [
        (#"{"path":["/healthz"]}"#, "/healthz", true), (#"{"path":["/HEALTHZ"]}"#, "/healthz", true),
        (#"{"path":["/api/*"]}"#, "/api/x/y", true), (#"{"path":["/api/*"]}"#, "/api", false),
        (#"{"path":["/deploy/*/log"]}"#, "/deploy/1/log", true),
        (#"{"path":["/deploy/*/log"]}"#, "/deploy/1/2/log", false),
        (#"{"path":["*.js"]}"#, "/a/b.js", true), (#"{"path":["*"]}"#, "/any", true),
        (#"{"path":["*/.*"]}"#, "/a/.git", true), (#"{"path":["*/.*"]}"#, "/a/b", false),
        (#"{"host":["a.example"]}"#, "/", true), (#"{"host":["*.example"]}"#, "/", true),
        (#"{"host":["b.example"]}"#, "/", false), (#"{"method":["POST"]}"#, "/", false),
        (#"{"not":[{"path":["/api/*"]}]}"#, "/x", true), (#"{"not":[{"path":["/api/*"]}]}"#, "/api/x", false),
        (#"{"path":["/x"]},{"path":["/y"]}"#, "/y", true), (#"{"path":["/x"],"method":["POST"]}"#, "/x", false),
        (#"{"header":{"Upgrade":["websocket"]}}"#, "/", false), (#"{"header":{"Upgrade":null}}"#, "/", true),
        (#"{"protocol":"https"}"#, "/", true), (#"{"path_regexp":{"pattern":"^/(a|b)$"}}"#, "/b", true),
        (#"{"vars_regexp":{"{http.request.uri.path}":{"pattern":"^/api/github/"}}}"#, "/api/github/x", true),
        (#"{"vars_regexp":{"{http.request.uri.path}":{"pattern":"^/api/github/"}}}"#, "/api/x", false),
        // Not known: taken for no.
        (#"{"remote_ip":{"ranges":["10.0.0.0/8"]}}"#, "/", false), (#"{"expression":"true"}"#, "/", false),
        (#"{"path_regexp":{"pattern":"\\d+"}}"#, "/1", false),
    ]

    @Test(arguments: matches) func matchers(_ match: String, _ path: String, _ fits: Bool) throws {
        let routes = "[\(Self.respond(204, match))]"
        #expect(try outcome(routes, path) == (fits ? .response(status: 204, location: nil) : .nobody))
    }

    @Test("What is not known counts as it is assumed to")
    func assumption() throws {
        let routes = "[\(Self.respond(403, #"{"remote_ip":{"ranges":["10.0.0.0/8"]}}"#)),\(Self.respond(200))]"
        #expect(try outcome(routes) == .response(status: 200, location: nil))
        #expect(try outcome(routes, assumption: true) == .response(status: 403, location: nil))
    }

    @Test("Of a group only the first that fits is gone through, and nothing after a terminal route")
    func order() throws {
        let headers = #"{"group":"g","handle":[{"handler":"headers"}]}"#
        #expect(try outcome("[\(headers),\(Self.respond(201, "", #""group":"g","#))]") == .nobody)
        #expect(try outcome("[\(Self.respond(201)),\(Self.respond(202))]") == .response(status: 201, location: nil))
        #expect(
            try outcome(#"[{"terminal":true,"handle":[{"handler":"headers"}]},"# + Self.respond(202) + "]") == .nobody)
    }

    @Test("Subroutes, rewrites, roots")
    func handlers() throws {
        let rewrite = #"{"handle":[{"handler":"rewrite","uri":"/index.html"}]}"#
        let files = #"{"handle":[{"handler":"vars","root":"/srv"},{"handler":"file_server"}]}"#
        let page = Self.respond(204, #"{"path":["/index.html"]}"#)
        #expect(try outcome("[\(rewrite),\(page)]") == .response(status: 204, location: nil))
        #expect(try outcome(#"[{"handle":[{"handler":"subroute","routes":["# + files + "]}]}]") == .file(root: "/srv"))
        #expect(try outcome(#"[{"handle":[{"handler":"authentication"}]}]"#) == .other("authentication"))
        #expect(
            try outcome(
                #"[{"handle":[{"handler":"static_response","status_code":"308","headers":{"Location":["https://x"]}}]}]"#
            )
                == .response(status: 308, location: "https://x"))
        let strip = #"{"handle":[{"handler":"rewrite","strip_path_prefix":"/healthz"}]}"#
        #expect(
            try outcome("[\(strip),\(Self.respond(204, #"{"path":["/"]}"#))]") == .response(status: 204, location: nil))
    }

    @Test(
        "What `caddy version` says",
        arguments: [("2.6.2", true), ("v2.10.0 h1:abc", true), ("v2.5.2 h1:x", false), ("v3.0.0", true)])
    func versions(_ text: String, _ isRight: Bool) {
        #expect(CaddyChecks.judge(version: text).findings.isEmpty == isRight)
    }
}
