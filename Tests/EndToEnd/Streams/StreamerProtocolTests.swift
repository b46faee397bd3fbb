import TestSupport
import Testing

extension EndToEnd {
    /// The streamer's own FastCGI, where no front end is in between.
    @Suite(.origin()) struct StreamerProtocolTests {
        let origin: Origin

        init() throws { origin = try .current }

        private static func record(_ kind: UInt8, request: UInt8 = 1, _ content: [UInt8] = []) -> [UInt8] {
            WireRecord(kind: kind, id: UInt16(request), content: content).bytes
        }

        private static func request(_ path: String, number: UInt8 = 1) -> [UInt8] {
            let params =
                [14, 3] + Array("REQUEST_METHODGET".utf8) + [9, UInt8(path.utf8.count)]
                + Array("PATH_INFO\(path)".utf8)
            return record(1, request: number, [0, 1, 0, 0, 0, 0, 0, 0]) + record(4, request: number, params)
                + record(4, request: number) + record(5, request: number)
        }

        private func connect() throws -> Socket { try Socket(.unix(origin.pool.streamSocket), timeout: 60) }

        /// Everything up to the end of the connection, as records.
        private static func records(from socket: Socket) throws -> [(kind: UInt8, request: UInt8, content: [UInt8])] {
            var bytes: [UInt8] = []
            while case let more = try socket.receive(), !more.isEmpty { bytes += more }
            var found: [(kind: UInt8, request: UInt8, content: [UInt8])] = []
            while bytes.count >= 8 {
                let length = Int(bytes[4]) << 8 | Int(bytes[5])
                found.append((bytes[1], bytes[3], Array(bytes[8..<8 + length])))
                bytes.removeFirst(8 + length + Int(bytes[6]))
            }
            #expect(bytes.isEmpty)
            return found
        }

        @Test("The trace that the front end names is gone on with if it is one")
        func trace() throws {
            let streamer = FastCGIClient(.unix(origin.pool.streamSocket))
            func trace(_ named: String) throws -> String? {
                try streamer.request("GET", "/health", variables: ["CHIMNEY_TRACE": named])["X-Trace-ID"]
            }
            let valid = "4bf92f3577b34da6a3ce929d0e0e4736"
            #expect(try trace(valid) == valid)
            for invalid in [
                "", "x", String(valid.dropLast()), valid + "0", valid.uppercased(), String(repeating: "0", count: 32),
                valid + "\r\nX-Other: 1",
            ] {
                let own = try #require(try trace(invalid))
                #expect(own.count == 32 && own != invalid && own.contains { $0 != "0" })
            }
        }

        @Test("A request of another number is answered under it", arguments: [1, 2, 200] as [UInt8])
        func number(number: UInt8) throws {
            let socket = try connect()
            try socket.send(Self.request("/health", number: number))
            let records = try Self.records(from: socket)
            #expect(records.map(\.kind) == [6, 6, 3])
            #expect(records.allSatisfy { $0.request == number })
            #expect(String(decoding: records[0].content, as: UTF8.self).hasSuffix(#"{"status":"healthy"}"#))
        }

        @Test("A stream that is aborted ends at once, in good order")
        func abort() throws {
            let socket = try connect()
            try socket.send(Self.request("/api/events"))
            #expect(try origin.keeps(1))
            try socket.send(Self.record(2))
            #expect(try Self.records(from: socket).last?.kind == 3)
            #expect(try origin.keeps(0))
        }

        @Test("A connection that asks for what there is gets its answer, and its stream as well")
        func values() throws {
            let socket = try connect()
            try socket.send(
                Self.record(9, request: 0, [15, 0] + Array("FCGI_MPXS_CONNS".utf8)) + Self.request("/api/events")
                    + Self.record(1, request: 2, [0, 1, 0, 0, 0, 0, 0, 0]) + Self.record(2))
            let records = try Self.records(from: socket)
            #expect(records.first?.kind == 10)
            #expect(records.contains { $0.kind == 3 && $0.request == 2 && $0.content[4] == 1 })
            #expect(records.last?.kind == 3)
        }

        @Test(
            "A request that does not arrive within ten seconds is hung up on; those that arrive are answered meanwhile")
        func half() throws {
            let sockets = try (0..<20).map { _ in try connect() }
            for socket in sockets { try socket.send(Self.request("/health").dropLast(4)) }
            #expect(try FastCGIClient(.unix(origin.pool.streamSocket)).request("GET", "/health").status == 200)
            for socket in sockets { #expect(try socket.receive().isEmpty) }
        }

        @Test("Who hangs up itself is gone at once")
        func hangUp() throws {
            let sockets = try (0..<20).map { _ in try connect() }
            for socket in sockets { try socket.send(Self.request("/api/events")) }
            #expect(try origin.keeps(20))
            for socket in sockets { socket.close() }
            #expect(try origin.keeps(0))
        }
    }
}
