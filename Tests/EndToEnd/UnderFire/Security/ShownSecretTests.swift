import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Every route that takes a secret, and every way to show one that is none.
    @Suite struct ShownSecretTests {
        /// The settings of secrets, each with one of its own.
        private static let secrets = [
            "DEPLOY_TOKEN": "ci=deploy-token-0123456789", "INVALIDATE_TOKEN": "invalidate-token-0123456789",
            "LOGS_TOKEN": "logs-token-0123456789", "ADMIN_TOKEN": "admin-token-0123456789",
            "GITHUB_WEBHOOK_SECRET": "hook-secret-0123456789", "WEBHOOK_SECRET": "call-secret-0123456789",
            "TRUSTED_PROXIES": "127.0.0.1",
        ]

        /// The routes that take a bearer token: method, path, and the setting that has it.
        private static let routes = [
            ("POST", "/api/deploy/events", "DEPLOY_TOKEN"), ("POST", "/api/cache/invalidate", "INVALIDATE_TOKEN"),
            ("POST", "/api/cache/warm", "INVALIDATE_TOKEN"), ("GET", "/api/logs", "LOGS_TOKEN"),
            ("GET", "/api/logs/stream", "LOGS_TOKEN"), ("GET", "/api/logs/caddy", "LOGS_TOKEN"),
            ("GET", "/deploy", "LOGS_TOKEN"),
            ("GET", "/deploy/0123", "LOGS_TOKEN"), ("GET", "/deploy/0123/log", "LOGS_TOKEN"),
            ("GET", "/api/log-level", "ADMIN_TOKEN"), ("POST", "/api/log-level", "ADMIN_TOKEN"),
        ]

        /// Header fields that show a token in a way that is none, or not whole.
        private static func spellings(of token: String, beside other: String) -> [[(String, String)]] {
            let authorization = "Authorization"
            let whole = "Bearer \(token)"
            let single = [
                "", "Bearer", "Bearer ", token, "Basic \(token)", "Bearer\t\(token)", "Bearer:\(token)",
                "Bearer=\(token)",
                "Token \(token)", "Bearer \(token.dropLast())", "Bearer \(token)x", "Bearer \(token.uppercased())",
                "Bearer \"\(token)\"", "Bearer \(token) \(token)", "Bearer \(token),", "Bearer , \(token)",
                "\(whole), \(whole)",
                "Bearer \(token)\u{A0}", "Bearer \u{A0}\(token)", "Bearer \(token.replacing("e", with: "é"))",
                "Bearer \(token.replacing("k", with: "\u{212A}"))", "Bearer \u{200B}\(token)",
                "Bearer \u{FF42}\(token.dropFirst())",
                "Bearer \(other)", "Bearer %\(token)", "Bearer default", "Bearer ci", "Bearer ci=\(token)", "Bearer *",
                "Bearer null",
                "Bearer \(String(repeating: "a", count: 30_000))", "Beare \(token)", "Bearer\u{A0}\(token)",
            ].map { [(authorization, $0)] }
            return single + [
                [], [(authorization, whole), (authorization, "Bearer x")],
                [(authorization, "Bearer x"), (authorization, whole)],
                [(authorization, whole), (authorization, whole)], [("Proxy-Authorization", whole)],
                [("X-Authorization", whole)],
                [("Authorization_", whole)], [("HTTP_AUTHORIZATION", whole)], [("Cookie", "Authorization=\(whole)")],
                [("X-Api-Key", token)], [("X-Auth-Token", token)], [("X-Access-Token", token)],
                [("X-Hub-Signature-256", token)],
                [("X-Forwarded-User", "ci")], [("Remote-User", "ci")], [("X-Original-Authorization", whole)],
            ]
        }

        @Test("A token counts whole, once, and in its own place; each route takes that of its setting alone")
        func spellings() async throws {
            try await withOrigin(environment: Self.secrets) { origin in
                func token(_ setting: String) -> String {
                    let text = Self.secrets[setting] ?? ""
                    return String(text.split(separator: "=").last ?? "")
                }
                var address = 0
                func ask(_ method: String, _ path: String, _ fields: [(String, String)]) throws -> HTTPAnswer {
                    // Failures of one address are counted; see FailedAuthenticationTests.
                    address += 1
                    let from = ("X-Forwarded-For", "10.\(address >> 16).\(address >> 8 & 255).\(address & 255)")
                    let type = ("Content-Type", "application/json")
                    return try origin.http.request(
                        method, path, fields + [from, type], body: method == "POST" ? [0x7B] : nil)
                }
                for (method, path, setting) in Self.routes {
                    let own = token(setting)
                    let other = token(setting == "ADMIN_TOKEN" ? "LOGS_TOKEN" : "ADMIN_TOKEN")
                    for fields in Self.spellings(of: own, beside: other) {
                        expectProblem(try ask(method, path, fields), 401, "\(method) \(path) \(fields)")
                    }
                    for query in ["token", "access_token", "authorization", "api_key", setting] {
                        expectProblem(try ask(method, "\(path)?\(query)=\(own)", []), 401, "\(path)?\(query)")
                    }
                    guard !path.hasSuffix("/stream") else { continue }
                    let status = try ask(method, path, [("Authorization", "bearer   \(own)")]).status
                    #expect(![401, 403, 429].contains(status), "\(method) \(path) \(status)")
                }
                // That of no other setting lets anybody in anywhere.
                for (method, path, setting) in Self.routes {
                    for other in Self.secrets.keys where other != setting && other != "TRUSTED_PROXIES" {
                        let fields = [("Authorization", "Bearer \(token(other))")]
                        expectProblem(try ask(method, path, fields), 401, "\(method) \(path) \(other)")
                    }
                }
                #expect(try origin.storedTotal == 0)
            }
        }

        @Test("A signature counts whole, once, for the bytes that were signed and by the secret of its route")
        func signatures() async throws {
            try await withOrigin(environment: Self.secrets) { origin in
                let body = Array(#"{"repository":{"full_name":"a/b"}}"#.utf8)
                let delivery = FakeGitHub.Delivery(event: "push", body: body)
                let right = delivery.signature(Self.secrets["GITHUB_WEBHOOK_SECRET"] ?? "")
                let others = Self.secrets.values.map(delivery.signature).filter { $0 != right }
                let digits = String(right.dropFirst(7))
                let name = "X-Hub-Signature-256"
                let changed = FakeGitHub.Delivery(event: "push", body: body + [0x20]).signature(
                    "hook-secret-0123456789")
                let wrong =
                    (others + [
                        "", "sha256=", digits, "sha1=\(digits)", "sha512=\(digits)", "SHA256=\(digits)",
                        "sha256=\(digits.dropLast())",
                        "sha256=\(digits)0", "sha256=\(digits.dropLast())g", "sha256= \(digits)",
                        "sha256=0x\(digits.dropLast(2))",
                        "sha256=\(digits),sha256=\(digits)", "sha256=\(String(repeating: "0", count: 64))", changed,
                        "\(right);",
                        "sha256=\(digits.map { "%\($0)" }.joined())", "sha256=\(digits.dropLast())\u{FF10}",
                        delivery.signature(""),
                    ]).map { [(name, $0)] } + [
                        [], [(name, right), (name, right)], [("X-Hub-Signature", right)],
                        [("X_Hub_Signature_256", right)],
                        [("Authorization", "Bearer \(Self.secrets["GITHUB_WEBHOOK_SECRET"] ?? "")")],
                    ]
                let fields = delivery.fields(secret: nil)
                for (index, signature) in wrong.enumerated() {
                    let from = [("X-Forwarded-For", "10.1.1.\(index)")]
                    let answer = try origin.http.request(
                        "POST", "/api/webhooks/github", fields + signature + from, body: body)
                    expectProblem(answer, 401, "\(signature)")
                }
                // Upper-case digits are the same bytes.
                let upper = [(name, "sha256=\(digits.uppercased())")]
                #expect(
                    try origin.http.request("POST", "/api/webhooks/github", fields + upper, body: body).status == 202)
                // That of the one is none for the other.
                let call = Array(#"{"service":"app"}"#.utf8)
                let signed = FakeGitHub.Delivery(event: "push", body: call)
                for (path, setting) in [
                    ("/deploy", "GITHUB_WEBHOOK_SECRET"), ("/deploy/rollback", "GITHUB_WEBHOOK_SECRET"),
                ] {
                    let answer = try signed.post(to: origin.http, path, secret: Self.secrets[setting])
                    expectProblem(answer, 401, "\(path)")
                    #expect(
                        try signed.post(to: origin.http, path, secret: Self.secrets["WEBHOOK_SECRET"]).status == 404)
                }
            }
        }

        @Test("Where no secret is set, nothing that could be shown is one: not an empty one, nor its name")
        func none() async throws {
            try await withOrigin(environment: ["DEPLOY_TOKEN": "", "TRUSTED_PROXIES": "127.0.0.1"]) { origin in
                var address = 0
                for (method, path, setting) in Self.routes where setting != "LOGS_TOKEN" {
                    for shown in ["", " ", "default", "nil", "null", "\"\"", setting, "undefined", "0"] {
                        address += 1
                        let fields = [
                            ("Authorization", "Bearer \(shown)"),
                            ("X-Forwarded-For", "10.2.\(address >> 8).\(address & 255)"),
                        ]
                        let answer = try origin.http.request(method, path, fields, body: method == "POST" ? [] : nil)
                        expectProblem(answer, 401, "\(method) \(path) \(shown)")
                    }
                }
                for path in ["/deploy", "/api/webhooks/github"] {
                    for secret in ["", "default", "WEBHOOK_SECRET"] {
                        let delivery = FakeGitHub.Delivery(event: "ping", body: [0x7B, 0x7D])
                        expectProblem(try delivery.post(to: origin.http, path, secret: secret), 401, "\(path)")
                    }
                }
            }
        }
    }
}
