import Essentials

@testable import Dragonfly
@testable import FastCGI
@testable import GitHub
@testable import Telemetry
@testable import Web

/// What one connection of a front end says, by pieces. What comes with bytes that are no FastCGI is forgotten with them.
private func events(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var parser = RequestParser()
    var body: [UInt8] = []
    do {
        let told = try pieces.flatMap { piece in
            try piece.withUnsafeBytes { try parser.consume($0) { body.append(contentsOf: $0) } }
                .map { description(of: $0, parser.requestID) }
        }
        return told + ["body \(body)"]
    } catch {
        return ["\(error)"]
    }
}

private func description(of event: RequestParser.Event, _ id: UInt16) -> String {
    switch event {
    case .aborted: return "aborted"
    case .reply(let bytes): return "reply \(bytes)"
    case .refused(let bytes): return "refused \(bytes)"
    case .end: return "end"
    case .variables(let environment):
        let request = Request(environment: environment, body: RequestBody())
        // What a handler looks at first.
        _ = request.contentLength
        _ = request.waited(untilMilliseconds: 1_771_668_780_000)
        _ = request.bearerToken
        _ = request.heldTags?.match("\"a\"")
        return "request \(id) \(request.method) \(request.path) \(request.query) \(environment.headerSize)"
    }
}

extension Parser {
    private static func record(_ kind: UInt8, _ content: [UInt8], id: UInt8 = 1, padding: UInt8 = 0) -> [UInt8] {
        [1, kind, 0, id, UInt8(content.count >> 8), UInt8(content.count & 0xFF), padding, 0] + content
            + [UInt8](repeating: 0, count: Int(padding))
    }

    /// A seed has to be text, and these are: every byte is below 128.
    private static let wholeRequest: String = {
        func pair(_ name: String, _ value: String) -> [UInt8] {
            [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array(name.utf8) + Array(value.utf8)
        }
        let params =
            pair("REQUEST_METHOD", "GET") + pair("SCRIPT_NAME", "") + pair("REQUEST_URI", "/api/events?x=1")
            + pair("PATH_INFO", "/api/events") + pair("QUERY_STRING", "x=1") + pair("CONTENT_LENGTH", "0")
            + pair("HTTP_AUTHORIZATION", "Bearer abc") + pair("HTTP_IF_NONE_MATCH", "\"a\"")
        let bytes =
            record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(4, params, padding: 3) + record(4, []) + record(5, [])
        return String(decoding: bytes, as: UTF8.self)
    }()

    static let protocols = [
        Parser(
            name: "fastcgi",
            seeds: [
                wholeRequest, String(decoding: record(9, Array("\u{f}\0FCGI_MPXS_CONNS".utf8), id: 0), as: UTF8.self),
                String(decoding: record(1, [0, 1, 0, 0, 0, 0, 0, 0]) + record(2, []), as: UTF8.self),
            ],
            read: { bytes in
                let whole = events([bytes[...]])
                try promise(
                    events(bytes.map { [$0][...] }) == whole, "the same records, cut, say something else", of: bytes)
                let half = bytes.count / 2
                try promise(
                    events([bytes[..<half], bytes[half...]]) == whole, "the same records, halved, say something else",
                    of: bytes)
            }),
        Parser(
            name: "query",
            seeds: ["limit=10&service=a%20b", "a=&=b&&c", "since=%E2%82%AC+x"],
            read: { bytes in
                guard let text = bytes.text, let query = try? Query(text) else { return }
                _ = try? query.integer("limit", default: 1, in: 1...100)
                guard let sent = try? ResourceQuery.encode(query) else { return }
                try promise(
                    sent.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a query that would break a request", of: bytes)
                let again = (try? Query(sent)).flatMap { try? ResourceQuery.encode($0) }
                try promise(again == sent, "a query that is another one the second time", of: bytes)
            }),
        Parser(
            name: "resource-path",
            seeds: ["/pulls/17/files", "/contents/a%20b%2Dc", "/git/ref/heads%2f..", "/%252e%252e/x"],
            read: { bytes in
                guard let text = bytes.text else { return }
                for isEncoded in [true, false] {
                    guard let path = try? ResourcePath(text[...], isEncoded: isEncoded) else { continue }
                    let sent = ResourcePath.encode(path.segments)
                    try promise(
                        sent.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a path that would break a request", of: bytes)
                    try promise(
                        sent.utf8.first == UInt8(ascii: "/") && !sent.hasPrefix("//"), "a path to another host",
                        of: bytes)
                    for segment in sent.split(separator: "/").map(String.init) {
                        var decoded = segment
                        for _ in 0..<3 {
                            try promise(
                                decoded != "." && decoded != ".." && !decoded.contains("/") && !decoded.contains("\\"),
                                "a path that leads elsewhere", of: bytes)
                            decoded = PercentEncoding.decode(decoded) ?? decoded
                        }
                    }
                    let again = try? ResourcePath(sent[...], isEncoded: true)
                    // One that came decoded may be too long when it is encoded.
                    guard sent.utf8.count <= ResourcePath.limit else { continue }
                    try promise(
                        sent == "/" || again?.segments == path.segments, "a path that is another one the second time",
                        of: bytes)
                }
            }),
        Parser(
            name: "traceparent",
            seeds: ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            read: { bytes in
                guard let text = bytes.text, let parent = TraceParent(text) else { return }
                try promise(
                    TraceParent(parent.text) == parent, "a parent that is another one the second time", of: bytes)
            }),
        Parser(
            name: "address",
            seeds: ["127.0.0.1", "::ffff:10.0.0.1", "10.0.0.0/8", "fd00::/8"],
            read: { bytes in
                guard let text = bytes.text else { return }
                _ = IPAddress(text)?.isLoopback
                if let range = AddressRange(text), let address = IPAddress(String(text.prefix { $0 != "/" })) {
                    try promise(range.contains(address), "a range without its own address", of: bytes)
                }
            }),
        Parser(
            name: "entity-tags",
            seeds: [#""a", W/"b,c" , "d""#, "*"],
            read: { bytes in
                guard let text = bytes.text else { return }
                _ = EntityTags(list: text).match("\"b,c\"")
                // A tag that has no quotation mark in it is found in a list of itself.
                guard !text.contains("\"") else { return }
                try promise(
                    EntityTags(list: "\"x\", W/\"\(text)\"").match("\"\(text)\""), "a tag that is not itself", of: bytes
                )
            }),
        Parser(
            name: "store-url",
            seeds: ["redis://user:p%40ss@host:6379/3", "unix:///run/x.sock?db=1&password=a", "redis://[::1]:1/0"],
            read: { bytes in
                guard let text = bytes.text, let url = StoreURL(text) else { return }
                try promise(url.database >= 0, "a database below 0", of: bytes)
            }),
        Parser(
            name: "ring-entry",
            seeds: [
                #"{"id":1771668780000000,"time":"2026-02-21T10:13:00.000Z","level":"info","msg":"request"}"#,
                #"{"id":1,"time":"2026-02-21T10:13:00.000Z","type":"deploy","data":{}}"#,
            ],
            read: { bytes in
                guard let entry = RingEntry(bytes) else { return }
                try promise(
                    entry.id >= 0 && (entry.level == nil) != (entry.type == nil), "an entry of no ring", of: bytes)
            }),
    ]
}
