import Essentials
import Testing

/// A reader of a text.
private func reader(_ text: String) -> JSONReader { JSONReader(Array(text.utf8)) }

@Suite struct JSONReaderTests {
    @Test(
        "Numbers, as integers where they are written as such and have room",
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), ("42", .integer(42)), ("-42", .integer(-42)),
            ("999999999999999999", .integer(999_999_999_999_999_999)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .real(9_223_372_036_854_775_808)),
            ("1.5", .real(1.5)), ("-0.001", .real(-0.001)), ("12.345", .real(12.345)), ("1e3", .real(1000)),
            ("1E-2", .real(0.01)), ("2.50e+1", .real(25)), ("0.1234567890123", .real(0.1234567890123)),
            ("0.12345678901234567890123", .real(0.12345678901234568)),
            ("1.7976931348623157e308", .real(.greatestFiniteMagnitude)),
            ("1e999", .real(.infinity)), ("9007199254740993.0", .real(9_007_199_254_740_992)),
        ] as [(String, JSONReader.Number)])
    func numbers(text: String, expected: JSONReader.Number) throws {
        var json = reader(text)
        #expect(try json.number() == expected)
        try json.end()
    }

    @Test("Every number of a thousand random ones is the nearest to its text")
    func nearest() throws {
        for _ in 0..<1000 {
            let text = "\(Int.random(in: 0...999_999)).\(Int.random(in: 0...999_999_999))"
            var json = reader(text)
            #expect(try json.number().double == Double(text))
        }
    }

    @Test(
        "Strings with escapes",
        arguments: [
            (#""""#, ""), (#""plain""#, "plain"), (#""ü🚢""#, "ü🚢"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""a\u00fcb\ud83d\udea2c""#, "aüb🚢c"), (#""\u0000""#, "\u{0}"), (#""\uFFFF""#, "\u{FFFF}"),
        ])
    func strings(text: String, expected: String) throws {
        var json = reader(text)
        #expect(try json.string() == expected)
        try json.end()
    }

    @Test("What is not UTF-8 in a string is replaced")
    func repair() throws {
        var json = JSONReader([0x22, 0x61, 0xFF, 0x62, 0x22])
        #expect(try json.string() == "a\u{FFFD}b")
    }

    @Test("An object, with values of all kinds and white space everywhere")
    func object() throws {
        var json = reader(" {\n\"a\" : [ 1 , {\"b\":null} , [] , {} ]\t, \"c\" : true , \"d\":false }\r\n")
        var seen: [String] = []
        try json.object { (json, name) throws(JSONReader.Fault) in
            switch try json.kind {
            case .bool: seen.append("\(name)=\(try json.bool())")
            default: seen.append("\(name)=\(try json.text())")
            }
        }
        try json.end()
        #expect(seen == ["a=[ 1 , {\"b\":null} , [] , {} ]", "c=true", "d=false"])
    }

    @Test("A value of another kind than asked for is a fault")
    func kinds() {
        for text in ["1", "\"x\"", "[1]", "{}", "true", "null"] {
            let faults = [
                { (json: inout JSONReader) throws -> Void in _ = try json.number() },
                { (json: inout JSONReader) throws -> Void in _ = try json.string() },
                { (json: inout JSONReader) throws -> Void in
                    try json.array { (json) throws(JSONReader.Fault) in try json.skip() }
                },
                { (json: inout JSONReader) throws -> Void in
                    try json.object { (json, _) throws(JSONReader.Fault) in try json.skip() }
                },
                { (json: inout JSONReader) throws -> Void in _ = try json.bool() },
                { (json: inout JSONReader) throws -> Void in try json.null() },
            ].count { read in
                var json = reader(text)
                do { try read(&json) } catch { return true }
                return false
            }
            #expect(faults == 5, "\(text)")
        }
    }

    @Test(
        "The first fault of a text",
        arguments: [
            ("{}", nil), ("[1,2]", nil), (" \"x\" ", nil), ("", 0), (" ", 1), ("01", 1), ("1,", 1), ("[1,]", 3),
            ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("{1:1}", 1), ("tru", 0), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2),
            ("-", 1), ("\"a", 2), ("\"\u{1}\"", 1), ("\"\\x\"", 2), ("\"\\ud800\"", 7), ("\"\\udc00\"", 7),
            ("\"\\u12g4\"", 5), ("[1 2]", 3), ("{} x", 3), ("[\u{B}]", 1), ("[\"\\ud800\\u0041\"]", 14),
        ] as [(String, Int?)])
    func faults(text: String, offset: Int?) {
        #expect(JSONReader.firstFault(in: Array(text.utf8)) == offset)
    }

    @Test("Nesting ends at its limit")
    func depth() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(JSONReader.firstFault(in: nested(JSONReader.depthLimit)) == nil)
        #expect(JSONReader.firstFault(in: nested(JSONReader.depthLimit + 1)) == JSONReader.depthLimit)
        #expect(JSONReader.firstFault(in: nested(100_000)) == JSONReader.depthLimit)
    }
}
