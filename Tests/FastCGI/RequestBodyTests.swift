import Essentials
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

    @Test("A body from a descriptor comes in pieces; what nobody wants of it is discarded, and nothing behind it")
    func descriptor() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        // The other end stays open: nothing but the length says where the body ends.
        defer { for end in ends { close(end) } }
        let bytes = [UInt8](repeating: 7, count: 50_000) + [8]
        #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        let body = RequestBody(.descriptor(ends[0], announced: 50_000, deadline: .max))
        #expect(try body.read(length: 20_000, limit: 50_000) == Array(bytes[..<20_000]))
        body.discard()
        body.discard()
        #expect(throws: RequestBody.Failure.incomplete) { try body.read(length: 1, limit: 1) }
        var one: UInt8 = 0
        #expect(read(ends[0], &one, 1) == 1)
        #expect(one == 8)
    }

    @Test("A body from a descriptor that does not arrive in time is incomplete, and what is left of it is left")
    func late() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(write(ends[1], [7], 1) == 1)
        let body = RequestBody(
            .descriptor(ends[0], announced: 2, deadline: MonotonicClock.microseconds + 10_000))
        #expect(throws: RequestBody.Failure.incomplete) { try body.read(length: 2, limit: 2) }
        body.discard()
    }
}
