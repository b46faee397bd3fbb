import Essentials
import Testing

/// What `JSONWriter` writes, as text.
private func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
}

@Suite struct JSONWriterTests {
    @Test(
        "A string is quoted, and what JSON forbids in one is escaped",
        arguments: [
            ("", #""""#),
            ("plain", #""plain""#),
            (#"a"b"#, #""a\"b""#),
            (#"a\b"#, #""a\\b""#),
            ("a/b", #""a/b""#),
            ("\n\r\t", #""\n\r\t""#),
            ("\u{0}\u{1}\u{8}\u{c}\u{1b}\u{1f}", #""\u0000\u0001\u0008\u000c\u001b\u001f""#),
            ("\u{7f}\u{80}\u{85}\u{9b}\u{9f}", #""\u007f\u0080\u0085\u009b\u009f""#),
            ("\u{2028}a\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}", #""\u2028a\u2029\u202a\u202e\u2066\u2069""#),
            ("\u{61c}\u{200e}\u{200f}", #""\u061c\u200e\u200f""#),
            // Their neighbours, and what has the same bytes in other places.
            ("~\u{a0}\u{61b}\u{61d}\u{200d}\u{2010}", "\"~\u{a0}\u{61b}\u{61d}\u{200d}\u{2010}\""),
            ("\u{2027}\u{202f}\u{2065}\u{206a}\u{2080}", "\"\u{2027}\u{202f}\u{2065}\u{206a}\u{2080}\""),
            ("\u{fe28}\u{1f8aa}\u{28a8}", "\"\u{fe28}\u{1f8aa}\u{28a8}\""),
            ("Zoë 🚢 e\u{301}", "\"Zoë 🚢 e\u{301}\""),
            ("\r\n", #""\r\n""#),
            ("\"\"", #""\"\"""#),
        ])
    func strings(value: String, expected: String) {
        #expect(text { $0.string(value) } == expected)
    }

    @Test(
        "A number has its shortest form, and is null where JSON has no word for it",
        arguments: [
            (0, "0"), (47, "47"), (-1, "-1"), (47.0, "47"), (47.5, "47.5"), (91.7, "91.7"), (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"), (8_999_999_999_999_999, "8999999999999999"),
            (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
        ] as [(Double, String)])
    func numbers(value: Double, expected: String) {
        #expect(text { $0.number(value) } == expected)
    }

    @Test(
        "Very large and very small numbers are JSON's, and the same when read again",
        arguments: [
            1e16, 1e300, -1e22, 1e-7, .leastNonzeroMagnitude, 1.797_693_134_862_315_7e308, 1.234_567_890_123_456_8e20,
        ])
    func extremeNumbers(value: Double) throws {
        let written = text { $0.number(value) }
        #expect(Double(written) == value)
        #expect(written.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil)
    }

    @Test(
        "An integer keeps all its digits", arguments: [0, 9, 10, 99, 100, -1, -10, Int64.max, Int64.min])
    func integers(value: Int64) {
        #expect(text { $0.integer(value) } == "\(value)")
    }

    @Test("Members are in the order in which they are given, without spaces")
    func members() {
        let object = JSONWriter.object { json in
            json.member("z", "last")
            json.member("a", 1)
            json.member("m", 1.5)
            json.member("t", true)
            json.member("f", false)
        }
        #expect(String(decoding: object, as: UTF8.self) == #"{"z":"last","a":1,"m":1.5,"t":true,"f":false}"#)
    }

    @Test("What is nil is null")
    func absentMembers() {
        let object = JSONWriter.object { json in
            json.member("s", String?.none)
            json.member("i", Int?.none)
            json.member("d", Double?.none)
            json.member("b", Bool?.none)
            json.key("n")
            json.null()
        }
        #expect(String(decoding: object, as: UTF8.self) == #"{"s":null,"i":null,"d":null,"b":null,"n":null}"#)
    }

    @Test("A name that is known only at run time is escaped")
    func runTimeKey() {
        let object = JSONWriter.object { json in
            json.key(#"a"b"#)
            json.integer(1)
            json.key("c")
            json.integer(2)
        }
        #expect(String(decoding: object, as: UTF8.self) == #"{"a\"b":1,"c":2}"#)
    }

    @Test("Empty containers, and containers in containers, have their commas where they belong")
    func nesting() {
        let written = text { json in
            json.object { outer in
                outer.key("empty")
                outer.object { _ in }
                outer.key("list")
                outer.array { list in
                    list.array { _ in }
                    list.object { $0.member("a", 1) }
                    list.string("x")
                    list.raw(Array("[1,2]".utf8))
                    list.bool(true)
                }
                outer.member("end", 2)
            }
        }
        #expect(written == #"{"empty":{},"list":[[],{"a":1},"x",[1,2],true],"end":2}"#)
    }

    @Test("Depth has no limit but memory")
    func depth() {
        func nest(_ json: inout JSONWriter, _ level: Int) {
            json.array { if level > 0 { nest(&$0, level - 1) } }
        }
        let written = text { nest(&$0, 500) }
        #expect(written == String(repeating: "[", count: 501) + String(repeating: "]", count: 501))
    }
}
