import FastCGI
import HTTPTypes
import Testing

@testable import Web

private func route(_ method: HTTPRequest.Method, _ template: String) -> Route {
    Route(method, template) { _, _ in Response(status: .ok) }
}

@Suite struct RouteTableTests {
    private let table = RouteTable([
        route(.get, "/healthz"), route(.post, "/v1/deployments"), route(.get, "/v1/deployments"),
        route(.get, "/v1/deployments/{id}"), route(.patch, "/v1/deployments/{id}"),
        route(.get, "/v1/deployments/{id}/history"), route(.post, "/v1/deployments/claim"),
        route(.post, "/v1/deployments/{id}/{action}"),
    ])

    @Test(
        "A path finds its template and its parameters",
        arguments: [
            ("/healthz", "/healthz", [:]),
            ("/v1/deployments", "/v1/deployments", [:]),
            ("/v1/deployments/17", "/v1/deployments/{id}", ["id": "17"]),
            ("/v1/deployments/a b", "/v1/deployments/{id}", ["id": "a b"]),
            ("/v1/deployments/{id}", "/v1/deployments/{id}", ["id": "{id}"]),
            ("/v1/deployments/17/history", "/v1/deployments/{id}/history", ["id": "17"]),
            ("/v1/deployments/17/other", "/v1/deployments/{id}/{action}", ["id": "17", "action": "other"]),
            ("/v1/deployments/claim", "/v1/deployments/claim", [:]),
        ] as [(String, String, [String: String])])
    func found(path: String, template: String, parameters: [String: String]) throws {
        let match = try #require(table.match(path))
        #expect(match.entry.template == template)
        #expect(match.parameters == parameters)
        #expect(table.templates[match.index] == template)
    }

    @Test(
        "Any other path finds nothing",
        arguments: [
            "", "/", "healthz", "/healthz/", "//healthz", "/HEALTHZ", "/v1", "/v1/deployments/", "/v1//17",
            "/v1/deployments//history", "/v1/deployments/1/2/3", "/v1/deployments/1/history/", "/healthz\u{0}",
            "/v1/deployment", "*",
        ])
    func missing(path: String) {
        #expect(table.match(path) == nil)
    }

    @Test(
        "All that follows is one parameter, also where nothing does; any other template comes first",
        arguments: [
            ("/api/github/", "/api/github/{path...}", ["path": ""]),
            ("/api/github/pulls", "/api/github/{path...}", ["path": "pulls"]),
            ("/api/github/actions/runs/", "/api/github/{path...}", ["path": "actions/runs/"]),
            ("/api/github//x/../y", "/api/github/{path...}", ["path": "/x/../y"]),
            ("/api/github/org/repos", "/api/github/org/repos", [:]),
            ("/api/github/org/repos/", "/api/github/{path...}", ["path": "org/repos/"]),
            ("/api/github/org/17", "/api/github/org/{id}", ["id": "17"]),
            ("/api/github/org/", "/api/github/{path...}", ["path": "org/"]),
            ("/api/github/of/a/b", "/api/github/of/{name}/{rest...}", ["name": "a", "rest": "b"]),
            ("/api/github/of/a", "/api/github/{path...}", ["path": "of/a"]),
        ] as [(String, String, [String: String])])
    func rest(path: String, template: String, parameters: [String: String]) throws {
        let table = RouteTable([
            route(.get, "/api/github/{path...}"), route(.get, "/api/github/org/repos"),
            route(.get, "/api/github/org/{id}"), route(.get, "/api/github/of/{name}/{rest...}"),
        ])
        let match = try #require(table.match(path))
        #expect(match.entry.template == template)
        #expect(match.parameters == parameters)
        #expect(table.templates[match.index] == template)
    }

    @Test("All that follows needs the slash before it", arguments: ["/api/github", "/api/githubs/x", "/api/", ""])
    func noRest(path: String) {
        #expect(RouteTable([route(.get, "/api/github/{path...}")]).match(path) == nil)
    }

    @Test("HEAD is answered where GET is, and OPTIONS everywhere")
    func methods() throws {
        let both = try #require(table.match("/v1/deployments")).entry
        #expect(both.methods == "POST, GET, HEAD, OPTIONS")
        #expect(both.route(for: .head)?.method == .get)
        #expect(both.route(for: .delete) == nil)
        let claim = try #require(table.match("/v1/deployments/claim")).entry
        #expect(claim.methods == "POST, OPTIONS")
        #expect(claim.route(for: .head) == nil)
    }

    @Test("A template stands once in the table, however many methods it has")
    func templates() {
        #expect(table.templates.count == 6)
        #expect(RouteTable([]).templates.isEmpty)
    }
}
