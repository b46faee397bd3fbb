import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Outcomes with large bodies: who does not take them costs others nothing.
    @Suite struct LargeOutcomeTests {
        private static let size = 9 << 20

        /// A client that waits for the outcome of a name at the streamer, and reads only when it is told to.
        private struct Waiting {
            private let socket: Socket

            /// - Parameter id: what its worker has handed over.
            init(_ origin: Origin, _ id: String) throws {
                socket = try Socket(.unix(origin.pool.streamSocket), timeout: 60)
                let variables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/hold/\(id)", "CHIMNEY_HOLD": id]
                try socket.send(FastCGIClient.records(variables, body: []))
            }

            /// Waits until its answer begins; false if the connection ends before.
            func begins() throws -> Bool { try !socket.receive().isEmpty }

            /// Reads to the end of the connection; returns how many bytes that were.
            func rest() throws -> Int {
                var count = 0
                while case let more = try socket.receive(), !more.isEmpty { count += more.count }
                return count
            }
        }

        private static func finish(_ name: String, _ origin: Origin) throws {
            let path = "/debug/hold/finish?name=\(name)&size=\(size)"
            #expect(try origin.http.post(path, "").status == 200)
        }

        private static func memory(_ origin: Origin) throws -> Int {
            try #require(try origin.streamer.private_memory_bytes?.integer)
        }

        @Test("300 clients that do not read share one body of 9 MiB, those that come late as well")
        func shared() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let id = try origin.handover(for: "large")
                let before = try Self.memory(origin)
                let early = try (0..<200).map { _ in try Waiting(origin, id) }
                #expect(try origin.keeps(200))
                try Self.finish("large", origin)
                #expect(try early.allSatisfy { try $0.begins() })
                let late = try (0..<100).map { _ in try Waiting(origin, id) }
                #expect(try late.allSatisfy { try $0.begins() })
                // The one body, and what reading it has left behind.
                let growth = try Self.memory(origin) - before
                #expect(growth < 60 << 20, "\(growth >> 20) MiB")
                #expect(try early[7].rest() > Self.size - (1 << 20))
                #expect(try late[7].rest() > Self.size - (1 << 20))
            }
        }

        @Test(
            "Of many bodies that nobody takes those go that have been there for longest, and nobody else waits for that"
        )
        func several() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let before = try Self.memory(origin)
                let names = (0..<20).map { "large-\($0)" }
                let clients = try names.map { try Waiting(origin, try origin.handover(for: $0)) }
                let small = try Waiting(origin, try origin.handover(for: "small"))
                #expect(try origin.keeps(names.count + 1))
                // There is room for some of them, and until those have had their time for nothing as large.
                for name in names { try Self.finish(name, origin) }
                #expect(try origin.http.post("/debug/hold/finish?name=small", "").status == 200)
                #expect(try small.begins())
                #expect(try clients.allSatisfy { try $0.begins() })
                #expect(try origin.keeps(0))
                let growth = try Self.memory(origin) - before
                #expect(growth < 160 << 20, "\(growth >> 20) MiB")
                let whole = try clients.filter { try $0.rest() > Self.size - (1 << 20) }
                #expect((1...7).contains(whole.count), "\(whole.count) had not to make room")
            }
        }

        @Test("A held HEAD is answered with the header alone, and its connection goes on")
        func head() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let head = try HTTPConnection(.port(origin.caddy.port), timeout: 60)
                try head.send("HEAD", "/debug/hold?name=h&ms=20000")
                let get = Background { try origin.get("/debug/hold?name=h&ms=20000") }
                #expect(try origin.keeps(2))
                let id = try origin.handover(for: "h")
                let finish = "/debug/hold/finish?name=h&size=100000"
                #expect(try origin.http.post(finish, "").status == 200)
                let whole = try get.value()
                let header = try head.receive(to: "HEAD")
                #expect(whole.status == 200 && header.status == 200)
                #expect(whole.body.count > 100_000)
                #expect(header.body.isEmpty)
                #expect(header["Content-Length"] == String(whole.body.count))
                expectCommonForm(header)
                try head.send("GET", "/health")
                #expect(try head.receive().text == #"{"status":"healthy"}"#)
                let answer = try FastCGIClient(.unix(origin.pool.streamSocket)).request(
                    "GET", "/hold/\(id)", variables: ["CHIMNEY_HOLD": id, "CHIMNEY_HOLD_METHOD": "HEAD"])
                #expect(answer.body.isEmpty)
                #expect(answer["Content-Length"] == String(whole.body.count))
            }
        }
    }
}
