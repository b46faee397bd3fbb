/// What a store may say that is no answer, or not to what it was asked.
public enum Rubbish: String, Sendable, CaseIterable {
    /// Bytes of any kind.
    case noise
    /// The beginning of the reply, and no more.
    case truncated
    /// The reply without some bytes after its first line. One that is a line is left as it is: without some of them it would be
    /// another that might be right.
    case gap
    /// A string whose length nobody has room for, and that goes on and on.
    case hugeString
    /// A list of more members than there can be.
    case hugeList
    /// A list in a list in a list, and so on.
    case nested
    /// A line that never ends.
    case endless
    /// A line that seems to end, and goes on.
    case almostEnded
    /// The reply, a byte at a time, each of them soon enough for somebody who waits for the next one.
    case drip
    /// A reply of another type; in the place of an error, which any type might follow as well, that error.
    case otherType
    /// The reply, and one more in front of it.
    case oneTooMany
    /// An error that nobody has heard of.
    case unknownError

    /// A part of what is said.
    struct Piece {
        var delay = 0.0
        let bytes: [UInt8]
    }

    /// What is said in the place of a reply, piece by piece; some of it never ends.
    func pieces(inPlaceOf reply: [UInt8], _ random: inout SplitMix) -> AnySequence<Piece> {
        func some(_ bytes: [UInt8]) -> AnySequence<Piece> { AnySequence([Piece(bytes: bytes)]) }
        func some(_ text: String) -> AnySequence<Piece> { some(Array(text.utf8)) }
        func forever(after head: String) -> AnySequence<Piece> {
            let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
            return AnySequence(sequence(first: Piece(bytes: Array(head.utf8))) { _ in Piece(bytes: filler) })
        }
        switch self {
        case .noise:
            return some(
                (0..<Int.random(in: 1...2000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        case .truncated: return some(Array(reply[..<Int.random(in: 0..<reply.count, using: &random)]))
        case .gap:
            let rest = (reply.firstIndex(of: UInt8(ascii: "\n")) ?? reply.count) + 1
            guard rest < reply.count else { return some(reply) }
            let begin = Int.random(in: rest..<reply.count, using: &random)
            let end = Int.random(in: (begin + 1)...reply.count, using: &random)
            return some(Array(reply[..<begin] + reply[end...]))
        case .hugeString: return forever(after: "$999999999999\r\n")
        case .hugeList: return some("*2147483647\r\n$1\r\nx\r\n")
        case .nested: return some(String(repeating: "*1\r\n", count: 10_000))
        case .endless: return forever(after: "+")
        case .almostEnded: return forever(after: "+\r")
        case .drip: return AnySequence(reply.lazy.map { Piece(delay: 0.1, bytes: [$0]) })
        case .otherType:
            guard reply.first != UInt8(ascii: "-") else { return some(reply) }
            let others = ["+OK\r\n", ":42\r\n", "$5\r\nhello\r\n", "*2\r\n:1\r\n$-1\r\n", "*0\r\n", "$-1\r\n"]
            return some(others.filter { $0.utf8.first != reply.first }.randomElement(using: &random) ?? "")
        case .oneTooMany:
            let others = ["+OK\r\n", ":1\r\n", "$2\r\nno\r\n", "*0\r\n"]
            return some(Array((others.randomElement(using: &random) ?? "").utf8) + reply)
        case .unknownError: return some("-GONE with the wind\r\n")
        }
    }
}
