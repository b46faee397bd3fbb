import Essentials
import TestSupport
import Testing

@testable import Web

@Suite struct RingTests {
    /// A ring of lines with these ids and ranks, oldest first.
    private static func entries(_ lines: [(id: Int, rank: Int)]) -> [Ring.Entry] {
        lines.map { Ring.Entry(id: $0.id, rank: $0.rank, line: Array("line \($0.id)".utf8)) }
    }

    private static func position(_ after: Int?, _ rank: Int, fresh: Int = 100) -> Position {
        Position(after: after, rank: rank, fresh: fresh)
    }

    /// The types and ids of events, as text.
    private static func summary(_ events: [UInt8]) -> [String] {
        String(decoding: events, as: UTF8.self).split(separator: "\n").compactMap { line in
            if line.hasPrefix("event: ") { return String(line.dropFirst(7)) }
            return line.hasPrefix("id: ") ? String(line.dropFirst(4)) : nil
        }
    }

    private static let five = entries([(10, 0), (20, 1), (30, 0), (40, 1), (50, 0)])

    @Test(
        "Who has an id gets what follows it, and is told where that may not be all",
        arguments: [
            (10, ["20", "30", "40", "50", "50"]), (20, ["30", "40", "50", "50"]), (25, ["30", "40", "50", "50"]),
            (50, ["50"]), (9, ["gap", "10", "20", "30", "40", "50", "50"]),
            (51, ["gap", "10", "20", "30", "40", "50", "50"]), (0, ["gap", "10", "20", "30", "40", "50", "50"]),
        ] as [(Int, [String])])
    func resumption(after: Int, expected: [String]) {
        #expect(Self.summary(Self.position(after, 0).replay(of: Self.five)) == expected)
    }

    @Test("A replay ends with the newest id, which is no event")
    func position() {
        let events = Self.position(40, 1).replay(of: Self.five)
        #expect(String(decoding: events, as: UTF8.self) == "id: 50\n\n")
    }

    @Test("Ranks below the one that is asked for are left out")
    func ranks() {
        #expect(
            Self.summary(Self.position(10, 1).replay(of: Self.five)) == ["20", "40", "50"])
        #expect(
            Self.summary(Self.position(nil, 1).replay(of: Self.five)) == ["20", "40", "50"])
        #expect(Self.summary(Self.position(40, 1).replay(of: Self.five)) == ["50"])
        #expect(Self.summary(Self.position(nil, 2).replay(of: Self.five)) == ["50"])
    }

    @Test("An empty ring is a gap for who has an id, and nothing for who begins")
    func empty() {
        #expect(Self.summary(Self.position(5, 0).replay(of: [Ring.Entry]())) == ["gap"])
        #expect(Self.position(0, 0).replay(of: [Ring.Entry]()).isEmpty)
        #expect(Self.position(nil, 0).replay(of: [Ring.Entry]()).isEmpty)
    }

    @Test("Who begins gets the newest 100 that it wants, in their order")
    func beginning() {
        let many = Self.entries((1...500).map { ($0, $0 % 2) })
        #expect(
            Self.summary(Self.position(nil, 0).replay(of: many))
                == ((401...500) + [500]).map(String.init))
        let odd = Self.summary(Self.position(nil, 1).replay(of: many))
        #expect(odd == (Array(stride(from: 301, through: 499, by: 2)) + [500]).map(String.init))
        #expect(Self.summary(Self.position(nil, 0, fresh: 3).replay(of: many)) == ["498", "499", "500", "500"])
        #expect(Self.summary(Self.position(nil, 0, fresh: 501).replay(of: many)).count == 501)
    }
}

@Suite struct ServerSentEventsTests {
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("An event has the fields that it needs, and an empty line ends it")
    func fields() {
        let data = Array(#"{"a":1}"#.utf8)
        #expect(
            Self.text(ServerSentEvents.event(id: 7, type: "deploy", data: data))
                == "id: 7\nevent: deploy\ndata: {\"a\":1}\n\n")
        #expect(Self.text(ServerSentEvents.event(id: nil, type: nil, data: data)) == "data: {\"a\":1}\n\n")
    }

    @Test("Nothing in it can pass for another field")
    func injection() {
        let event = Self.text(ServerSentEvents.event(id: 1, type: "a\nid: 9", data: Array("x\r\n\nevent: y\n".utf8)))
        #expect(event == "id: 1\ndata: x   event: y \n\n")
    }

    @Test("What the stream says of itself has the shape of an event, and no id")
    func notices() throws {
        let gap = Self.text(ServerSentEvents.gap(after: 5))
        #expect(gap.hasPrefix("event: gap\ndata: {\"id\":null,\"time\":\""))
        let data = try JSON(parsing: #require(gap.split(separator: "\n").last).dropFirst(6).utf8)
        #expect(data.type == "gap")
        #expect(data.data?.after == 5)
        #expect(Self.text(ServerSentEvents.notice("bye", position: 8)).hasPrefix("id: 8\nevent: bye\n"))
    }
}
