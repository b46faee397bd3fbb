import TestSupport

/// Bytes that look more or less like requests, each made of its number alone.
struct HTTPInput: Sendable, CustomStringConvertible {
    /// What the client does once it has sent them.
    enum Ending: Sendable {
        /// Says that nothing more comes once something came, or nothing did for a moment, and reads to the end.
        case read
        /// Says so at once.
        case closeWriting
        case hangUp
    }

    /// What all random numbers begin with.
    static let seed: UInt64 = 20_260_222

    let number: Int
    let bytes: [UInt8]
    let ending: Ending

    var description: String {
        let shown = String(decoding: bytes.prefix(1000), as: UTF8.self).debugDescription
        return "input \(number) of seed \(Self.seed), then \(ending): \(shown)"
    }

    /// The input of a number.
    init(_ number: Int) {
        var random = SplitMix(state: Self.seed &+ UInt64(number) &* 0x9E37_79B9)
        self.number = number
        var bytes = Self.requests.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) { Self.change(&bytes, &random) }
        self.bytes = bytes
        ending =
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<3: .hangUp
            case 3 where Int.random(in: 0..<10, using: &random) == 0: .closeWriting
            default: .read
            }
    }

    private static func change(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: bytes.indices, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: bytes.indices, using: &random))
        case 4, 5: bytes.replaceSubrange(place..<place, with: pieces.randomElement(using: &random) ?? [])
        case 6 where Int.random(in: 0..<4, using: &random) == 0: bytes.removeSubrange(place...)
        case 7:
            let other = requests.randomElement(using: &random) ?? []
            bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
        default: bytes.insert(contentsOf: requests.randomElement(using: &random) ?? [], at: place)
        }
    }

    private static let pieces: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\0", " ", "\t", ":", ",", ";", "/", "//", "..", "%00", "%2e", "%2f", "%0d%0a", "?",
            "#",
            "\r\n\r\n", "Content-Length: 0\r\n", "Content-Length: 100\r\n", "Content-Length: -1\r\n", "HTTP/1.0",
            "HTTP/2.0",
            "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "5\r\nhello\r\n", "Connection: close\r\n",
            "Upgrade: h2c\r\n",
            "Connection: keep-alive, Upgrade\r\n", "Expect: 100-continue\r\n", "Host: a\r\n", "*", "http://x/",
            "PRI * HTTP/2.0",
            "X-Chimney-Hold: 0123456789abcdef\r\n", "Last-Event-ID: -1\r\n", "If-None-Match: *\r\n",
            "Accept-Encoding: gzip\r\n",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [UInt8](repeating: 0x61, count: 20_000)]

    private static let requests: [[UInt8]] = [
        "GET /api/version HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: fire\r\n\r\n",
        "GET /api/deploy/events?limit=3&service=a%20b HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n",
        "GET /api/github/pulls?state=open HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"a\", W/\"b\"\r\n\r\n",
        "HEAD /api/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: 17\r\n\r\n",
        "HEAD /deploy/0123456789abcdef/log HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
        "OPTIONS /v1/deployments HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a.example\r\n\r\n",
        HTTPShape.post(
            "{\"sha\":\"none\"}", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"),
        "POST /v1/deployments/claim HTTP/1.1\r\nHost: localhost\r\nX-Organisation: nobody\r\nContent-Length: 2\r\n\r\n{}",
        "PATCH /v1/deployments/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ].map { Array($0.utf8) }
}
