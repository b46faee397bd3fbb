import Foundation

/// Answers that no server should give, and any might.
extension HTTPServerAnswer {
    /// A connection that is reset without an answer.
    public static let reset: HTTPServerAnswer = {
        var answer = drop
        answer.isReset = true
        return answer
    }()

    /// A header that does not end.
    public static let endlessHeader: HTTPServerAnswer = {
        var answer = HTTPServerAnswer()
        answer.raw = Array("HTTP/1.1 200 OK\r\n".utf8)
        answer.refrain = Array("X-Filler: \(String(repeating: "x", count: 1000))\r\n".utf8)
        return answer
    }()

    /// A body that does not end.
    public static let endlessBody: HTTPServerAnswer = {
        var answer = HTTPServerAnswer()
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer.raw = Array((head + "1\r\n[\r\n").utf8)
        answer.refrain = Array(("4000\r\n" + String(repeating: "1,", count: 0x2000) + "\r\n").utf8)
        return answer
    }()

    /// A circle of redirects: of a path to itself.
    public static func circle(_ request: HTTPServerRequest) -> HTTPServerAnswer {
        HTTPServerAnswer(302, [("Location", request.target)])
    }

    /// A small body that is one of 300 MB once it is decoded.
    public static var bomb: HTTPServerAnswer {
        HTTPServerAnswer(
            200, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")], body: (try? zeros.get()) ?? [])
    }

    /// 300 MB of nothing, by gzip(1).
    private static let zeros = Result {
        let files = try TemporaryDirectory()
        let path = files.file("zeros.gz")
        let finished = try FinishedProcess(
            "/bin/sh", ["-c", "head -c 300000000 /dev/zero | gzip -1 > \(path)"])
        guard finished.end == .exited(0) else { throw TestSupportError("gzip does not work: \(finished.errors)") }
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
