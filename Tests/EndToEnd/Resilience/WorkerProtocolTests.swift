import TestSupport
import Testing

extension EndToEnd {
    /// A worker's own FastCGI, where no front end is in between.
    @Suite(.origin(workers: 2)) struct WorkerProtocolTests {
        let origin: Origin

        init() throws { origin = try .current }

        private func connect() throws -> Socket { try Socket(.unix(origin.pool.socket), timeout: 60) }

        private static func record(_ kind: UInt8, request: UInt8 = 1, _ content: [UInt8] = []) -> [UInt8] {
            WireRecord(kind: kind, id: UInt16(request), content: content).bytes
        }

        private static let begin = record(1, [0, 1, 0, 0, 0, 0, 0, 0])

        /// `REQUEST_METHOD=GET`, `PATH_INFO=/health`
        private static let params: [UInt8] =
            [14, 3] + Array("REQUEST_METHODGET".utf8) + [9, 7] + Array("PATH_INFO/health".utf8)

        private static func everything(from socket: Socket) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while case let more = try socket.receive(), !more.isEmpty { bytes += more }
            return bytes
        }

        @Test(
            "A name or value that is said to be longer than any memory ends its connection, and no worker",
            arguments: [[0xFF, 0xFF, 0xFF, 0xFF, 1], [1, 0xFF, 0xFF, 0xFF, 0xFF], [0xC0, 0, 0, 1, 0xC0, 0, 0, 1]]
                as [[UInt8]])
        func length(lengths: [UInt8]) throws {
            let workers = origin.workers
            for _ in 0..<4 {
                let socket = try connect()
                let content = lengths + Array("REQUEST_METHODGET".utf8)
                try socket.send(
                    Self.begin + Self.record(4, content) + Self.record(4) + Self.record(5))
                #expect(try Self.everything(from: socket).isEmpty)
            }
            #expect(try origin.get("/ready").status == 200)
            #expect(origin.workers == workers)
            #expect(try origin.samples["chimney_panics_total"] == 0)
            #expect(eventually { origin.pool.log.contains("variables that cannot be read") })
        }

        @Test("A request is answered under its number, with what it asked the process about itself before")
        func number() throws {
            let socket = try connect()
            try socket.send(
                Self.record(9, request: 0, [15, 0] + Array("FCGI_MPXS_CONNS".utf8))
                    + Self.record(1, request: 200, [0, 1, 0, 0, 0, 0, 0, 0]) + Self.record(5, request: 7, [1, 2])
                    + Self.record(4, request: 200, Self.params) + Self.record(4, request: 200)
                    + Self.record(5, request: 200))
            let answer = try Self.everything(from: socket)
            #expect(answer.prefix(2) == [1, 10])
            let rest = answer.dropFirst(8 + 18)
            #expect(rest.prefix(4) == [1, 6, 0, 200])
            #expect(rest.suffix(16).prefix(4) == [1, 3, 0, 200])
            #expect(String(decoding: rest, as: UTF8.self).contains(#"{"status":"healthy"}"#))
        }

        @Test("Another role than a responder's is refused, and an abort ends the request")
        func refusals() throws {
            let filter = try connect()
            // Whoever asks for one answer waits for the end of the connection (section 5.1).
            try filter.send(Self.record(1, [0, 3, 0, 0, 0, 0, 0, 0]))
            #expect(try Self.everything(from: filter) == Self.record(3, [0, 0, 0, 0, 3, 0, 0, 0]))
            let aborted = try connect()
            try aborted.send(Self.begin + Self.record(4, Self.params) + Self.record(2))
            #expect(try Self.everything(from: aborted).isEmpty)
        }

        @Test("Who asks the process about itself, and nothing else, is answered, and hung up on")
        func questions() throws {
            let workers = origin.workers
            let sockets = try (0..<4).map { _ in try connect() }
            for socket in sockets { try socket.send(Self.record(9, request: 0, [1, 0, 0x41])) }
            for socket in sockets { #expect(try Self.everything(from: socket) == Self.record(10, request: 0)) }
            #expect(origin.workers == workers)
        }

        @Test("A path with a zero byte is not that before it")
        func zeroByte() throws {
            let answer = try origin.pool.fastCGI.request("GET", "/health\0/api")
            #expect(answer.status == 404)
        }
    }
}
