import FastCGI
import HTTPTypes
import Testing

@Suite struct EnvironmentTests {
    private let environment = Environment([
        "REQUEST_METHOD": "GET", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "2", "HTTP_ACCEPT": "*/*",
        "HTTP_X_REQUEST_ID": "abc", "HTTP_X_REQUEST_ID_OLD": "old", "HTTP_EMPTY": "", "HTTP_ODD": "a=b=c",
        "HTTP_ZOE": "Zoë",
    ])

    @Test("A variable is found by its whole name")
    func variables() {
        #expect(environment["REQUEST_METHOD"] == "GET")
        #expect(environment["REQUEST"] == nil)
        #expect(environment["REQUEST_METHOD_"] == nil)
        #expect(environment["HTTP_EMPTY"] == "")
        #expect(environment["HTTP_ODD"] == "a=b=c")
    }

    @Test(
        "A header is found whatever the case of its name",
        arguments: [
            ("Accept", "*/*"), ("X-Request-ID", "abc"), ("x-request-id", "abc"), ("X-REQUEST-ID", "abc"),
            ("Zoe", "Zoë"),
            ("Content-Type", "application/json"), ("Content-Length", "2"), ("Empty", ""), ("X-Request", nil),
            ("X-Request-ID-O", nil), ("Request-Method", nil), ("Host", nil),
        ] as [(String, String?)])
    func headers(name: String, expected: String?) throws {
        let name = try #require(HTTPField.Name(name))
        #expect(environment[name] == expected)
    }

    @Test("Header sizes count names and values of headers alone")
    func sizes() {
        let environment = Environment(["HTTP_A": "xx", "HTTP_BC": "y", "CONTENT_TYPE": "zzzz"])
        #expect(environment.headerSize == "A=xx".count + "BC=y".count)
        #expect(Environment([:]).headerSize == 0)
    }

    @Test("Bytes that are not UTF-8 are replaced")
    func brokenText() {
        let text: [CChar] = Array("HTTP_X=a".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        var entry = text
        entry.withUnsafeMutableBufferPointer { buffer in
            var entries: [UnsafeMutablePointer<CChar>?] = [buffer.baseAddress, nil]
            entries.withUnsafeMutableBufferPointer {
                #expect(Environment(borrowing: $0.baseAddress!)["HTTP_X"] == "a\u{FFFD}")
            }
        }
    }
}
