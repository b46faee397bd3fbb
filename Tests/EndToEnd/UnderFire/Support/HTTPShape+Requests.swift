import TestSupport

/// Odd methods, targets and header fields.
extension HTTPShape {
    private static func request(_ line: String, _ fields: String = "") -> String {
        "\(line) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n"
    }

    private static let long = String(repeating: "a", count: 200_000)

    /// Methods that are none, or that no route has.
    static let methods: [HTTPShape] = [
        HTTPShape("lower case", request("get /health"), [405]),
        HTTPShape("mixed case", request("Get /health"), [405]),
        HTTPShape("a long method", request("\(long.prefix(8000)) /health"), [405]),
        HTTPShape("a method beyond every limit", request("\(long) /health"), refused),
        HTTPShape("TRACE", request("TRACE /health"), [405]),
        HTTPShape("TRACE of a file", request("TRACE /"), [405]),
        HTTPShape("CONNECT to elsewhere", request("CONNECT example.org:443"), refused.union([308])),
        HTTPShape("CONNECT to a path", request("CONNECT /health"), refused),
        HTTPShape("OPTIONS of everything", request("OPTIONS *"), [200, 204, 400, 404]),
        HTTPShape("GET of everything", request("GET *"), refused),
        HTTPShape("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused),
        HTTPShape("a method in braces", request("{GET} /health"), refused),
        HTTPShape("a method with a slash", request("G/T /health"), refused),
        HTTPShape("a method with a tab", request("G\tT /health"), refused),
        HTTPShape("a method with a zero byte", request("GE\0T /health"), refused),
        HTTPShape("a method that is no ASCII", request("GËT /health"), refused),
        HTTPShape("no method", request(" /health"), refused),
        HTTPShape("no target", request("GET "), refused),
        HTTPShape("two spaces", request("GET  /health"), refused),
        HTTPShape("a target with a space", request("GET /hea lth"), refused),
        HTTPShape("HTTP/0.9", "GET /health\r\n", refused),
        HTTPShape("HTTP/3.7", "GET /health HTTP/3.7\r\nHost: localhost\r\n\r\n", refused),
        HTTPShape("a version in lower case", "GET /health http/1.1\r\nHost: localhost\r\n\r\n", refused),
        HTTPShape("a version too long", "GET /health HTTP/1.10\r\nHost: localhost\r\n\r\n", refused),
        HTTPShape("empty lines first", "\r\n\r\n" + request("GET /health"), refused.union([200])),
        HTTPShape("bare line feeds", "GET /health HTTP/1.1\nHost: localhost\n\n", refused.union([200])),
    ]

    /// Targets that lead nowhere, or somewhere by another way.
    static let targets: [HTTPShape] =
        [
            ("another host", "http://other.example/health", [200, 400]),
            ("TLS", "https://localhost/health", [200, 400]),
            ("another scheme", "file:///etc/passwd", [400, 404, 405]), ("a broken host", "http://[::1/health", [400]),
            ("a user", "http://user:password@localhost/health", [200, 400]),
            ("an empty host", "http:///health", [200, 400]),
            ("two slashes", "//health", [200, 404]), ("a host after slashes", "//other.example/health", [200, 404]),
            ("a backslash", #"/\health"#, [404]), ("parameters", "/health;x=1", [404]),
            ("parameters of a folder", "/api;x=1/version", [404]), ("a fragment", "/health#x", [200, 400, 404]),
            ("an encoded slash", "/api%2Fversion", [200, 404]), ("an encoded letter", "/%68ealth", [200]),
            ("an encoded dot", "/api/%2e/version", [200, 404]), ("encoded dots", "/x/%2e%2e/health", [200, 404]),
            ("dots out of it", "/../../health", [200, 404]), ("twice encoded dots", "/api/%252e%252e/health", [404]),
            ("a zero byte", "/health%00", [400]), ("a zero byte before a name", "/health%00.html", [400]),
            ("a zero byte in the query", "/api/deploy/events?limit=1%00", [400]), ("no encoding", "/%zz", [400, 404]),
            ("half an encoding", "/health%2", [400, 404]), ("no UTF-8", "/api/%c0%ae%c0%ae/health", [400, 404]),
            ("a line break", "/health%0d%0aX-Injected:%201", [404]), ("a slash too many", "/health/", [404]),
            ("an asterisk", "/*", [404]), ("a tilde", "/~root/", [404]), ("a star path", "/api/*/version", [404]),
            ("a query of nothing", "/health?", [200]), ("a query of signs", "/health?&&==&;;", [200]),
            ("a query twice", "/api/deploy/events?limit=1&limit=2", [200, 400]),
            ("a query in the query", "/health??x=?", [200]), ("a hidden file", "/.git/config", [404]),
            ("a hidden hold", "/hold/0123456789abcdef", [404]),
            ("a zero byte in the path of a log", "/deploy/%00/log", [400, 404]),
            ("a hold in the query", "/?/hold/0", [200]),
            ("no slash", "health", [400]),
        ].map { HTTPShape("a target of \($0.0)", request("GET \($0.1)"), Set($0.2)) } + [
            HTTPShape("a long path", request("GET /api/\(long.prefix(60_000))"), [404, 414, 431]),
            HTTPShape("a path beyond every limit", request("GET /api/\(long)"), refused),
            HTTPShape("a name too long for a file", request("GET /\(long.prefix(300))"), [404]),
            HTTPShape(
                "a path too long for a file", request("GET \(String(repeating: "/aaaaaaaaa", count: 500))"), [404]),
            HTTPShape("many segments", request("GET /api\(String(repeating: "/a", count: 20_000))"), [404, 414, 431]),
            HTTPShape(
                "many dots", request("GET /api\(String(repeating: "/..", count: 20_000))/health"), [200, 404, 414, 431]),
            HTTPShape("a long query", request("GET /health?\(long.prefix(60_000))"), [200, 414, 431]),
            HTTPShape(
                "many members", request("GET /api/events/recent?\(String(repeating: "a=1&", count: 15_000))"),
                [200, 400]),
            HTTPShape(
                "bytes that are no UTF-8",
                Array("GET /api/".utf8) + [0xFF, 0xC0] + Array(request("x").utf8.dropFirst()), refused),
            HTTPShape("a delete sign", request("GET /health\u{7F}"), refused),
        ]

    /// Header fields that come twice, are too long or too many, or are not of the form of any.
    static let fields: [HTTPShape] =
        [
            ("Host twice", "Host: other.example\r\n", [400]), ("folding", "X: a\r\n b\r\n", [200, 400]),
            ("folding of the first", " X: a\r\n", [400]), ("a bare CR in a value", "X: a\rb\r\n", [400]),
            ("a bare CR as an end", "X: a\rY: b\r\n", [400]), ("a bare LF", "X: a\nY: b\r\n", [200, 400]),
            ("a zero byte", "X: a\0b\r\n", [400]), ("a control character", "X: a\u{1}b\r\n", [400]),
            ("no colon", "X\r\n", [400]), ("no name", ": x\r\n", [200, 400]),
            ("a space before the colon", "X : a\r\n", [400]),
            ("a space in a name", "X Y: a\r\n", [400]), ("odd characters in a name", "X(/)@: a\r\n", [400]),
            ("a name that is no ASCII", "Ü: a\r\n", [400]), ("a value that is no ASCII", "X: Ü\r\n", [200]),
            ("an empty value", "X:\r\nAuthorization:\r\nContent-Type:\r\nX-Request-ID:\r\n", [200]),
            ("a quoted name", "\"X\": a\r\n", [400]), ("all signs of names", "!#$%&'*+-.^_`|~0aZ: a\r\n", [200]),
            ("ids twice", "X-Request-ID: one\r\nX-Request-ID: two\r\n", [200]),
            ("an id with an underscore", "X_Request_ID: hidden\r\n", [200]),
            (
                "variables as fields", "Chimney-Hold: 0123456789abcdef\r\nChimney-Holds: 1\r\nChimney-Trace: x\r\n",
                [200]
            ),
            ("a hold", "X-Chimney-Hold: 0123456789abcdef\r\n", [200]),
            ("a proxy", "Proxy: http://other.example\r\n", [200]),
            ("a long value", "X: \(long.prefix(40_000))\r\n", [431]),
            ("a value beyond every limit", "X: \(long)\r\n", [431]),
            ("a long name", "\(long.prefix(40_000)): x\r\n", [431]),
            ("many", String(repeating: "X: a\r\n", count: 5000), [200, 431]),
            ("many names", (0..<2000).map { "X\($0): a\r\n" }.joined(), [200, 431]),
            ("hop by hop", "Connection: X-Request-ID, Host, Authorization, Content-Length\r\n", [200]),
            (
                "an upgrade",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", [200]
            ),
            (
                "a web socket",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n",
                [200]
            ),
            ("a range", "Range: bytes=0-0,1-1,-1\r\nIf-Range: x\r\n", [200]),
            ("another method", "X-HTTP-Method-Override: DELETE\r\nX-Method: DELETE\r\n", [200]),
            ("another path", "X-Original-URL: /api/logs\r\nX-Rewrite-URL: /api/logs\r\n", [200]),
            ("an expectation", "Expect: nonsense\r\n", [200, 417]),
        ].map { HTTPShape("fields: \($0.0)", request("GET /health", $0.1), Set($0.2)) } + [
            HTTPShape("no Host", "GET /health HTTP/1.1\r\n\r\n", [400]),
            HTTPShape("an empty Host", "GET /health HTTP/1.1\r\nHost:\r\n\r\n", [200, 400]),
            HTTPShape("a Host with a path", "GET /health HTTP/1.1\r\nHost: localhost/x\r\n\r\n", [200, 400]),
            HTTPShape("a Host with spaces", "GET /health HTTP/1.1\r\nHost: a b\r\n\r\n", [200, 400]),
            HTTPShape("another Host", "GET /health HTTP/1.1\r\nHost: other.example:99999\r\n\r\n", [200, 400]),
            HTTPShape(
                "a header without an end", "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ", refused, isCut: true),
        ]
}
