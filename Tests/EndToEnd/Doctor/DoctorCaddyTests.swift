import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `chimney doctor` on installations whose Caddy is not as it should be: Caddyfiles as an operator writes them, read by Caddy.
    @Suite(.serialized, ExaminedOriginTrait()) struct DoctorCaddyTests {
        private var origin: ExaminedOrigin { get throws { try #require(ExaminedOriginTrait.origin) } }

        private func findings(_ site: String, _ changes: [String: String] = [:]) throws -> [JSON] {
            let origin = try origin
            return try origin.findings(
                changes, ["--caddyfile", origin.caddyfile(site)],
                environment: origin.caddyVariables)
        }

        private static let good = """
            import chimney_errors
            import chimney_api
            handle {
                import chimney_dashboard
            }
            """

        @Test("A site as the README has it") func good() throws {
            #expect(try findings(Self.good) == [])
        }

        @Test("A Caddyfile that Caddy refuses") func refused() throws {
            expectOnly(
                try findings("nonsense"), "caddy", found: "Caddy refuses", remedy: "caddy validate")
        }

        @Test("A site that leads elsewhere") func elsewhere() throws {
            expectOnly(
                try findings("respond hello"), "caddy", found: "hands requests to chimney",
                remedy: "import chimney_api")
        }

        @Test("A redirect before everything, health checks included") func redirect() throws {
            expectOnly(
                try findings("redir https://www.example.org{uri}\n" + Self.good), "caddy",
                found: "/healthz, /api/deploy/status, POST /api/deploy/events", remedy: "except chimney's paths")
        }

        @Test("A rewrite that makes every path the page") func rewrite() throws {
            let found = try findings("rewrite * /index.html\n" + Self.good)
            expectOnly(found, "caddy", found: "answered by `file_server`", remedy: "import chimney_api")
        }

        @Test("Something else for some of the paths") func otherHandler() throws {
            expectOnly(
                try findings("metrics /healthz\n" + Self.good.replacingOccurrences(of: "/", with: "/"), [:]).filter {
                    $0.found?.text?.contains("/healthz") == true
                }, "caddy", found: "Caddy's handler `metrics`", remedy: "import chimney_api")
        }

        @Test("Answers that are compressed") func encode() throws {
            let found = try findings("encode gzip\n" + Self.good)
            #expect(found.count == 2, "\(found)")
            #expect(
                found.contains {
                    $0.severity == "fault" && $0.found?.text?.contains("streams are compressed") == true
                })
            #expect(
                found.contains {
                    $0.severity == "warning" && $0.found?.text?.contains("chimney's answers are compressed") == true
                })
        }

        @Test("Workers without buffers, and holds that nobody takes over") func buffers() throws {
            let origin = try origin
            let site = """
                @streams path /api/logs/stream /api/events /deploy/*/log
                handle @streams {
                    reverse_proxy unix/\(origin.pool.streamSocket) {
                        transport fastcgi
                        buffer_responses
                    }
                }
                handle {
                    reverse_proxy unix/\(origin.pool.socket) {
                        transport fastcgi {
                            env CHIMNEY_HOLDS 1
                            read_timeout 10s
                        }
                    }
                }
                """
            let found = try findings(site).compactMap(\.found?.text)
            for words in [
                "responses of streams are buffered", "requests and responses of workers are not buffered",
                "does not go to the streamer", "CHIMNEY_REQUEST_TIME_MS", "read_timeout is 10 s",
            ] { #expect(found.count { $0.contains(words) } == 1, "\(words): \(found)") }
            #expect(found.count == 5, "\(found)")
        }

        @Test("Streams to workers, without a flush") func streams() throws {
            let origin = try origin
            let found = try findings(
                """
                handle /api/* {
                    reverse_proxy unix/\(origin.pool.socket) {
                        transport fastcgi
                        buffer_requests
                        buffer_responses
                    }
                }
                import chimney_errors
                import chimney_api
                """)
            let texts = found.compactMap(\.found?.text)
            #expect(texts.contains { $0.contains("streams go to the workers' socket") }, "\(texts)")
            #expect(texts.contains { $0.contains("responses of streams are buffered") }, "\(texts)")
        }

        @Test("Sockets that Caddy looks for elsewhere") func sockets() throws {
            let origin = try origin
            let found = try origin.findings(
                [:],
                ["--caddyfile", origin.caddyfile(Self.good), "--stream-socket", origin.pool.streamSocket],
                environment: origin.caddyVariables.merging(["CHIMNEY_SOCKET": "/run/elsewhere.sock"]) { $1 })
            expectOnly(
                found, "caddy", found: "unix//run/elsewhere.sock", remedy: "set CHIMNEY_SOCKET")
        }

        @Test("A dashboard without files") func dashboard() throws {
            let origin = try origin
            expectOnly(
                try origin.findings(
                    [:], ["--caddyfile", origin.caddyfile(Self.good)],
                    environment: origin.caddyVariables.merging(["CHIMNEY_DASHBOARD": "/nonexistent"]) { $1 }),
                "caddy", found: "there is no /nonexistent/index.html", remedy: "CHIMNEY_DASHBOARD")
        }

        @Test("An admin endpoint that does not answer") func admin() throws {
            let port = try Address.freePort()
            let origin = try origin
            expectOnly(
                try origin.findings(
                    ["CADDY_ADMIN": "127.0.0.1:\(port)"], ["--caddyfile", origin.caddyfile(Self.good)],
                    environment: origin.caddyVariables), "caddy", "warning", found: "does not answer",
                remedy: "set CADDY_ADMIN")
        }
    }
}
