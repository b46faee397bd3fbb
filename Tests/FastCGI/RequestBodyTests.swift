import Glibc
import Testing

@testable import FastCGI

@Suite struct RequestBodyTests {
    @Test("A body is read to its announced length")
    func whole() throws {
        #expect(try RequestBody([1, 2, 3]).read(length: 3, limit: 3) == [1, 2, 3])
        #expect(try RequestBody([1, 2, 3]).read(length: 2, limit: 3) == [1, 2])
        #expect(try RequestBody().read(length: 0, limit: 0) == [])
    }

    @Test("A body above the limit is refused before it is read")
    func tooLarge() throws {
        let body = RequestBody([1, 2, 3])
        #expect(throws: RequestBody.Failure.tooLarge) { try body.read(length: 4, limit: 3) }
        #expect(try body.read(length: 3, limit: 3) == [1, 2, 3])
    }

    @Test("A body that ends early is incomplete")
    func incomplete() {
        #expect(throws: RequestBody.Failure.incomplete) { try RequestBody([1]).read(length: 2, limit: 9) }
        #expect(throws: RequestBody.Failure.incomplete) { try RequestBody().read(length: 1, limit: 9) }
    }

    @Test("A body from a descriptor comes in pieces, and what nobody wants can be discarded")
    func descriptor() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let bytes = [UInt8](repeating: 7, count: 50_000)
        #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        defer { close(ends[0]) }
        let body = RequestBody(.descriptor(ends[0]))
        #expect(try body.read(length: 20_000, limit: 50_000) == Array(bytes[..<20_000]))
        body.discard(limit: 1 << 20)
        var one: UInt8 = 0
        #expect(read(ends[0], &one, 1) == 0)
    }
}
