import TestSupport
import Testing

extension EndToEnd {
    /// Paths below `/api/github/` are for chimney to judge, as they came.
    @Suite(.origin()) struct RawPathTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test(
            "Whatever begins like a path for GitHub reaches a worker, with its dots and slashes",
            arguments: [
                ("pulls", "pulls"), ("..", ".."), ("../x", "../x"), ("../../x", "../../x"),
                ("../../../etc/passwd", "../../../etc/passwd"), ("../events", "../events"),
                ("../logs/stream", "../logs/stream"), ("./pulls", "./pulls"), ("/pulls", "/pulls"),
                ("pulls//x/", "pulls//x/"), ("%2e%2e/%2E%2E/x", "../../x"), ("..%2f..%2F..%2fx", "../../../x"),
                ("%252e%252e/x", "%2e%2e/x"), ("pulls%2Fx", "pulls/x"), ("%0d%0aX:1", "\r\nX:1"),
                ("%0d%0a/../../x", "\r\n/../../x"), (#"..\..\x"#, #"..\..\x"#), ("http://other/x", "http://other/x"),
                ("%7f", "\u{7F}"), ("pulls;a", "pulls;a"), ("?a=/../..", ""),
            ])
        func raw(sent: String, decoded: String) throws {
            let id = "raw-\(Event.freshSHA())"
            let answer = try origin.get("/api/github/\(sent)", [("X-Request-ID", id)])
            expectCommonForm(answer)
            let line = try value { try origin.logLines("request_id=\(id)").first { $0.msg == "request" } }
            #expect(line?.path?.text == "/api/github/\(decoded)")
        }

        @Test(
            "A zero byte is 400, whoever would have the path",
            arguments: [
                "/api/github/%00", "/api/github/pulls%00/../../x", "/health%00", "/deploy/%00/log", "/index.html%00",
                "/%00.js",
            ])
        func zero(path: String) throws {
            expectProblem(try origin.get(path), 400)
        }
    }
}
