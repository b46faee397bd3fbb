import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Many streams, streams that are cut off, and streams that nobody reads. How quick they are is the benchmark's to tell.
    @Suite struct StreamLoadTests {
        @Test("Each of 2,000 streams has each of 100 lines once and in order, and no worker is held")
        func manyStreams() async throws {
            try await withOrigin(workers: 4, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let streams = try (0..<2000).map { _ in try origin.stream("/api/logs/stream?level=error") }
                #expect(streams.read(within: 60) { streams.allSatisfy { $0.head != nil } })
                #expect(streams.allSatisfy { $0.head?.status == 200 })
                #expect(try origin.keeps(2000))
                let status = origin.pool.status
                #expect(status.count == 4)
                #expect(status.count { $0.state?.text == "handling" } == 1, "the one that tells: \(origin.pool.states)")

                // Two lines each: what the handler threw, and the request.
                let marks = (0..<50).map { "line-\($0)" }
                var events = [[StreamEvent]](repeating: [], count: streams.count)
                func haveAll(_ count: Int) -> Bool {
                    for (index, stream) in streams.enumerated() {
                        events[index] += stream.take().filter { !$0.isNotice }
                    }
                    return events.allSatisfy { $0.count >= count }
                }
                for (index, mark) in marks.enumerated() {
                    _ = try origin.get("/debug/fail", [("X-Request-ID", mark)])
                    if index % 10 == 9 { #expect(streams.read(within: 60) { haveAll((index + 1) * 2) }) }
                }
                let first = events[0]
                #expect(first.count == 100)
                let ids = first.compactMap { $0.id.flatMap { Int($0) } }
                #expect(ids == ids.sorted())
                #expect(Set(ids).count == 100)
                #expect(Set(first.compactMap(\.json.request_id?.text)) == Set(marks))
                #expect(events.count { $0 != first } == 0, "all have the same")
            }
        }

        @Test("A client that is cut off 20 times during 5,000 lines, and resumes by id, has each line once")
        func cutOff() async throws {
            try await withOrigin(workers: 4) { origin throws in
                let total = 5000
                let state = Progress()
                let writer = Background { () throws in
                    let client = FastCGIClient(.unix(origin.pool.socket))
                    for number in 0..<total {
                        // The ring holds 1,000 lines: the reader must not fall behind by more.
                        guard state.allows(number, ahead: 500) else { return }
                        _ = try client.request("GET", "/health", variables: ["HTTP_X_REQUEST_ID": "n-\(number)"])
                    }
                }
                var cuts = Set((0..<20).map { _ in Int.random(in: 1..<total) })
                while cuts.count < 20 { cuts.insert(Int.random(in: 1..<total)) }
                var got: [String] = []
                var gaps = 0
                var stream = try origin.stream("/api/logs/stream")
                while got.count < total, let event = stream.next(within: 60) {
                    if event.type == "gap" { gaps += 1 }
                    guard let id = event.json.request_id?.text, id.hasPrefix("n-") else { continue }
                    got.append(id)
                    state.note(got.count)
                    guard cuts.remove(got.count) != nil else { continue }
                    // What has arrived and was not looked at is lost with the connection.
                    stream.close()
                    stream = try origin.stream("/api/logs/stream", after: event.id)
                }
                state.stop()
                try writer.value()
                #expect(cuts.isEmpty)
                #expect(gaps == 0)
                #expect(got.count == total)
                #expect(Set(got) == Set((0..<total).map { "n-\($0)" }))
            }
        }

        @Test("A reader that never reads is cut off, and delays nobody")
        func deafReader() async throws {
            try await withOrigin { origin throws in
                let deaf = try origin.stream("/api/events", receiveBuffer: 4096)
                let stream = try origin.stream("/api/events")
                _ = try #require(stream.head())
                #expect(try origin.keeps(2))
                var number = 0
                var isCut = false
                // 40 MB at most: Caddy's and the kernel's buffers, and the streamer's own, are full long before.
                while !isCut, number < 2000 {
                    // Less at a time than makes the other one fall behind too.
                    let next = number + 1..<number + 11
                    try origin.putEvents(next, size: 20_000)
                    number += 10
                    let got = stream.events { $0.number == number }.compactMap(\.number)
                    #expect(got == Array(next), "the one that reads has all of it")
                    isCut = try origin.streamer.clients?.integer == 1
                }
                #expect(isCut)
                // It notices when it has read what was on the way, and gets the rest.
                #expect(deaf.ends())
                let last = try #require(deaf.take().last?.id.flatMap { Int($0) })
                let resumed = try origin.stream("/api/events", after: String(last))
                let rest = resumed.events { $0.number == number }.map(\.number)
                #expect(rest.last == number)
                #expect(rest == Array(last + 1...number) || rest.first == nil, "\(last): \(rest.prefix(3))")
            }
        }

        @Test("Streams that nobody reads share what waits for them, wherever each of them begins")
        func unread() async throws {
            try await withOrigin { origin throws in
                try origin.putEvents(1...500, size: 1000)
                func memory() throws -> Int { try origin.streamer.private_memory_bytes?.integer ?? 0 }
                let count = 300
                let before = try memory()
                let sockets = try (1...count).map { id in
                    let socket = try Socket(.unix(origin.pool.streamSocket), timeout: 60)
                    try socket.send(
                        FastCGIClient.records(
                            [
                                "REQUEST_METHOD": "GET", "PATH_INFO": "/api/events",
                                "QUERY_STRING": "last_event_id=\(id)",
                            ], body: []))
                    return socket
                }
                #expect(try origin.keeps(count))
                // All of them have been sent what there is once the last of them has it.
                let last = try #require(sockets.last)
                var got: [UInt8] = []
                let end = Array("id: 500\n\n".utf8)
                #expect(
                    try eventually(within: 60) {
                        got += try last.receive()
                        return got.suffix(3000).firstRange(of: end) != nil
                    })
                let text = String(decoding: got, as: UTF8.self)
                let ids = text.components(separatedBy: "id: ").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }
                #expect(ids == Array(count + 1...500) + [500])
                #expect(try memory() - before < count * 40_000)
                for socket in sockets { socket.close() }
            }
        }

        /// How far a reader is, for a writer that must not run away from it.
        private final class Progress: @unchecked Sendable {
            private let lock = NSLock()
            private var count = 0
            private var isStopped = false

            func note(_ count: Int) { lock.withLock { self.count = count } }

            func stop() { lock.withLock { isStopped = true } }

            /// Waits until the reader is near enough; false if it has stopped.
            func allows(_ number: Int, ahead: Int) -> Bool {
                _ = eventually(within: 30, every: 1) { lock.withLock { isStopped || number - count < ahead } }
                return lock.withLock { !isStopped && number - count < ahead }
            }
        }
    }
}
