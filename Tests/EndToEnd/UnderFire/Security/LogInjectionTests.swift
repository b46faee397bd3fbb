import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// A log is read by people at terminals and by programs line by line: nothing that a stranger sends is more than a text in
    /// one line of it.
    @Suite struct LogInjectionTests {
        /// What ends a line, moves the cursor, colours, clears, or lets what is read differ from what is there: control
        /// characters (C0, C1, DEL), Unicode's ends of lines, and what turns the direction of writing (Trojan Source).
        private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || [0x061C, 0x200E, 0x200F].contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value)
        }

        private static let texts = [
            "\n{\"level\":\"critical\",\"msg\":\"forged\"}", "\r\n", "\u{1B}[2J\u{1B}[31m", "\u{1B}]0;title\u{7}",
            "\u{9B}31m",
            "\u{9D}0;title\u{9C}", "\u{7F}\u{8}\u{8}", "\u{85}", "\u{2028}\u{2029}", "\u{202E}gnp.exe\u{202C}",
            "\u{2066}x\u{2069}",
            "\u{200F}\u{61C}", "\",\"level\":\"critical\",\"x\":\"", "\\", "\\u001b", "%00%0a", "\u{FEFF}", "{}", "ä€😀",
        ]

        @Test("Each line is one JSON object without a character that a terminal obeys, and each request has one")
        func lines() async throws {
            let directory = try TemporaryDirectory()
            let accessLog = directory.file("access.log")
            try await withCollector(
                environment: ["CADDY_ACCESS_LOG": accessLog, "LOG_LEVEL": "trace", "GITHUB_WEBHOOK_SECRET": "hook"],
                caddy: ["CADDY_IMPORT": "chimney_access_log \(accessLog)"]
            ) { origin, collector in
                var count = 0
                for (index, text) in Self.texts.enumerated() {
                    let escaped = text.utf8.map { String(format: "%%%02x", $0) }.joined()
                    let id = "line-\(index)"
                    _ = try origin.get("/api/\(escaped)?\(escaped)", [("X-Request-ID", id), ("User-Agent", "x")])
                    _ = try origin.pool.fastCGI.request(
                        "GET", "/api/\(text)",
                        variables: ["HTTP_HOST": text, "HTTP_USER_AGENT": text, "REQUEST_METHOD": text])
                    // What is told besides the line of the request.
                    _ = try origin.http.post(
                        "/api/cache/invalidate", #"{"prefix":"/","reason":\#(JSON.quoted(text))}"#, token: "guessed")
                    let hook = FakeGitHub.Delivery(
                        event: "push",
                        body: Array(#"{"action":\#(JSON.quoted(text)),"repository":{"full_name":"a/b"}}"#.utf8))
                    #expect(try hook.post(to: origin.http, secret: "hook").status == 202)
                    count += 4
                }
                for method in ["X" + String(repeating: "x", count: 500), "X!#$%&'*+.^_`|~-"] {
                    _ = try origin.http.request(method, "/api/version")
                    count += 1
                }
                _ = try origin.get("/api/version", [("X-Request-ID", "the-last")])
                #expect(eventually { origin.pool.log.contains("the-last") })
                let isFollowed = try eventually {
                    try origin.get("/api/logs/caddy?limit=1000").text.contains("the-last")
                }
                #expect(isFollowed)

                let told = [
                    ("standard error", origin.pool.log), ("the log", try origin.get("/api/logs?limit=1000").text),
                    ("the access log", try String(contentsOfFile: accessLog, encoding: .utf8)),
                    ("Caddy's lines", try origin.get("/api/logs/caddy?limit=1000").text),
                    ("the front end's log", origin.caddy.log),
                    ("events", try origin.get("/api/events/recent?limit=500").text),
                ]
                for (name, text) in told {
                    let harmful = Set(text.unicodeScalars.filter { Self.isHarmful($0) && $0 != "\n" })
                    #expect(harmful == [], "\(name): \(harmful.map { String($0.value, radix: 16) })")
                }
                let written = origin.pool.log.split(separator: "\n")
                #expect(origin.pool.logLines.count == written.count)
                #expect(!origin.pool.logLines.contains { $0.level == "critical" })
                let requests = origin.pool.logLines.filter { $0.msg == "request" }
                for index in Self.texts.indices {
                    let own = requests.filter { $0.request_id?.text == "line-\(index)" }
                    #expect(own.count == 1)
                    // It is shortened, and not changed.
                    #expect(
                        own.first?.path?.text == "/api/\(Self.texts[index])", "\(Self.texts[index].debugDescription)")
                }
                // A collector gets them as they are, each as one attribute.
                let isExported = try eventually {
                    try collector.received.logs?.list.contains { $0.attributes?.request_id == "the-last" } == true
                }
                #expect(isExported)
                let exported = try collector.received.logs?.list.compactMap(\.attributes) ?? []
                for (index, text) in Self.texts.enumerated() {
                    let own = exported.filter { $0.request_id?.text == "line-\(index)" && $0.path != nil }
                    #expect(own.map(\.path?.text) == ["/api/\(text)"])
                }
                #expect(requests.allSatisfy { ($0.method?.text ?? "").utf8.count <= 20 })
                #expect(requests.count >= count)
            }
        }

        @Test("Names that end up as labels are names, and the metrics are what promtool takes for right")
        func labels() async throws {
            let hostile = ["acme\"} 1\nevil_total{x=\"", "acme\\", "acme\u{1B}[31m", "{acme}", "acme,evil", "", "ä"]
            try await withCallers { origin, callers in
                for name in hostile {
                    let token = try callers.workflow(["repository_owner": .string(name)])
                    expectProblem(try origin.schedule("shop", token), 401, "\(name.debugDescription)")
                }
                for name in ["Acme.b-c_d", "NaN", "le", "__name__"] {
                    let token = try callers.workflow(["repository_owner": .string(name), "repository": "a/b"])
                    #expect(try origin.schedule(#"shop\"} 1\\"#, token).status == 201, "\(name)")
                }
                let isCounted = try eventually {
                    Samples(try origin.get("/metrics").text)["auth_requests_total{method=\"oidc\",success=\"true\"}"]
                        == 4
                }
                #expect(isCounted)
                let text = try origin.get("/metrics").text
                #expect(!text.contains("evil") && !text.contains("shop"))
                let file = try TemporaryDirectory().write("metrics", text)
                let outcome = try FinishedProcess("sh", ["-c", "exec promtool check metrics < \"$0\"", file])
                // It has an opinion on names as well, which are those of the contract.
                #expect(
                    !outcome.errors.contains("error while linting") && !outcome.errors.contains("parsing"),
                    "\(outcome.errors)")
            }
        }
    }
}
