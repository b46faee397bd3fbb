import Testing

@testable import FastCGI

@Suite struct RecordTests {
    /// The content of records of one kind, with the request that they are for.
    private static func contents(of records: [UInt8]) -> [(kind: UInt8, request: Int, content: [UInt8])] {
        var found: [(kind: UInt8, request: Int, content: [UInt8])] = []
        var at = 0
        while at + 8 <= records.count {
            let length = Int(records[at + 4]) << 8 | Int(records[at + 5])
            #expect(records[at] == 1)
            found.append(
                (
                    records[at + 1], Int(records[at + 2]) << 8 | Int(records[at + 3]),
                    Array(records[at + 8..<at + 8 + length])
                ))
            at += 8 + length + Int(records[at + 6])
        }
        #expect(at == records.count)
        return found
    }

    @Test("Content is cut into as many records as it takes", arguments: [0, 1, 65_535, 65_536, 200_000])
    func stdout(count: Int) {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let records = Self.contents(of: Record.stdout(content, request: 1))
        #expect(records.allSatisfy { $0.kind == 6 && $0.request == 1 && !$0.content.isEmpty })
        #expect(records.flatMap(\.content) == content)
        #expect(records.count == (count + 65_534) / 65_535)
        #expect(Chunk(content).content == content)
    }

    @Test(
        "Header and body of an answer share a record where they fit into one",
        arguments: [(0, 1), (8192, 1), (65_495, 1), (65_496, 2), (200_000, 4)])
    func answer(count: Int, expected: Int) {
        let header = [UInt8](repeating: 1, count: 40)
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let records = Self.contents(of: Record.answer(header: header, body: body, request: 7))
        #expect(records.map(\.kind) == [UInt8](repeating: 6, count: expected + 1) + [3])
        #expect(records.allSatisfy { $0.request == 7 })
        #expect(records.dropLast().flatMap(\.content) == header + body)
    }

    @Test("An answer ends with the end of its stream and of the request")
    func end() {
        let records = Self.contents(of: Record.end(request: 300))
        #expect(records.map(\.kind) == [6, 3])
        #expect(records.map(\.request) == [300, 300])
        #expect(records[0].content.isEmpty)
        #expect(records[1].content == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("Records can be sent for another request, and nothing else of them changes", arguments: [1, 2, 256, 65_535])
    func readdressed(request: UInt16) {
        let content = [UInt8](repeating: 7, count: 100_000)
        let records = Record.readdressed(Record.stdout(content, request: 1) + Record.end(request: 1), to: request)
        let found = Self.contents(of: records)
        #expect(found.allSatisfy { $0.request == Int(request) })
        #expect(found.flatMap(\.content) == content + [UInt8](repeating: 0, count: 8))
    }

    @Test("The last part of an answer goes with its end")
    func last() {
        let records = Self.contents(of: Chunk.last([1, 2]).records)
        #expect(records.map(\.kind) == [6, 6, 3])
        #expect(records.map(\.content) == [[1, 2], [], [UInt8](repeating: 0, count: 8)])
    }

    @Test("A chunk is shared by all clients whose request has the usual number")
    func chunk() {
        let chunk = Chunk([1, 2, 3])
        #expect(chunk.addressed(to: 1) === chunk)
        #expect(chunk.addressed(to: 2) !== chunk)
        #expect(chunk.addressed(to: 2).records == Record.stdout([1, 2, 3], request: 2))
    }
}

@Suite struct BacklogTests {
    @Test(
        "Bytes come in their order, however few are taken at a time and however long the chunks are",
        arguments: [(1, 1), (3, 1), (7, 1), (1000, 1), (1_000_000, 1), (999, 1000), (100_000, 1000), (1_000_000, 9000)])
    func order(piece: Int, size: Int) {
        var backlog = Backlog()
        var expected: [UInt8] = []
        for number in 0..<200 {
            let chunk = Chunk([UInt8](repeating: UInt8(number), count: number % 13 * size))
            expected += chunk.records
            backlog.append(chunk)
        }
        #expect(backlog.count == expected.count)
        var got: [UInt8] = []
        while !backlog.isEmpty {
            let taken = backlog.offer { bytes in
                let count = min(piece, bytes.count)
                got += bytes[..<count]
                return count
            }
            #expect(taken > 0)
            #expect(backlog.count == expected.count - got.count)
        }
        #expect(got == expected)
    }

    @Test("Many small chunks are offered together")
    func together() {
        var backlog = Backlog()
        for number in 0..<1000 { backlog.append(Chunk([UInt8](repeating: UInt8(number & 255), count: 500))) }
        var offers = 0
        while !backlog.isEmpty {
            offers += 1
            _ = backlog.offer { $0.count }
        }
        #expect(offers < 20)
    }

    @Test("What is not taken stays")
    func refused() {
        var backlog = Backlog()
        backlog.append(Chunk([1, 2]))
        let count = backlog.count
        #expect(backlog.offer { _ in -1 } == -1)
        #expect(backlog.count == count)
        #expect(backlog.offer { $0.count } == count)
        #expect(backlog.isEmpty)
        backlog.append(Chunk([]))
        #expect(backlog.isEmpty)
    }
}
