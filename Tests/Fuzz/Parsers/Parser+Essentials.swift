import Essentials

extension Parser {
    static let essentials = [
        Parser(
            name: "json",
            seeds: [
                #"{"a":[1,-2.5e+3,"\u00e9\ud83d\ude00\n",true,null],"b":{"c":""}}"#, #"[[[[]]]]"#,
                "12345678901234567890", "\"\"",
            ],
            read: { bytes in
                // Whoever hands over bytes has seen to it that they are text.
                guard bytes.text != nil, JSONReader.firstFault(in: bytes) == nil else { return }
                let padded = [UInt8(ascii: " ")] + bytes + [UInt8(ascii: "\n")]
                try promise(
                    JSONReader.firstFault(in: padded) == nil, "JSON was refused with white space around it", of: bytes)
                let doubled = bytes + [UInt8(ascii: ",")] + bytes
                try promise(JSONReader.firstFault(in: doubled) != nil, "two values were accepted as one", of: bytes)
            }),
        Parser(
            name: "json-string",
            seeds: [#""plain""#, #""\"\\\/\b\f\n\r\t""#, #""\ud834\udd1e\u0000""#],
            read: { bytes in
                var reader = JSONReader(bytes)
                guard let text = try? reader.string(), (try? reader.end()) != nil else { return }
                let written = JSONWriter.object { $0.member("text", text) }
                var again = JSONReader(written)
                var found: String?
                try? again.object { (reader, _) throws(JSONReader.Fault) in found = try reader.string() }
                try promise(
                    found.map { $0.utf8.elementsEqual(text.utf8) } == true, "a string was written as another", of: bytes
                )
            }),
        Parser(
            name: "percent-encoding",
            seeds: ["%2Fa%20b", "a+b", "%", "%e2%82%ac", "%00"],
            read: { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let encoded = PercentEncoding.encode(text)
                try promise(
                    PercentEncoding.decode(encoded).map { $0.utf8.elementsEqual(text.utf8) } == true,
                    "what was encoded is decoded as something else", of: bytes)
                try promise(
                    encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "something is left unencoded", of: bytes)
                _ = PercentEncoding.decode(text)
                _ = PercentEncoding.decode(text, plusIsSpace: true)
            }),
        Parser(
            name: "timestamp",
            seeds: ["2026-02-21T10:13:00Z", "2024-02-29T23:59:59.999+14:00", "0001-01-01t00:00:00.1z"],
            read: { bytes in
                guard let text = bytes.text, let time = Timestamp(rfc3339: text) else { return }
                var written: [UInt8] = []
                time.write(to: &written, fraction: true)
                try promise(
                    written.text.flatMap { Timestamp(rfc3339: $0) } == time, "a time was written as another", of: bytes)
            }),
        Parser(
            name: "environment-file",
            seeds: ["# comment\nNAME=value\nA=\"b c\"\n;x\n\tB = 'd'\r\n"],
            read: { bytes in
                for name in EnvironmentFile.variables(in: String(decoding: bytes, as: UTF8.self)).keys {
                    try promise(!name.contains("=") && !name.contains("\n"), "a name with a separator in it", of: bytes)
                }
            }),
        Parser(
            name: "endpoint",
            seeds: ["http://localhost:4318", "https://[::1]:443/v1/x", "http://a.b-c/"],
            read: { bytes in
                guard let text = bytes.text, let endpoint = Endpoint(text) else { return }
                try promise(endpoint.url == text, "an endpoint became another", of: bytes)
                try promise(
                    !text.contains("@") && !text.contains("\n"), "an endpoint with a login or a line end", of: bytes)
            }),
    ]
}
