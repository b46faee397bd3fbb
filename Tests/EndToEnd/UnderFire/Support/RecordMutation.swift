import TestSupport

/// A request with something wrong: a record, a variable, a length, or any of its bytes.
struct RecordMutation {
    /// What was done to it.
    private(set) var what = ""
    private let number: Int
    private var random: SplitMix

    init(number: Int, random: SplitMix) {
        self.number = number
        self.random = random
    }

    /// The bytes.
    mutating func bytes() -> [UInt8] {
        var records = RecordComposition.of(number, &random).records
        for _ in 0..<Int.random(in: 1...3, using: &random) { change(&records) }
        var bytes = records.bytes
        if Bool.random(using: &random) {
            for _ in 0..<Int.random(in: 1...4, using: &random) { change(&bytes) }
        }
        return Array(bytes.prefix(400_000))
    }

    // MARK: Records

    private mutating func change(_ records: inout [WireRecord]) {
        guard !records.isEmpty else { return }
        let place = Int.random(in: records.indices, using: &random)
        switch Int.random(in: 0..<14, using: &random) {
        case 0:
            note("another kind")
            records[place].kind =
                Bool.random(using: &random) ? .random(in: 0...12, using: &random) : .random(in: 0...255, using: &random)
        case 1:
            note("another version")
            records[place].version = [0, 2, 255].randomElement(using: &random) ?? 0
        case 2:
            note("another id")
            records[place].id = [0, 1, 2, 255, 256, .max].randomElement(using: &random) ?? 0
        case 3:
            note("a wrong length")
            let own = UInt16(truncatingIfNeeded: records[place].content.count)
            let lies: [UInt16] = [0, own &+ 1, own &- 1, own &+ 8, .max, .random(in: 0 ... .max, using: &random)]
            records[place].claimedLength = lies.randomElement(using: &random)
        case 4:
            note("wrong padding")
            records[place].claimedPadding = .random(in: 0...255, using: &random)
        case 5:
            note("a record less")
            records.remove(at: place)
        case 6:
            note("a record twice")
            records.insert(records[place], at: place)
        case 7:
            note("records in another order")
            records.swapAt(place, Int.random(in: records.indices, using: &random))
        case 8:
            note("another role")
            let role = [UInt16(0), 2, 3, 4, 257, .max].randomElement(using: &random) ?? 0
            records.insert(
                .begin(records[place].id, role: role, flags: 0xFF), at: Bool.random(using: &random) ? 0 : place)
        case 9:
            note("an abort")
            records.insert(WireRecord(kind: WireRecord.Kind.abort, id: records[place].id), at: place)
        case 10:
            note("a record of the other direction")
            let kinds = [WireRecord.Kind.end, WireRecord.Kind.stdout, 7, 10, 11]
            let kind = kinds.randomElement(using: &random) ?? WireRecord.Kind.end
            records.insert(WireRecord(kind: kind, id: records[place].id, content: [0, 0, 0, 0, 0, 0, 0, 0]), at: place)
        case 11: multiplex(&records)
        default: changeVariables(&records)
        }
    }

    /// Another request whose records alternate with those that are there.
    private mutating func multiplex(_ records: inout [WireRecord]) {
        note("two requests at once")
        var other = RecordComposition.of(number, &random).records
        let id = UInt16.random(in: 0...3, using: &random)
        for index in other.indices where other[index].id != 0 { other[index].id = id }
        var mixed: [WireRecord] = []
        while !records.isEmpty || !other.isEmpty {
            let isOther = records.isEmpty || (!other.isEmpty && Bool.random(using: &random))
            mixed.append(isOther ? other.removeFirst() : records.removeFirst())
        }
        records = mixed
    }

    /// Lengths that lie, names that are none, and values that nobody expects.
    private mutating func changeVariables(_ records: inout [WireRecord]) {
        note("a strange variable")
        let lengths = [0, 1, 127, 128, 255, 65_535, 65_536, 1 << 24, 1 << 30, (1 << 30) + 1, Int(Int32.max)]
        func length() -> Int { lengths.randomElement(using: &random) ?? 0 }
        var pair: [UInt8]
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            pair = WireRecord.length(length(), isWide: Bool.random(using: &random))
            pair += WireRecord.length(length(), isWide: Bool.random(using: &random)) + Array("NAME".utf8)
        case 1:
            let (name, value) = (min(length(), 65_536), min(length(), 65_536))
            pair = WireRecord.pair(
                [UInt8](repeating: 0x48, count: name), [UInt8](repeating: 0, count: value),
                isWide: Bool.random(using: &random))
        default:
            let (name, values) = Self.strange.randomElement(using: &random) ?? ("", [])
            let value = values.randomElement(using: &random) ?? []
            pair = WireRecord.pair(Array(name.utf8), value, isWide: Bool.random(using: &random))
        }
        guard let place = records.firstIndex(where: { $0.kind == WireRecord.Kind.params }) else { return }
        let isFirst = Bool.random(using: &random)
        let content = isFirst ? pair + records[place].content : records[place].content + pair
        records[place].content = Array(content.prefix(65_535))
    }

    private static let strange: [(String, [[UInt8]])] = [
        (
            "CONTENT_LENGTH",
            ["-1", "+1", "1", "99999", "26214400", "9223372036854775808", "1e3", " 2", "0x2", ""].map(bytes)
        ),
        ("REQUEST_METHOD", ["", "get", "GET ", "G\0T", "é", String(repeating: "M", count: 5000)].map(bytes)),
        (
            "PATH_INFO",
            ["", "/", "//", "/../..", "/api/%00", "/api/\r\nX: 1", String(repeating: "/a", count: 20_000)].map(bytes)
                + [[0x2F, 0xFF, 0xC0, 0x80]]
        ),
        ("QUERY_STRING", ["%", "limit=", "limit=-1", "&&&=", String(repeating: "a=b&", count: 10_000)].map(bytes)),
        ("REQUEST_URI", ["", "%", "//", "/%00?", "/\r\n"].map(bytes)),
        ("REMOTE_ADDR", ["", "::1", "1.2.3.4.5", "localhost", "/run/x.sock"].map(bytes)),
        ("HTTP_X_FORWARDED_FOR", ["", ",,,", "127.0.0.1, ::1", "\u{1}"].map(bytes)),
        ("HTTP_X_REQUEST_ID", ["", "a\r\nX: 1", "\u{0}", String(repeating: "i", count: 129)].map(bytes)),
        ("HTTP_TRACEPARENT", ["00-", "\r\n"].map(bytes) + [[0x80]]),
        ("HTTP_AUTHORIZATION", ["", "Bearer", "Bearer ", "Basic Og==", "Bearer a.b.c", "Bearer é"].map(bytes)),
        ("HTTP_LAST_EVENT_ID", ["-1", "9223372036854775808", "x"].map(bytes)),
        ("HTTP_IF_NONE_MATCH", ["*", "\"", "W/", "\"a\",,\"b"].map(bytes)),
        ("HTTP_X", [[UInt8](repeating: 0x61, count: 33_000)]),
        ("CHIMNEY_HOLD", ["", "0123456789abcdef"].map(bytes)),
        ("CHIMNEY_REQUEST_TIME_MS", ["0", "-1", "1771668780000", "99999999999999", "1771668780.5", "nan"].map(bytes)),
        ("CHIMNEY_TRACE", ["", "x", "\r\n"].map(bytes)),
        ("=", ["="].map(bytes)), ("", ["value"].map(bytes)), ("A=B", ["C"].map(bytes)),
    ]

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    // MARK: Bytes

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: bytes.indices, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1:
            note("a bit flipped")
            bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2:
            note("other bytes")
            for index in place..<end { bytes[index] = UInt8(truncatingIfNeeded: random.next()) }
        case 3:
            note("bytes less")
            bytes.removeSubrange(place..<end)
        case 4:
            note("bytes twice")
            bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 5:
            note("cut")
            bytes.removeSubrange(place...)
        default:
            note("spliced")
            let other = RecordComposition.of(number, &random).records.bytes
            bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 1...other.count, using: &random)))
        }
    }

    private mutating func note(_ change: String) { what += what.isEmpty ? change : ", \(change)" }
}
