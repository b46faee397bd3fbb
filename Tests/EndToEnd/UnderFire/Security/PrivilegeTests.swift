import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What is said between the front end and the pool cannot be said by a client, and what is for nobody is answered to nobody.
    @Suite(.origin(environment: ["LOGS_TOKEN": "reader", "ADMIN_TOKEN": "admin"])) struct PrivilegeTests {
        private static let hold = "\(String(repeating: "0", count: 32))-fffffffffff"

        /// Names by which the front end tells the pool something, each as a client could try to say it.
        private static let claims = [
            ("CHIMNEY_HOLD", hold), ("CHIMNEY_HOLDS", "1"), ("CHIMNEY_HOLD_METHOD", "DELETE"),
            ("CHIMNEY_SPAN", "00f067aa0ba902b7"),
            ("CHIMNEY_TRACE", String(repeating: "a", count: 32)), ("CHIMNEY_REQUEST_TIME_MS", "1"),
            ("REMOTE_ADDR", "127.0.0.9"),
            ("PATH_INFO", "/api/log-level"), ("REQUEST_URI", "/api/log-level"), ("REQUEST_METHOD", "DELETE"),
            ("SCRIPT_NAME", "/api/log-level"), ("QUERY_STRING", "x=1"), ("CONTENT_LENGTH", "3"),
            ("GATEWAY_INTERFACE", "CGI/1.1"),
            ("DEPLOY_TOKEN", "x"), ("LOGS_TOKEN", ""),
        ]

        @Test("Variables of the front end's cannot be set by header fields, however they are spelled")
        func variables() throws {
            let origin = try Origin.current
            for (name, value) in Self.claims {
                for spelling in [
                    name, "X-\(name)", "HTTP_\(name)", name.replacing("_", with: "-"), name.lowercased(), "\(name) ",
                ] {
                    let fields = spelling == "CONTENT-LENGTH" ? [] : [(spelling, value)]
                    let answer = try origin.get("/api/version", fields)
                    if spelling.hasSuffix(" ") {
                        #expect(answer.status == 400)
                        continue
                    }
                    #expect(answer.status == 200, "\(spelling)")
                    #expect(try answer.json.chimney_version != nil, "\(spelling)")
                    #expect(answer["X-Trace-ID"] != String(repeating: "a", count: 32), "\(spelling)")
                    expectProblem(try origin.get("/hold/\(Self.hold)", fields), 404, "\(spelling)")
                }
            }
        }

        @Test("What waits for an outcome is reached by nobody who has not been sent there")
        func holds() throws {
            let origin = try Origin.current
            for path in [
                "/hold/\(Self.hold)", "/api/hold/\(Self.hold)", "/api/../hold/\(Self.hold)",
                "/api/%2e%2e/hold/\(Self.hold)",
                "/deploy/../hold/\(Self.hold)", "//hold/\(Self.hold)", "/HOLD/\(Self.hold)", "/hold%2f\(Self.hold)",
                "/deploy/x/../../hold/\(Self.hold)/log", "/api/events/../../hold/\(Self.hold)",
                "/v1/..;/hold/\(Self.hold)",
            ] {
                for fields in [[], [("X-Chimney-Hold", Self.hold)]] {
                    #expect(try origin.get(path, fields).status == 404, "\(path)")
                }
            }
            // The streamer by itself, as a front end that hands on everything would ask it.
            let streamer = FastCGIClient(.unix(origin.pool.streamSocket))
            for variables in [
                [:], ["HTTP_X_CHIMNEY_HOLD": Self.hold], ["CHIMNEY_HOLD": "another"], ["HTTP_CHIMNEY_HOLD": Self.hold],
            ] {
                #expect(
                    try streamer.request("GET", "/hold/\(Self.hold)", variables: variables).status == 404,
                    "\(variables)")
            }
        }

        @Test("What is for rehearsals is not there, nor is anything beside the routes and the dashboard's files")
        func nothing() throws {
            let origin = try Origin.current
            for path in [
                "/debug/trap", "/debug/sleep?ms=1", "/debug/hold", "/api/debug/trap", "/debug/fail", "/debug/overflow",
                "/snippets/chimney.caddy", "/Caddyfile", "/../Caddyfile", "/%2e%2e/Caddyfile", "/..%2fCaddyfile",
                "/.env", "/.git/HEAD",
                "/lib/../../Caddyfile", "/lib/", "/views", "/app.js/", "/app.js%00.html", "/server-status", "/config/",
                "/load",
            ] {
                let answer = try origin.get(path)
                #expect([400, 404].contains(answer.status), "\(answer.status) \(path)")
                #expect(!answer.text.contains("reverse_proxy"), "\(path)")
            }
            // Nor does anything lead to another site.
            for path in [
                "//evil.example/../lib", "//evil.example/%2e%2e/lib", "/%5cevil.example/../lib", "///evil.example",
                "//evil.example/..;/lib",
                "//evil.example/../app.js/", "/lib/..//evil.example/../views", "/.//evil.example/../lib",
                "//evil.example/../index.html/",
            ] {
                let answer = try origin.get(path)
                #expect(answer.status == 404 && answer["Location"] == nil, "\(answer.status) \(path)")
            }
        }

        @Test(
            "No answer lets the pages of another site use what a browser knows, frame it, or take it for something else"
        )
        func browsers() throws {
            let origin = try Origin.current
            let fields = [
                ("Origin", "https://evil.example"), ("Cookie", "a=b"), ("Access-Control-Request-Method", "POST"),
            ]
            for method in ["GET", "OPTIONS", "POST", "HEAD"] {
                for path in [
                    "/", "/app.js", "/api/version", "/api/logs", "/api/log-level", "/api/deploy/events", "/nothing",
                    "/api/nothing",
                    "/metrics", "/deploy", "/v1/deployments", "/api/openapi.json",
                ] {
                    let answer = try origin.http.request(method, path, fields, body: method == "POST" ? [] : nil)
                    let what: Comment = "\(method) \(path) \(answer.status)"
                    #expect(answer["Access-Control-Allow-Credentials"] == nil, what)
                    #expect([nil, "*"].contains(answer["Access-Control-Allow-Origin"]), what)
                    #expect(answer["Set-Cookie"] == nil, what)
                    #expect(answer.values(of: "X-Frame-Options") == ["DENY"], what)
                    #expect(answer.values(of: "X-Content-Type-Options") == ["nosniff"], what)
                    #expect(answer["Content-Security-Policy"]?.contains("frame-ancestors 'none'") == true, what)
                    for rule in ["default-src 'none'", "base-uri 'none'", "form-action 'none'"] {
                        #expect(answer["Content-Security-Policy"]?.contains(rule) == true, what)
                    }
                    #expect(answer["Content-Security-Policy"]?.contains("unsafe") == false, what)
                    #expect(answer.values(of: "Referrer-Policy") == ["no-referrer"], what)
                    #expect(answer["Server"] == nil && answer["X-Powered-By"] == nil, what)
                }
            }
            // The dashboard may use what it comes with, and no other site may have it.
            let page = try origin.get("/")
            #expect(page["Access-Control-Allow-Origin"] == nil)
            #expect(page["Cross-Origin-Resource-Policy"] == "same-origin")
            #expect(page["Cross-Origin-Opener-Policy"] == "same-origin")
            #expect(page["Content-Security-Policy"]?.contains("require-trusted-types-for 'script'") == true)
        }
    }
}
