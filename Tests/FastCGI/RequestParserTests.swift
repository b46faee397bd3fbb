import TestSupport
import Testing

@testable import FastCGI

@Suite struct RequestParserTests {
    private static let variables = [
        "REQUEST_METHOD": "GET", "PATH_INFO": "/api/events", "QUERY_STRING": "a=b=c", "EMPTY": "",
        "LONG": String(repeating: "x", count: 70_000), String(repeating: "N", count: 200): "long name",
    ]

    /// What a parser makes of bytes that arrive in pieces.
    private static func events(_ pieces: [ArraySlice<UInt8>]) throws -> [RequestParser.Event] {
        var parser = RequestParser()
        var events: [RequestParser.Event] = []
        for piece in pieces {
            events += try piece.withUnsafeBytes { try parser.consume($0) { _ in } }
        }
        return events
    }

    private static func requests(_ events: [RequestParser.Event]) -> [Environment] {
        var request: Environment?
        var whole: [Environment] = []
        for event in events {
            if case .variables(let environment) = event { request = environment }
            if case .end = event { whole += request.map { [$0] } ?? [] }
        }
        return whole
    }

    private static func replies(_ events: [RequestParser.Event]) -> [[UInt8]] {
        events.compactMap { event in
            switch event {
            case .reply(let bytes), .refused(let bytes): bytes
            case .variables, .end, .aborted: nil
            }
        }
    }

    private static func record(_ kind: UInt8, request: UInt8 = 1, _ content: [UInt8], padding: UInt8 = 0) -> [UInt8] {
        [1, kind, 0, request, UInt8(content.count >> 8), UInt8(content.count & 255), padding, 0] + content
            + [UInt8](repeating: 0xEE, count: Int(padding))
    }

    private static func begin(request: UInt8 = 1, role: UInt8 = 1) -> [UInt8] {
        record(1, request: request, [0, role, 0, 0, 0, 0, 0, 0])
    }

    /// `REQUEST_METHOD=GET`
    private static let params: [UInt8] = [14, 3] + Array("REQUEST_METHODGET".utf8)

    @Test("A request is the same in one piece, in single bytes, and cut anywhere")
    func pieces() throws {
        let bytes = FastCGIClient.records(Self.variables, body: [UInt8](repeating: 9, count: 100_000))
        var cuts = [[bytes[...]], bytes.indices.map { bytes[$0...$0] }]
        for _ in 0..<20 {
            let ends = (0..<10).map { _ in Int.random(in: 0...bytes.count) }.sorted() + [bytes.count]
            cuts.append(zip([0] + ends, ends).map { bytes[$0..<$1] })
        }
        for cut in cuts {
            let requests = Self.requests(try Self.events(cut))
            #expect(requests.count == 1)
            let environment = try #require(requests.first)
            #expect(environment["REQUEST_METHOD"] == "GET")
            #expect(environment["QUERY_STRING"] == "a=b=c")
            #expect(environment["EMPTY"] == "")
            #expect(environment["LONG"]?.utf8.count == 70_000)
            #expect(environment["ABSENT"] == nil)
        }
    }

    @Test("Padding is left out")
    func padding() throws {
        let bytes =
            Self.record(1, [0, 1, 0, 0, 0, 0, 0, 0], padding: 255) + Self.record(4, Self.params, padding: 5)
            + Self.record(4, [], padding: 8) + Self.record(5, [], padding: 1)
        #expect(Self.requests(try Self.events([bytes[...]])).first?["REQUEST_METHOD"] == "GET")
    }

    @Test("The request keeps its number, and records of others are left out")
    func numbers() throws {
        var parser = RequestParser()
        let bytes =
            Self.record(4, request: 3, [1, 2, 3]) + Self.begin(request: 7) + Self.record(4, request: 8, [255])
            + Self.record(4, request: 7, Self.params) + Self.record(5, request: 8, [1])
            + Self.record(4, request: 7, []) + Self.record(5, request: 7, []) + Self.record(2, request: 8, [])
        let events = try bytes.withUnsafeBytes { try parser.consume($0) { _ in } }
        #expect(parser.requestID == 7)
        #expect(events.count == 2)
        #expect(Self.requests(events).first?["REQUEST_METHOD"] == "GET")
    }

    @Test("An abort is told, before the request is whole and after")
    func abort() throws {
        func isAborted(_ events: [RequestParser.Event]) -> Bool {
            if case .aborted? = events.last { true } else { false }
        }
        let whole = Self.begin() + Self.record(4, Self.params) + Self.record(4, []) + Self.record(5, [])
        #expect(isAborted(try Self.events([(Self.begin() + Self.record(2, []))[...]])))
        #expect(isAborted(try Self.events([(whole + Self.record(2, []))[...]])))
        #expect(try Self.events([Self.record(2, [])[...]]).isEmpty)
    }

    @Test("What the process is asked about itself is answered (section 4)")
    func management() throws {
        let question = Self.record(9, request: 0, [15, 0] + Array("FCGI_MPXS_CONNS".utf8))
        let answer = Self.replies(try Self.events([question[...]]))
        #expect(answer == [Self.record(10, request: 0, [15, 1] + Array("FCGI_MPXS_CONNS0".utf8))])
        let other = Self.replies(try Self.events([Self.record(9, request: 0, [1, 0, 0x41])[...]]))
        #expect(other == [Self.record(10, request: 0, [])])
        let unknown = Self.replies(try Self.events([Self.record(42, request: 0, [1, 2])[...]]))
        #expect(unknown == [Self.record(11, request: 0, [42, 0, 0, 0, 0, 0, 0, 0])])
    }

    @Test("A second request on the connection, and another role than a responder's, are refused")
    func refusals() throws {
        let second = Self.replies(try Self.events([(Self.begin() + Self.begin(request: 2))[...]]))
        #expect(second == [Self.record(3, request: 2, [0, 0, 0, 0, 1, 0, 0, 0])])
        let filter = Self.replies(try Self.events([Self.begin(role: 3)[...]]))
        #expect(filter == [Self.record(3, [0, 0, 0, 0, 3, 0, 0, 0])])
    }

    @Test("Nothing that the front end passes on is too much, and more than that is not kept")
    func bound() throws {
        let fields = (0..<100_000).reduce(into: [String: String]()) { $0["HTTP_F\($1)"] = "" }
        let bytes = FastCGIClient.records(fields, body: [])
        #expect(bytes.count > 1 << 20)
        #expect(try Self.requests(Self.events([bytes[...]])).first?["HTTP_F99999"] == "")
        var parser = RequestParser(paramsLimit: 256 << 10)
        #expect(throws: RequestParser.Malformed.self) {
            try bytes.withUnsafeBytes { _ = try parser.consume($0) { _ in } }
        }
    }

    @Test(
        "What is no FastCGI ends the connection",
        arguments: [
            Array("GET / HTTP/1.1\r\n\r\n".utf8), [2] + [UInt8](repeating: 0, count: 7), [1, 1, 0, 1, 0, 7, 0, 0],
            [1, 1, 0, 0, 0, 8, 0, 0], [1, 9, 0, 0, 4, 1, 0, 0], begin() + record(5, [1]), begin() + begin(),
            begin() + record(4, params) + record(4, []) + begin(),
        ])
    func malformed(bytes: [UInt8]) {
        #expect(throws: RequestParser.Malformed.self) { try Self.events([bytes[...]]) }
    }

    @Test(
        "Variables that cannot be read end the connection",
        arguments: [
            [1], [5, 1, 0x41], [1, 0x80, 0, 0], [1, 0xFF, 0xFF, 0xFF, 0xFF, 0x41],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x41], [0, 1, 0x41], [1, 1, 0x3D, 0x41], [1, 1, 0, 0x41],
        ] as [[UInt8]])
    func brokenParams(content: [UInt8]) {
        let bytes = Self.begin() + Self.record(4, content) + Self.record(4, []) + Self.record(5, [])
        #expect(throws: RequestParser.Malformed.self) { try Self.events([bytes[...]]) }
    }

    @Test("A value with a zero byte is not taken for its beginning")
    func zeroByte() throws {
        let content = [9, 9] + Array("PATH_INFO/health".utf8) + [0, 0x41]
        let bytes = Self.begin() + Self.record(4, content) + Self.record(4, []) + Self.record(5, [])
        let environment = try #require(Self.requests(try Self.events([bytes[...]])).first)
        #expect(environment["PATH_INFO"] == "/health\u{FFFD}A")
    }

    @Test("The body comes in its order, whatever pieces it was sent in")
    func body() throws {
        let body = (0..<200_000).map { UInt8($0 % 251) }
        let bytes = FastCGIClient.records(Self.variables, body: body)
        for size in [1000, 65_000, bytes.count] {
            var parser = RequestParser()
            var received: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { piece in
                    _ = try parser.consume(piece) { received.append(contentsOf: $0) }
                }
            }
            #expect(received == body)
        }
    }

    @Test("Variables do not grow for ever")
    func bounds() throws {
        var parser = RequestParser()
        let filler = Self.record(4, [UInt8](repeating: 1, count: 60_000))
        try Self.begin().withUnsafeBytes { _ = try parser.consume($0) { _ in } }
        #expect(throws: RequestParser.Malformed.self) {
            for _ in 0..<80 { try filler.withUnsafeBytes { _ = try parser.consume($0) { _ in } } }
        }
    }

    @Test("Whatever is sent, nothing traps, and no more than one request comes of it")
    func mutations() {
        let whole = FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/"], body: [1, 2, 3])
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = whole + (Bool.random() ? whole : [])
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                switch Int.random(in: 0...3, using: &generator) {
                case 0: bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[Int.random(in: 0..<bytes.count)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                case 2: bytes.remove(at: Int.random(in: 0..<bytes.count))
                default: bytes.insert(UInt8.random(in: 0...255), at: Int.random(in: 0...bytes.count))
                }
            }
            let cut = Int.random(in: 0...bytes.count)
            guard let events = try? Self.events([bytes[..<cut], bytes[cut...]]) else { continue }
            #expect(Self.requests(events).count <= 1)
        }
    }
}
