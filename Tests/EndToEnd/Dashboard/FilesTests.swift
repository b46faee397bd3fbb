import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// How Caddy serves the dashboard's files.
    @Suite(.origin()) struct FilesTests {
        private let gzip = ("Accept-Encoding", "gzip")

        @Test("Each file has its type and rules, and nothing on it may come from elsewhere")
        func files() throws {
            for (path, type) in [
                ("/", "text/html"), ("/index.html", "text/html"), ("/app.js", "text/javascript"),
                ("/lib/dom.js", "text/javascript"), ("/style/base.css", "text/css"), ("/icon.svg", "image/svg+xml"),
            ] {
                let answer = try Origin.current.get(path)
                #expect(answer.status == 200)
                #expect(answer["Content-Type"]?.hasPrefix(type) == true)
                #expect(answer["Content-Length"] == String(answer.body.count))
                #expect(answer["Cache-Control"] == "no-cache")
                #expect(answer["X-Content-Type-Options"] == "nosniff")
                let policy = try #require(answer["Content-Security-Policy"])
                for rule in ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"] {
                    #expect(policy.contains(rule))
                }
                #expect(!policy.contains("unsafe"))
                #expect(answer["Server"] == nil)
            }
        }

        @Test("What has not changed is not sent again")
        func revalidation() throws {
            for fields in [[], [gzip]] {
                let etag = try #require(try Origin.current.get("/app.js", fields)["ETag"])
                let again = try Origin.current.get("/app.js", fields + [("If-None-Match", etag)])
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
            }
        }

        @Test("Files are compressed for who can read that")
        func compression() throws {
            for path in ["/", "/app.js", "/style/base.css"] {
                let plain = try Origin.current.get(path)
                #expect(plain["Content-Encoding"] == nil)
                let small = try Origin.current.get(path, [gzip])
                #expect(small["Content-Encoding"] == "gzip")
                #expect(small.body.count < plain.body.count)
                #expect(try Origin.current.get(path, [("Accept-Encoding", "zstd")])["Content-Encoding"] == "zstd")
            }
        }

        @Test("HEAD tells of a file what GET does, or nothing", arguments: ["/app.js", "/", "/index.html"])
        func head(path: String) throws {
            for fields in [[], [gzip]] {
                let answer = try Origin.current.http.request("HEAD", path, fields)
                #expect(answer.status == 200)
                #expect(answer.body.isEmpty)
                let length = try Origin.current.get(path).body.count
                #expect([nil, String(length)].contains(answer["Content-Length"]))
            }
        }

        @Test(
            "What there is not, and what is nobody's business, is 404 in chimney's own form",
            arguments: [
                "/nothing", "/lib", "/lib/", "/style/", "/app.js/", "/index.html/", "/.git/config", "/lib/.hidden",
                "/%2egit/config", "/..%2frun", "/%2e%2e/run", "/lib/..%2f..%2frun", "/deploys/", "/view/../../run",
                // Longer than any file's name, and than any path.
                "/" + String(repeating: "a", count: 256), String(repeating: "/aaaaaaaaa", count: 500),
            ])
        func absent(path: String) throws {
            let answer = try Origin.current.get(path)
            #expect(answer.status == 404)
            #expect(answer["Content-Type"] == "application/problem+json")
            #expect(try answer.json.detail?.text == "There is nothing at this path.")
        }

        @Test("Files are only read", arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
        func methods(method: String) throws {
            for path in ["/", "/index.html", "/app.js", "/lib/dom.js"] {
                let answer = try Origin.current.http.request(method, path, body: [])
                #expect(answer.status == 405)
                #expect(answer["Allow"] == "GET, HEAD")
                #expect(answer["Content-Type"] == "application/problem+json")
            }
            for path in ["/nothing", "/lib/"] {
                #expect(try Origin.current.http.request(method, path, body: []).status == 404)
            }
        }
    }
}
