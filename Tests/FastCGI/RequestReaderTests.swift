import Glibc
import TestSupport
import Testing

@testable import FastCGI

@Suite struct RequestReaderTests {
    /// A connection: what the front end says is written to `far`, and read from `near`.
    private final class Connection {
        let near: Int32
        let far: Int32
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RequestReader.bufferSize, alignment: 16)

        init() throws {
            var ends: [Int32] = [0, 0]
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
            (near, far) = (ends[0], ends[1])
        }

        deinit {
            close(near)
            close(far)
            buffer.deallocate()
        }

        var reader: RequestReader { RequestReader(near, buffer: buffer) }

        func send(_ bytes: [UInt8]) { #expect(write(far, bytes, bytes.count) == bytes.count) }

        func endSending() { shutdown(far, Int32(SHUT_WR)) }
    }

    private static func read(_ reader: RequestReader, _ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { $1 = reader.read(into: UnsafeMutableRawBufferPointer($0)) }
    }

    @Test("Variables, then the body, as much of it as is asked for, and then no more")
    func whole() throws {
        let connection = try Connection()
        let body = (0..<50_000).map { UInt8($0 % 251) }
        connection.send(FastCGIClient.records(["REQUEST_METHOD": "POST"], body: body))
        let reader = connection.reader
        #expect(reader.variables()?["REQUEST_METHOD"] == "POST")
        #expect(reader.requestID == 1)
        #expect(Self.read(reader, 10) == Array(body[..<10]))
        // The connection stays open: the end of the stream says that there is no more.
        #expect(Self.read(reader, 60_000) == Array(body[10...]))
        #expect(Self.read(reader, 1) == [])
        #expect(reader.complaint == nil)
    }

    @Test("A body that is cut off is what there was of it")
    func cut() throws {
        let connection = try Connection()
        connection.send(FastCGIClient.records(["REQUEST_METHOD": "POST"], body: [1, 2, 3]).dropLast(9))
        connection.endSending()
        let reader = connection.reader
        #expect(reader.variables() != nil)
        #expect(Self.read(reader, 3) == [1, 2])
    }

    @Test("Who hangs up, aborts, or sends something else has made no request")
    func none() throws {
        let begin: [UInt8] = [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        let abort: [UInt8] = [1, 2, 0, 1, 0, 0, 0, 0]
        for bytes in [[], begin, begin + abort, Array("GET / HTTP/1.1\r\n\r\n".utf8)] {
            let connection = try Connection()
            connection.send(bytes)
            connection.endSending()
            let reader = connection.reader
            #expect(reader.variables() == nil)
            #expect((reader.complaint != nil) == (bytes.first == UInt8(ascii: "G")))
        }
    }

    @Test("What the process is asked about itself is answered before the request is")
    func management() throws {
        let connection = try Connection()
        connection.send([1, 9, 0, 0, 0, 0, 0, 0] + FastCGIClient.records(["REQUEST_METHOD": "GET"], body: []))
        #expect(connection.reader.variables() != nil)
        var answer = [UInt8](repeating: 0, count: 100)
        #expect(Glibc.read(connection.far, &answer, 100) == 8)
        #expect(answer[1] == 10)
    }
}
