import TestSupport
import Testing

extension EndToEnd {
    /// Bodies and headers that are no deploy event, from broken to hostile: a clear 4xx, nothing stored, no worker lost.
    @Suite(.origin()) struct DeployBodyTests {
        let origin: Origin
        static let path = "/api/deploy/events"
        static let mebibyte = 1 << 20

        init() throws { origin = try .current }

        private func unharmed(_ body: () throws -> Void) throws {
            let before = (workers: origin.workers, total: try origin.storedTotal, length: try origin.ringLength)
            try body()
            #expect(try origin.storedTotal == before.total)
            #expect(try origin.ringLength == before.length)
            #expect(origin.workers == before.workers, "a worker died")
            #expect(try origin.get("/health").status == 200)
        }

        private func post(_ body: [UInt8], _ fields: [(String, String)] = [("Content-Type", "application/json")]) throws
            -> HTTPAnswer
        {
            try origin.http.request(
                "POST", Self.path, [("Authorization", "Bearer \(Origin.deployToken)")] + fields, body: body)
        }

        private func event(ofSize size: Int) -> [UInt8] {
            let event = Event().with("padding", "\"\"").json
            let padding = String(repeating: "x", count: size - event.utf8.count)
            return Array(event.replacing("\"padding\":\"\"", with: "\"padding\":\"\(padding)\"").utf8)
        }

        @Test func aBodyOfExactlyOneMebibyteIsTaken() throws {
            let body = event(ofSize: Self.mebibyte)
            #expect(body.count == Self.mebibyte)
            #expect(try post(body).status == 200)
        }

        @Test(arguments: [1 << 20 + 1, 5 << 20, 35 << 20]) func aLongerBodyIs413(_ size: Int) throws {
            try unharmed {
                let connection = try origin.http.connect()
                // The answer may come before everything is sent.
                try? connection.send(
                    "POST", Self.path,
                    [("Authorization", "Bearer \(Origin.deployToken)"), ("Content-Type", "application/json")],
                    body: event(ofSize: size))
                expectProblem(try connection.receive(to: "POST"), 413)
            }
        }

        @Test func justOverOneMebibyteIs413() throws {
            try unharmed { expectProblem(try post(event(ofSize: Self.mebibyte + 1)), 413) }
        }

        @Test func aChunkedBodyIs411() throws {
            try unharmed {
                let connection = try origin.http.connect()
                let body = Event().json
                try connection.send(
                    "POST", Self.path,
                    [
                        ("Authorization", "Bearer \(Origin.deployToken)"), ("Content-Type", "application/json"),
                        ("Transfer-Encoding", "chunked"),
                    ])
                try connection.send("\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
                expectProblem(try connection.receive(to: "POST"), 411)
            }
        }

        static let notObjects = [
            "", " ", "{", "}", "[]", "[{}]", "null", "true", "1", "\"text\"", "{\"sha\":}", "{\"sha\":\"3051037\"",
            "{} {}", "{}x", "{'sha':'3051037'}", "sha=3051037", "<xml/>", "\u{FEFF}{}x", "NaN", "{\"a\":NaN}",
            "{\"a\":\"\\ud800\"", "{\"a\" 1}", "{a:1}", "{,}", "{\"a\":1 \"b\":2}", "//\n{}",
        ]

        @Test(arguments: notObjects) func whatIsNoJSONObjectIs400(_ text: String) throws {
            try unharmed { expectProblem(try post(Array(text.utf8)), 400) }
        }

        /// What no rule looks at has to be JSON all the same.
        static let careless = ["01", "\"\n\"", "\"\\x\"", "\"\u{1}\"", "1.", "+1", "[1,]", "\"\\u12\""]

        @Test(arguments: careless) func brokenJSONInUnknownFieldsIs400(_ value: String) throws {
            try unharmed { expectProblem(try post(Array(Event().with("unknown", value).json.utf8)), 400) }
        }

        @Test func aCommaTooManyIs400() throws {
            try unharmed { expectProblem(try post(Array((Event().json.dropLast() + ",}").utf8)), 400) }
        }

        @Test func aMissingBodyIs400() throws {
            try unharmed { expectProblem(try post([]), 400) }
        }

        static let notUTF8: [[UInt8]] = [
            [0xFF], [0x80], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
        ]

        @Test(arguments: notUTF8) func whatIsNoUTF8Is400(_ bytes: [UInt8]) throws {
            try unharmed {
                let event = Array(Event().with("pr_title", "\"@\"").json.utf8)
                let parts = event.split(separator: UInt8(ascii: "@"), maxSplits: 1)
                expectProblem(try post(Array(parts[0]) + bytes + parts[1]), 400)
            }
        }

        @Test func utf16Is400() throws {
            try unharmed {
                let event = Event().json.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
                expectProblem(try post(event), 400)
                expectProblem(try post([0xFF, 0xFE] + event), 400)
            }
        }

        @Test(arguments: ["[", "{\"a\":"]) func deepNestingIsAClearRefusal(_ opening: String) throws {
            try unharmed {
                for depth in [600, 10_000, 150_000] {
                    let text = "{\"pr_title\":" + String(repeating: opening, count: depth)
                    let answer = try post(Array(text.utf8.prefix(Self.mebibyte)))
                    expectProblem(answer, 400, "\(depth) levels")
                }
            }
        }

        @Test func deepNestingThatIsWellFormedIsAClearRefusal() throws {
            try unharmed {
                for depth in [100, 511, 600, 10_000, 150_000] {
                    let nest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
                    let answer = try post(Array(Event().with("pr_title", nest).json.utf8))
                    #expect([400, 422].contains(answer.status), "\(depth) levels: \(answer.status)")
                    expectCommonForm(answer)
                }
            }
        }

        @Test(arguments: ["1e400", "-1e400", "1e-400", "123456789012345678901234567890", "0.1e1"])
        func strangeNumbersDoNoHarm(_ number: String) throws {
            let workers = origin.workers
            let answer = try post(Array(Event().with("duration_s", number).json.utf8))
            #expect([200, 400, 422].contains(answer.status), "\(answer.status)")
            expectCommonForm(answer)
            #expect(try origin.get("/api/deploy/status").status == 200)
            #expect(origin.workers == workers)
        }

        @Test(arguments: ["\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud800x\""])
        func loneSurrogatesDoNoHarm(_ title: String) throws {
            let workers = origin.workers
            let answer = try post(Array(Event().with("pr_title", title).json.utf8))
            #expect([200, 400, 422].contains(answer.status), "\(answer.status)")
            expectCommonForm(answer)
            expectCommonForm(try origin.get("/api/deploy/events"))
            #expect(origin.workers == workers)
        }

        @Test func halfABodyIs400() throws {
            try unharmed {
                let connection = try origin.http.connect()
                let body = Array(Event().json.utf8)
                try connection.send(
                    "POST", Self.path,
                    [
                        ("Authorization", "Bearer \(Origin.deployToken)"), ("Content-Type", "application/json"),
                        ("Content-Length", String(body.count)),
                    ], body: Array(body.prefix(body.count / 2)))
                connection.closeWriting()
                expectProblem(try connection.receive(to: "POST"), 400)
            }
        }

        @Test func halfABodyWithoutAFrontEndIs400() throws {
            try unharmed {
                let body = Array(Event().json.utf8)
                let answer = try origin.pool.fastCGI.request(
                    "POST", Self.path,
                    variables: [
                        "HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)", "CONTENT_TYPE": "application/json",
                        "CONTENT_LENGTH": String(body.count),
                    ], body: Array(body.prefix(body.count / 2)))
                #expect(answer.status == 400)
            }
        }

        @Test func aClientThatHangsUpWithinItsBodyDoesNoHarm() throws {
            try unharmed {
                for _ in 0..<20 {
                    let connection = try origin.http.connect()
                    try connection.send(
                        "POST", Self.path,
                        [("Authorization", "Bearer \(Origin.deployToken)"), ("Content-Length", "1000")],
                        body: Array("{\"sha\":".utf8))
                    connection.close()
                }
            }
        }

        @Test(arguments: [
            "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
            "application/jsonp", "json", "text/html; x=application/json",
        ])
        func anotherMediaTypeIs415(_ type: String) throws {
            try unharmed { expectProblem(try post(Array(Event().json.utf8), [("Content-Type", type)]), 415) }
        }

        @Test(arguments: [
            "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/json;x",
        ])
        func jsonIsTakenHoweverItIsCalled(_ type: String) throws {
            #expect(try post(Array(Event().json.utf8), [("Content-Type", type)]).status == 200)
        }

        /// Behind Caddy a body without a media type is one of a form.
        @Test func jsonIsTakenWithoutAMediaType() throws {
            let answer = try origin.pool.fastCGI.request(
                "POST", Self.path, variables: ["HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)"],
                body: Array(Event().json.utf8))
            #expect(answer.status == 200)
            expectProblem(try post(Array(Event().json.utf8), []), 415)
        }

        @Test func aHeaderOf70KilobytesIs431() throws {
            try unharmed {
                let long = String(repeating: "x", count: 70_000)
                expectProblem(try post(Array(Event().json.utf8), [("X-Long", long)]), 431)
                let many = (0..<700).map { ("X-Field-\($0)", String(repeating: "x", count: 90)) }
                expectProblem(try post(Array(Event().json.utf8), many), 431)
                expectProblem(try origin.get("/health", [("X-Long", long)]), 431)
                expectProblem(try origin.get("/health", [("Cookie", long)]), 431)
            }
        }

        @Test func aHeaderOf200KilobytesIsAClearRefusal() throws {
            try unharmed {
                let connection = try origin.http.connect()
                try? connection.send("GET", "/health", [("X-Long", String(repeating: "x", count: 200_000))])
                #expect(try connection.receive().status == 431)
            }
        }

        @Test func aHeaderOf20KilobytesIsTaken() throws {
            #expect(try origin.get("/health", [("X-Long", String(repeating: "x", count: 20_000))]).status == 200)
        }
    }
}
