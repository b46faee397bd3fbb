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
