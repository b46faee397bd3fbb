import TestSupport

/// Requests with another one in their bodies: whoever reads the lengths as the shape wants him to takes that one for the next
/// request of the connection. Nobody who goes by RFC 9112 (section 6.3) does.
extension HTTPShape {
    /// The shapes, with what they hide: a request that would be carried out.
    static func smuggling(_ hidden: String, to caddy: CaddyEdition) -> [HTTPShape] {
        lengths(hidden, caddy) + codings(hidden) + chunks(hidden) + bodies(hidden)
    }

    /// A request that records a deploy, if anybody takes it for one.
    static func hidden(_ event: Event) -> String { post(event.json, "X-Request-ID: hidden\r\n") }

    /// A request that records what this is, if it is a deploy.
    static func post(_ json: String, _ fields: String) -> String {
        post("\(fields)Content-Length: \(json.utf8.count)\r\n") + json
    }

    private static func post(_ fields: String, version: String = "1.1") -> String {
        "POST /api/deploy/events HTTP/\(version)\r\nHost: localhost\r\nAuthorization: Bearer \(Origin.deployToken)\r\n"
            + "Content-Type: application/json\r\n\(fields)\r\n"
    }

    private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    /// Lengths that are none, or several.
    private static func lengths(_ hidden: String, _ caddy: CaddyEdition) -> [HTTPShape] {
        let count = hidden.utf8.count
        let hex = String(count, radix: 16)
        let wrong =
            [
                "+\(count)", "-\(count)", "0x\(hex)", "\(count),", ",\(count)", "\(count) 0", "\(count)_0",
                "\(count).0",
                "\"\(count)\"", "\(count);", "1e2", "+0", "-0", "-1", "18446744073709551616", "9223372036854775808",
                "\(count)\u{B}", "٣",
            ]
            // That of Debian takes nothing for no length, so that for it the body is none.
            + (caddy == .debian ? [] : ["", " "])
        return wrong.map { HTTPShape("Content-Length: \($0)", post("Content-Length: \($0)\r\n") + hidden, refused) } + [
            HTTPShape(
                "two lengths, 0 first", post("Content-Length: 0\r\nContent-Length: \(count)\r\n") + hidden, refused),
            HTTPShape(
                "two lengths, 0 last", post("Content-Length: \(count)\r\nContent-Length: 0\r\n") + hidden, refused),
            HTTPShape("two lengths in one", post("Content-Length: \(count), 0\r\n") + hidden, refused),
            HTTPShape(
                "the same length twice", post("Content-Length: \(count)\r\nContent-Length: \(count)\r\n") + hidden,
                refused),
            HTTPShape("the same length twice in one", post("Content-Length: \(count), \(count)\r\n") + hidden, refused),
            HTTPShape("a length with zeros first", post("Content-Length: 000\(count)\r\n") + hidden, refused),
            HTTPShape("a length on two lines", post("Content-Length:\r\n \(count)\r\n") + hidden, refused),
            HTTPShape(
                "a length with an underscore", post("Content_Length: 0\r\nContent-Length: \(count)\r\n") + hidden,
                refused),
            HTTPShape(
                "a length with a space", post("Content-Length : 0\r\nContent-Length: \(count)\r\n") + hidden, refused),
            HTTPShape("a length after a line feed", post("X: x\nContent-Length: \(count)\r\n") + hidden, refused),
        ]
    }

    /// Transfer codings that one takes for chunks, and another for nothing.
    private static func codings(_ hidden: String) -> [HTTPShape] {
        // Within a chunk, behind as many bytes as the other length has.
        let within = chunk(hidden) + "0\r\n\r\n"
        let size = within.prefix { $0 != "\r\n" }.utf8.count + 2
        // Behind what would be the last chunk, within the other length.
        let behind = "0\r\n\r\n" + hidden
        let invalid = [
            "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
            "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: identity, chunked", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: \u{B}chunked",
            "Transfer-Encoding: chunked;x=y", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunk",
            "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\u{0}", "Transfer-Encoding: ĉhunked", "Transfer-Encoding:",
            "Transfer-Encoding: ,chunked",
        ]
        return invalid.flatMap { field in
            [
                HTTPShape("\(field), within", post("Content-Length: \(size)\r\n\(field)\r\n") + within, refused),
                HTTPShape(
                    "\(field), behind", post("Content-Length: \(behind.utf8.count)\r\n\(field)\r\n") + behind, refused),
            ]
        } + [
            HTTPShape(
                "a length and chunks", post("Content-Length: \(size)\r\nTransfer-Encoding: chunked\r\n") + within,
                refused),
            HTTPShape(
                "chunks and a length", post("Transfer-Encoding: chunked\r\nContent-Length: \(size)\r\n") + within,
                refused),
            HTTPShape(
                "chunks in capitals", post("Content-Length: \(size)\r\nTRANSFER-ENCODING: CHUNKED\r\n") + within,
                refused),
            HTTPShape(
                "chunks on two lines", post("Content-Length: \(size)\r\nTransfer-Encoding:\r\n chunked\r\n") + within,
                refused),
            HTTPShape(
                "chunks with an underscore",
                post("Content-Length: \(behind.utf8.count)\r\nTransfer_Encoding: chunked\r\n") + behind, refused),
            HTTPShape(
                "chunks as a trailer",
                post("Content-Length: \(behind.utf8.count)\r\nTE: chunked\r\nTrailer: Transfer-Encoding\r\n") + behind,
                refused),
            HTTPShape(
                "chunks of HTTP/1.0",
                post("Content-Length: \(behind.utf8.count)\r\nTransfer-Encoding: chunked\r\n", version: "1.0") + behind,
                refused),
        ]
    }

    /// Chunks with something wrong.
    private static func chunks(_ hidden: String) -> [HTTPShape] {
        let size = String(hidden.utf8.count, radix: 16)
        let end = "0\r\n\r\n"
        let bodies: [(String, String)] = [
            ("an extension", "\(size);x=\"y\"\r\n\(hidden)\r\n\(end)"),
            ("a size with zeros", "0000\(size)\r\n\(hidden)\r\n\(end)"),
            ("an extension with a line feed", "1;\n\(size)\r\n\(hidden)\r\n\(end)"),
            ("a size with 0x", "0x\(size)\r\n\(hidden)\r\n\(end)"),
            ("a size with a plus", "+\(size)\r\n\(hidden)\r\n\(end)"),
            ("a size with a minus", "-1\r\n\(hidden)\r\n\(end)"),
            ("a size with a space", "\(size) \r\n\(hidden)\r\n\(end)"), ("no size", "\r\n\(hidden)\r\n\(end)"),
            ("a size beyond all", "fffffffffffffffff\r\n\(hidden)\r\n\(end)"),
            ("a size too small", "2\r\nabXX\(hidden)\r\n\(end)"), ("no end of a chunk", "1\r\nx\(hidden)\r\n\(end)"),
            ("another end of a chunk", "1\r\nxXX\(hidden)\r\n\(end)"),
            ("two line feeds", "1\r\nx\n\n\(hidden)\r\n\(end)"),
            ("a size that is none", "zz\r\n\(hidden)\r\n\(end)"),
            ("a long extension", "1;\(String(repeating: "x", count: 5000))\r\n\(hidden)"),
            ("line feeds", "\(size)\n\(hidden)\n0\n\n"), ("an underscore", "1_0\r\n\(hidden)\r\n\(end)"),
        ]
        let trailer = chunk(hidden) + "0\r\nContent-Length: 0\r\nHost: other.example\r\nX-Request-ID: hidden\r\n\r\n"
        return (bodies + [("trailers", trailer)]).map { name, body in
            HTTPShape("chunks: \(name)", post("Transfer-Encoding: chunked\r\n") + body, refused)
        } + [
            HTTPShape(
                "chunks without an end", post("Transfer-Encoding: chunked\r\n") + chunk(hidden), refused, isCut: true),
            HTTPShape(
                "a size that turns around", post("Transfer-Encoding: chunked\r\n") + "ffffffffffffffff\r\n\(hidden)",
                refused, isCut: true),
            HTTPShape(
                "a chunk that is cut", post("Transfer-Encoding: chunked\r\n") + "fff\r\n\(hidden)", refused, isCut: true
            ),
        ]
    }

    /// Bodies that are refused, ignored, or not whole.
    private static func bodies(_ hidden: String) -> [HTTPShape] {
        let count = hidden.utf8.count
        func request(_ line: String, _ fields: String = "") -> String {
            "\(line) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(count)\r\n\(fields)\r\n\(hidden)"
        }
        let chunked =
            "GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk(hidden))0\r\n\r\n"
        let text = "Authorization: Bearer \(Origin.deployToken)\r\nContent-Type: text/plain\r\n"
        return [
            HTTPShape("a body of a GET", request("GET /health"), [200]), HTTPShape("chunks of a GET", chunked, [200]),
            HTTPShape("a body of a file", request("GET /"), [200]),
            HTTPShape("a body of HEAD", request("HEAD /health"), [200], method: "HEAD"),
            HTTPShape("a body of OPTIONS", request("OPTIONS /api/deploy/events"), [204], method: "OPTIONS"),
            HTTPShape("a body of DELETE", request("DELETE /api/deploy/events"), [405]),
            HTTPShape("a body of an unknown path", request("POST /api/nothing"), [404]),
            HTTPShape("a body of no path of chimney's", request("POST /nothing"), [404, 405]),
            HTTPShape("a body without a token", request("POST /api/deploy/events"), [401]),
            HTTPShape("a body of another type", request("POST /api/deploy/events", text), [415]),
            HTTPShape(
                "a body that is awaited", post("Content-Length: \(count)\r\nExpect: 100-continue\r\n") + hidden, [400]),
            HTTPShape(
                "a refused body that is awaited", request("POST /api/deploy/events", "Expect: 100-continue\r\n"), [401]),
            HTTPShape("a body of a stream", request("HEAD /api/events"), [200], method: "HEAD"),
            HTTPShape(
                "a body beyond chimney's limit",
                post("Content-Length: \(2_000_000 + count)\r\n") + String(repeating: "x", count: 2_000_000) + hidden,
                [413]),
            HTTPShape("a body beyond every limit", post("Content-Length: 40000000\r\n") + hidden, [413], isCut: true),
            HTTPShape("a body that is cut", post("Content-Length: \(count + 1)\r\n") + hidden, refused, isCut: true),
            HTTPShape("a body of a line", post("Content-Length: \(count + 2)\r\n") + "\r\n" + hidden, [400]),
        ]
    }
}
