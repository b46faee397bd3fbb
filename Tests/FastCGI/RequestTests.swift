import HTTPTypes
import Testing

@testable import FastCGI

private func request(_ variables: [String: String]) -> Request {
    Request(environment: Environment(variables), body: RequestBody())
}

@Suite struct RequestTests {
    @Test("The request line")
    func requestLine() {
        let post = request([
            "REQUEST_METHOD": "POST", "PATH_INFO": "/a/b", "SCRIPT_NAME": "/x", "QUERY_STRING": "a=1&b=%20",
            "REMOTE_ADDR": "10.0.0.1", "HTTP_HOST": "example.org",
        ])
        #expect(post.method == .post)
        #expect(post.path == "/a/b")
        #expect(post.query == "a=1&b=%20")
        #expect(post.remoteAddress == "10.0.0.1")
        #expect(post[HTTPField.Name("Host")!] == "example.org")
    }

    @Test("Where the front end sends no PATH_INFO, the script's name is the path")
    func pathOfScript() {
        #expect(request(["SCRIPT_NAME": "/healthz"]).path == "/healthz")
        #expect(request(["SCRIPT_NAME": "/healthz", "PATH_INFO": ""]).path == "/healthz")
        #expect(request([:]).path == "/")
        #expect(request([:]).query.isEmpty)
    }

    @Test("A method of one's own is kept", arguments: ["PURGE", "get", "OPTIONS", "PATCH"])
    func methods(name: String) {
        #expect(request(["REQUEST_METHOD": name]).method.rawValue == name)
    }

    @Test(
        "The announced length of a body",
        arguments: [
            (nil, 0), ("", 0), ("0", 0), ("17", 17), ("-1", nil), ("x", nil), ("1.5", nil), (" 1", nil),
            ("99999999999999999999999", nil),
        ] as [(String?, Int?)])
    func contentLength(text: String?, expected: Int?) {
        #expect(request(text.map { ["CONTENT_LENGTH": $0] } ?? [:]).contentLength == expected)
    }

    @Test(
        "How long a request waited, in milliseconds or in nginx's seconds",
        arguments: [
            ("1000", 500), ("1500", 0), ("1600", 0), ("1.0", 500), ("1.25", 250), ("2.5", 0),
            ("", nil), ("x", nil), ("0", nil), ("-5", nil), ("{time.now.unix_ms}", nil), ("nan.", nil), ("1e999.", nil),
            ("99999999999999999999", nil), ("0.0", nil), ("-1.5", nil),
        ] as [(String, Int64?)])
    func waited(text: String, expected: Int64?) {
        #expect(request(["CHIMNEY_REQUEST_TIME_MS": text]).waited(untilMilliseconds: 1500) == expected)
    }

    @Test("A front end that says nothing of it")
    func waitedUnknown() {
        #expect(request([:]).waited(untilMilliseconds: 1500) == nil)
    }

    @Test("Nobody waits for minutes: so far the clocks differ, and how long it waited is not known")
    func otherClock() {
        let before = request(["CHIMNEY_REQUEST_TIME_MS": "1000"])
        #expect(before.waited(untilMilliseconds: 121_000) == 120_000)
        #expect(before.waited(untilMilliseconds: 121_001) == nil)
        #expect(before.waited(untilMilliseconds: 3_601_000) == nil)
    }

    @Test("The largest number is a wait of none")
    func farAhead() {
        let ahead = request(["CHIMNEY_REQUEST_TIME_MS": String(Int64.max)])
        #expect(ahead.waited(untilMilliseconds: 0) == 0)
    }
}
