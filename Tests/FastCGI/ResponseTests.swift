import HTTPTypes
import Testing

@testable import FastCGI

private func text(_ response: Response, for method: HTTPRequest.Method = .get) -> String {
    String(decoding: response.serialised(for: method), as: UTF8.self)
}

@Suite struct ResponseTests {
    @Test("Status, fields in their order, length, body")
    func form() {
        var response = Response(status: .created, fields: [.location: "/a", .contentType: "text/plain"])
        response.body = Array("Zoë".utf8)
        #expect(
            text(response)
                == "Status: 201 Created\r\nLocation: /a\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nZoë")
    }

    @Test("HEAD has the header of its GET, the length included")
    func head() {
        let response = Response(status: .ok, body: Array("hello".utf8))
        #expect(text(response, for: .head) == "Status: 200 OK\r\nContent-Length: 5\r\n\r\n")
    }

    @Test("An empty body has a length of 0, where the status allows one")
    func empty() {
        #expect(text(Response(status: .ok)) == "Status: 200 OK\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("Statuses without a body", arguments: [204, 304])
    func bodyless(code: Int) {
        let response = Response(status: .init(code: code, reasonPhrase: "X"), body: [65])
        #expect(text(response) == "Status: \(code) X\r\n\r\n")
    }

    @Test("A field given twice is sent twice")
    func repeated() {
        var response = Response(status: .ok)
        let name = HTTPField.Name("Link")!
        response.fields.append(HTTPField(name: name, value: "a"))
        response.fields.append(HTTPField(name: name, value: "b"))
        #expect(text(response).contains("\r\nLink: a\r\nLink: b\r\n"))
    }

    @Test("No value of a field can begin another")
    func injection() {
        let response = Response(status: .ok, fields: [.location: "/a\r\nSet-Cookie: x=1\r\n\r\nbody"])
        #expect(!text(response).contains("\r\nSet-Cookie"))
    }
}
