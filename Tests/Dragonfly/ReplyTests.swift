import Dragonfly
import Testing

@Suite struct ReplyTests {
    @Test(
        "A reply as text and as a number",
        arguments: [
            (.status("OK"), "OK", nil),
            (.integer(5), "5", 5),
            (.bytes(Array("12".utf8)), "12", 12),
            (.bytes(Array("x".utf8)), "x", nil),
            (.bytes([]), "", nil),
            (.null, nil, nil),
            (.error("ERR"), nil, nil),
            (.array([.integer(1)]), nil, nil),
        ] as [(Reply, String?, Int64?)])
    func scalars(reply: Reply, text: String?, number: Int64?) {
        #expect(reply.string == text)
        #expect(reply.integer == number)
    }

    @Test(
        "The time that a server tells is one that a clock shows, or none",
        arguments: [
            (["1771668780", "250000"], 1_771_668_780_250_000), (["0", "0"], 0),
            (["253402300799", "999999"], 253_402_300_799_999_999),
            (["253402300800", "0"], nil), (["9223372036854775807", "0"], nil), (["-1", "0"], nil),
            (["1771668780", "1000000"], nil), (["1771668780", "-1"], nil), (["1771668780"], nil), (["x", "0"], nil),
            ([], nil),
        ] as [([String], Int64?)])
    func time(parts: [String], microseconds: Int64?) {
        #expect(Reply.array(parts.map { .bytes(Array($0.utf8)) }).time == microseconds)
        #expect(Reply.error("NOPERM").time == nil)
    }

    @Test("An array of names and values is a dictionary; of anything else it is empty")
    func dictionary() {
        let pairs = Reply.array([.bytes([97]), .integer(1), .bytes([98]), .null])
        #expect(pairs.dictionary == ["a": .integer(1), "b": .null])
        #expect(Reply.array([]).dictionary.isEmpty)
        #expect(Reply.array([.bytes([97])]).dictionary.isEmpty)
        #expect(Reply.null.dictionary.isEmpty)
        #expect(Reply.null.array.isEmpty)
        #expect(Reply.status("OK").bytes == nil)
    }
}
