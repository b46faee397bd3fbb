import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Chimney calls other servers: GitHub, an issuer, collectors, origins, health URLs. Which ones is the operator's to say, and
    /// nobody else's.
    @Suite struct ServerSideRequestTests {
        /// A server that nobody has told chimney of. Whoever makes it ask has won.
        private static func withCanary(
            _ body: @Sendable (ScriptedHTTPServer, String) async throws -> Void
        ) async throws {
            let canary = try ScriptedHTTPServer { _ in
                HTTPServerAnswer(200, [("Content-Type", "application/json")], text: "[]")
            }
            defer { canary.stop() }
            try await body(canary, "127.0.0.1:\(canary.port)")
            #expect(canary.connections == 0, "\(canary.requests.map { "\($0.method) \($0.target)" })")
        }

        @Test("Not by paths, queries and fields of the GitHub cache, nor by what GitHub itself answers")
        func github() async throws {
            try await Self.withCanary { canary, place in
                let url = canary.url("/canary")
                let escaped = "http:%2f%2f127.0.0.1:\(canary.port)%2fcanary"
                try await withGitHub(environment: ["GITHUB_ORG": "octo-org"]) { origin, github throws in
                    for path in [
                        "/\(url)", "//\(place)/x", "/@\(place)/x", "/:80@\(place)", "/..;@\(place)/", "/\(escaped)",
                        "/pulls?ref=\(url)", "/pulls?path=\(url)", "/pulls?url=\(url)", "/\(place)/x",
                        "/octo-org/@\(place)/x",
                        "/octo-org/\(place)/x", "/%40\(place)", "/%2f%2f\(place)", "/%5c%5c\(place)", "/#@\(place)",
                        "/.\(place)",
                    ] {
                        let answer = try origin.http.patient.get("/api/github\(path)")
                        #expect([200, 400, 404, 414].contains(answer.status), "\(answer.status) \(path)")
                    }
                    let fields = [
                        ("Host", place), ("X-Forwarded-Host", place), ("Forwarded", "host=\(place)"),
                        ("Proxy", "http://\(place)"),
                        ("X-Forwarded-For", place), ("X-Original-URL", url), ("Location", url), ("Referer", url),
                        ("Origin", url),
                        ("X-Chimney-GitHub-Path", url), ("X-Real-IP", place), ("Via", "1.1 \(place)"),
                        ("Link", "<\(url)>"),
                    ]
                    for (index, field) in fields.enumerated() {
                        let path = "/api/github/commits?page=\(index)"
                        #expect(try origin.http.patient.get(path, [field]).status == 200, "\(field)")
                        // By a worker itself: libcurl knows variables by which a proxy is named.
                        let name = "HTTP_" + field.0.uppercased().replacing("-", with: "_")
                        let variables = [
                            name: field.1, "QUERY_STRING": "page=\(index)",
                        ]
                        #expect(
                            try origin.pool.fastCGI.request("GET", "/api/github/branches", variables: variables).status
                                == 200)
                    }
                    // As a CGI program, it has what a client calls `Proxy` in its own environment (https://httpoxy.org).
                    let environment = origin.store.environment.merging([
                        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/api/github/branches",
                        "QUERY_STRING": "page=77", "HTTP_PROXY": "http://\(place)", "GITHUB_REPO": github.repository,
                        "GITHUB_API_URL": github.url(), "GITHUB_TOKEN": GitHubSecrets.token,
                        "CHIMNEY_CACHE_DIR": origin.pool.cacheDirectory,
                    ]) { $1 }
                    let program = try FinishedProcess(try Binary.path, environment: environment)
                    #expect(program.output.hasPrefix("Status: 200"), "\(program.output.prefix(200)) \(program.errors)")
                    // A line of the request that is meant for a proxy.
                    _ = try origin.http.get(canary.url("/api/github/pulls"))
                    #expect(try origin.http.request("CONNECT", place).status >= 300)

                    // What GitHub says leads nowhere else either.
                    github.next(.redirected(to: url), on: "/pulls?page=7")
                    #expect(try origin.http.patient.get("/api/github/pulls?page=7").status == 502)
                    let list = HTTPServerAnswer(
                        200, [("Content-Type", "application/json"), ("Link", "<\(url)?page=2>; rel=\"next\"")],
                        text: "[{\"url\":\"\(url)\",\"number\":1,\"title\":\"\(url)\",\"repository_url\":\"\(url)\"}]")
                    github.next(.answer(list), on: "/pulls?page=8")
                    let linked = try origin.http.patient.get("/api/github/pulls?page=8")
                    #expect(linked["Link"]?.contains("127.0.0.1") != true)
                    #expect(github.requests.allSatisfy { $0.target.hasPrefix("/") })
                }
            }
        }

        @Test("Not by tokens that name their keys, their issuer or GitHub's next page")
        func tokens() async throws {
            try await Self.withCanary { canary, place in
                let url = canary.url("/jwks")
                try await withCallers { origin, callers in
                    let key: JSON = .object(["kty": "RSA", "n": "AQAB", "e": "AQAB", "x5u": .string(url)])
                    for header: [String: JSON?] in [
                        ["jku": .string(url)], ["x5u": .string(url)], ["jwk": key], ["x5c": [.string(url)]],
                        ["jku": .string(url), "kid": "unknown"], ["kid": .string(url)],
                        ["crit": ["jku"], "jku": .string(url)],
                    ] {
                        let status = try origin.queue(try callers.workflow(header: header)).status
                        #expect([200, 401].contains(status), "\(header)")
                    }
                    for claim in ["iss", "aud", "sub", "repository", "actor", "workflow", "jti", "repository_owner"] {
                        let status = try origin.queue(try callers.workflow([claim: .string(url)])).status
                        #expect([200, 401, 429].contains(status), "\(claim)")
                    }
                    let next = HTTPServerAnswer(
                        200, [("Content-Type", "application/json"), ("Link", "<\(url)>; rel=\"next\"")],
                        text: #"[{"login":"Acme","url":"\#(url)"}]"#)
                    callers.github.next(.answer(next), on: "/user/orgs?per_page=100&page=1")
                    let fields = [("X-Forwarded-For", "203.0.113.9")]
                    _ = try origin.get(
                        Callers.path,
                        fields + [("X-Organisation", "Acme"), ("Authorization", "Bearer \(Callers.token)")])
                    #expect(callers.github.requests.allSatisfy { $0.target.hasPrefix("/") })
                    #expect(callers.github.count("/user") == 1)
                }
            }
        }

        @Test("Not by what is recorded: addresses in deploys, deployments and webhooks are texts")
        func records() async throws {
            try await Self.withCanary { canary, place in
                let url = canary.url("/canary")
                try await withCallers(environment: ["GITHUB_WEBHOOK_SECRET": "hook", "GITHUB_REPO": "acme/shop"]) {
                    origin, callers in
                    let token = try callers.workflow()
                    let members =
                        #""build_uri":"\#(url)","deployment_uri":"\#(url)","resource":"\#(url)","notes":"\#(url)""#
                    let made = try origin.http.post(
                        Callers.path, #"{"name":"shop","version":"1","provider":"gcp","type":"k8s",\#(members)}"#,
                        token: token)
                    let id = try #require(try made.json.id?.text)
                    let change = Array(#"{"deployment_uri":"\#(url)","status":"deployed"}"#.utf8)
                    let fields = [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")]
                    #expect(
                        try origin.http.request("PATCH", "\(Callers.path)/\(id)", fields, body: change).status == 200)
                    #expect(try origin.post(Event().with("pr_title", "\"\(url)\"").json).status == 200)
                    let payload = """
                        {"action":"\(url)","repository":{"full_name":"acme/shop","url":"\(url)","hooks_url":"\(url)"},
                        "sender":{"url":"\(url)"},"deployment":{"statuses_url":"\(url)"},"pull_request":{"url":"\(url)"}}
                        """
                    for event in [
                        "push", "pull_request", "issues", "release", "workflow_run", "deployment", "deployment_status",
                    ] {
                        let delivery = FakeGitHub.Delivery(event: event, body: Array(payload.utf8))
                        #expect(try delivery.post(to: origin.http, secret: "hook").status == 202)
                    }
                    let other = Array(#"{"repository":{"full_name":"\#(place)/shop"}}"#.utf8)
                    #expect(
                        try FakeGitHub.Delivery(event: "push", body: other).post(to: origin.http, secret: "hook").status
                            == 202)
                    let isTold = try eventually { try origin.events("webhook").count == 8 }
                    #expect(isTold)
                }
            }
        }

        @Test(
            "Not by health URLs of calls, which lead to hosts of the services file alone, and where a probe is sent on to is not asked"
        )
        func health() async throws {
            try await Self.withCanary { canary, place in
                let port = canary.port
                // Sends whoever asks how it is to the canary.
                let service = try ScriptedHTTPServer { _ in HTTPServerAnswer(302, [("Location", canary.url("/canary"))])
                }
                defer { service.stop() }
                let refused = [
                    "http://127.0.0.2:\(port)/", "http://127.0.0.1@127.0.0.2:\(port)/",
                    "http://127.0.0.1:80@127.0.0.2:\(port)/",
                    "http://127.0.0.2:\(port)/?127.0.0.1", "http://127.0.0.2:\(port)#127.0.0.1",
                    "http://2130706433:\(port)/",
                    "http://0x7f000001:\(port)/", "http://0177.0.0.1:\(port)/", "http://127.1:\(port)/",
                    "http://0:\(port)/",
                    "http://[::1]:\(port)/", "http://[::ffff:127.0.0.1]:\(port)/",
                    "http://[0:0:0:0:0:ffff:7f00:1]:\(port)/",
                    "http://localhost:\(port)/", "http://127.0.0.1.:\(port)/", "http://127.0.0.1.localhost:\(port)/",
                    "http://１２７.0.0.1:\(port)/", "http://127。0。0。1:\(port)/", "http:\\\\127.0.0.1:\(port)/",
                    "//127.0.0.1:\(port)/",
                    "http://127.0.0.1\t:\(port)/", "http://127.0.0.1%00.evil:\(port)/", "ftp://127.0.0.1:\(port)/",
                    "dict://127.0.0.1:\(port)/",
                    "http://127.0.0.1:\(port)@evil.example/", "http://127.0.0.1\\@127.0.0.2:\(port)/",
                    "http://*:\(port)/", "http:///\(place)",
                ]
                try await withDeployOrigin(services: { docker in
                    let health = #""limit_s":2,"interval_s":1,"start_period_s":0,"url":"\#(service.url("/health"))""#
                    return try DeployOrigin.swap(docker, health: health, more: #","health_hosts":["127.0.0.1"]"#)
                }) { origin throws in
                    for url in refused {
                        let body: [String: JSON] = [
                            "service_name": "app", "image": .string("\(DeployOrigin.image):v1"),
                            "commit_sha": "1111111",
                            "healthcheck_url": .string(url),
                        ]
                        let answer = try origin.call("/deploy", JSON.object(body).encoded)
                        expectProblem(answer, 422, fields: ["healthcheck_url"], "\(url)")
                    }
                    try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(1))
                    let answer = try origin.deploy(DeployOrigin.sha(1))
                    #expect(answer.status == 502)
                    #expect(try answer.json.last_health?.text?.contains("302") == true)
                    #expect(service.requests.count >= 1)
                }
            }
        }
    }
}
