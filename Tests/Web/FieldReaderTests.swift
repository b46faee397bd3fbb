import Testing

@testable import Web

/// One field of a body, whatever it is.
private struct One: FieldReadable {
    let value: FieldReader.Value

    init(reading fields: inout FieldReader) { value = fields.value("f", limit: 3) }
}

/// A body whose every field breaks a rule.
private struct Wrong: FieldReadable {
    init(reading fields: inout FieldReader) {
        fields.reject("b", "second")
        fields.reject("a", "first")
    }
}

private func value(_ json: String) throws -> FieldReader.Value {
    try FieldReader.read(One.self, from: Array(json.utf8)).value
}

@Suite struct FieldReaderTests {
    @Test(
        "The value of a field",
        arguments: [
            (#"{}"#, .missing), (#"{"f":null}"#, .missing), (#"{"g":1}"#, .missing), (#"{"F":1}"#, .missing),
            (#"{"f":""}"#, .string("")), (#"{"f":"x"}"#, .string("x")), (#"{"f":"\u00e9\ud83d\udea2"}"#, .string("é🚢")),
            (#"{"f":"1"}"#, .string("1")), (#"{"f":0}"#, .number(0)), (#"{"f":-1.5}"#, .number(-1.5)),
            (#"{"f":1e3}"#, .number(1000)), (#"{"f":9007199254740991}"#, .number(9_007_199_254_740_991)),
            (#"{"f":true}"#, .bool(true)), (#"{"f":false}"#, .bool(false)), (#"{"f":[]}"#, .strings([])),
            (#"{"f":["a","b","c"]}"#, .strings(["a", "b", "c"])), (#"{"f":["a","b","c","d"]}"#, .other),
            (#"{"f":[1]}"#, .other), (#"{"f":["a",null]}"#, .other), (#"{"f":[["a"]]}"#, .other),
            (#"{"f":{}}"#, .other),
            (#"{"f":{"f":1}}"#, .other), (" {\n\t\"f\" : 1 }\r\n", .number(1)), (#"{"\u0066":1}"#, .number(1)),
        ] as [(String, FieldReader.Value)])
    func values(json: String, expected: FieldReader.Value) throws {
        #expect(try value(json) == expected)
    }

    @Test(
        "A number that has no room is no number, and no crash",
        arguments: [
            "1e999", "-1e999", "1e-999", String(repeating: "9", count: 400), "0.\(String(repeating: "1", count: 2000))",
        ])
    func extremes(number: String) throws {
        switch try? value(#"{"f":\#(number)}"#) {
        case nil, .other: break
        case .number(let value): #expect(value.isFinite)
        case let other: Issue.record("\(String(describing: other))")
        }
    }

    @Test("Of a name that is given twice one value counts")
    func duplicates() throws {
        let read = try value(#"{"f":1,"f":2}"#)
        #expect([.number(1), .number(2)].contains(read))
        #expect(try value(#"{"f":null,"f":"x"}"#) != .other)
    }

    @Test(
        "What is no JSON object is 400",
        arguments: [
            "", " ", "null", "1", "true", #""text""#, "[]", #"[{"f":1}]"#, "{", "}", #"{"f"}"#, #"{"f":}"#, #"{"f":1"#,
            #"{"f":1}x"#, #"{"f":1}{"f":2}"#, #"{'f':1}"#, #"{f:1}"#, #"{"f":+1}"#, #"{"f":.5}"#,
            #"{"f":NaN}"#, #"{"f":Infinity}"#,
            "// c\n{}", "{}\u{0}", "\u{FEFF}", "<xml/>",
        ])
    func noObject(json: String) {
        #expect { try value(json) } throws: { ($0 as? Problem)?.status == .badRequest }
    }

    @Test(
        "What is JSON and no object is told so",
        arguments: ["null", " null\n", "1", "true", #""text""#, "[]", #"[{"f":1}]"#])
    func otherValue(json: String) {
        #expect {
            try value(json)
        } throws: {
            ($0 as? Problem)?.detail == "Send a JSON object as the body."
        }
    }

    @Test(
        "What is almost JSON is 400, in fields that nobody reads too",
        arguments: [#"1,"#, "01", #""\x""#, #""\ud800""#, "\"a\nb\"", "\"a\u{0}\""])
    func almostJSON(text: String) {
        for name in ["f", "other"] {
            #expect { try value("{\"\(name)\":\(text)}") } throws: { ($0 as? Problem)?.status == .badRequest }
        }
    }

    @Test(
        "Bytes that are not UTF-8 are 400",
        arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
    func brokenText(bytes: [UInt8]) {
        let body = Array(#"{"f":""#.utf8) + bytes + Array(#""}"#.utf8)
        #expect { try FieldReader.read(One.self, from: body) } throws: { ($0 as? Problem)?.status == .badRequest }
    }

    @Test("Other encodings than UTF-8 are 400, even where their bytes are UTF-8 as well")
    func otherEncodings() {
        let text = #"{"f":1}"#
        let encodings: [[UInt8]] = [
            text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
            text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] },
            text.unicodeScalars.flatMap { [UInt8($0.value & 255), 0, 0, 0] },
        ]
        for bytes in encodings {
            #expect { try FieldReader.read(One.self, from: bytes) } throws: { ($0 as? Problem)?.status == .badRequest }
        }
    }

    @Test(
        "Depth bombs are answered, not fallen into",
        arguments: [("[", "]"), (#"{"f":"#, "}"), (#"[{"f":"#, "}]")])
    func depth(opening: String, closing: String) {
        for depth in [10, 500, 520, 100_000] {
            let bomb =
                #"{"f":"# + String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
                + "}"
            switch Result(catching: { try value(bomb) }) {
            case .success(let value): #expect(value == .other)
            case .failure(let error): #expect((error as? Problem)?.status == .badRequest)
            }
            let open = #"{"f":"# + String(repeating: opening, count: depth)
            #expect { try value(open) } throws: { ($0 as? Problem)?.status == .badRequest }
        }
    }

    @Test("A megabyte of fields or of elements is read")
    func wide() throws {
        let names = (0..<60_000).map { #""n\#($0)":\#($0)"# }.joined(separator: ",")
        #expect(try value("{\(names),\"f\":1}") == .number(1))
        let list = [String](repeating: "1", count: 400_000).joined(separator: ",")
        #expect(try value("{\"f\":[\(list)]}") == .other)
    }

    @Test("All fields that break a rule are named, as 422")
    func invalid() {
        #expect { try FieldReader.read(Wrong.self, from: Array("{}".utf8)) } throws: { error in
            guard let problem = error as? Problem else { return false }
            return problem.status.code == 422
                && problem.errors == [.init(field: "b", message: "second"), .init(field: "a", message: "first")]
        }
    }
}
