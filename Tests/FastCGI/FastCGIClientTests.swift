import Testing

@testable import FastCGI

@Suite("A tool asks a pool") struct FastCGIClientTests {
    private func status(_ records: [UInt8]) throws -> Int? { try FastCGIClient.answer(in: records)?.status }

    private func answer(_ text: String) -> [UInt8] { Record.answer(header: Array(text.utf8), body: [], request: 1) }

    @Test("The status is the one that the answer names, else 200")
    func statuses() throws {
        #expect(try status(answer("Status: 503 Service Unavailable\r\nA: b\r\n\r\n")) == 503)
        #expect(try status(answer("A: b\r\nstatus:404\r\n\r\nStatus: 500\r\n")) == 404)
        #expect(try status(answer("A: b\r\n\r\n")) == 200)
    }

    @Test("The body is what follows the header")
    func bodies() throws {
        let records = Record.answer(header: Array("A: b\r\n\r\n".utf8), body: Array("a\r\n\r\nb".utf8), request: 1)
        #expect(try FastCGIClient.answer(in: records)?.body == Array("a\r\n\r\nb".utf8))
    }

    @Test("Of an answer that has not come whole nothing is known")
    func parts() throws {
        let whole = answer("Status: 204 No Content\r\n\r\n")
        for end in 0..<whole.count - 8 { #expect(try status(Array(whole[..<end])) == nil) }
        #expect(try status(whole) == 204)
    }

    @Test(
        "What is no FastCGI is told from it",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR unknown command\r\n"])
    func others(_ text: String) {
        #expect(throws: FastCGIClient.Failure.broken) { try status(Array(text.utf8)) }
    }

    @Test("An answer without a header is none")
    func headless() {
        #expect(throws: FastCGIClient.Failure.broken) { try status(answer("Status: 200 OK\r\n")) }
    }

    @Test("A socket that is not there")
    func absent() {
        #expect(throws: FastCGIClient.Failure.connect(2)) {
            try FastCGIClient(.unix(path: "/nonexistent/socket")).answer(to: "/health")
        }
    }
}
