import TestSupport

/// A request as records: cut, padded and accompanied as the protocol allows.
struct RecordComposition: Sendable {
    let request: RecordRequest
    let id: UInt16
    private(set) var records: [WireRecord]

    /// One of a request for the input of this number.
    static func of(_ number: Int, _ random: inout SplitMix) -> RecordComposition {
        let request = RecordRequest.random(number: number, using: &random)
        let id: UInt16 =
            switch Int.random(in: 0..<4, using: &random) {
            case 0: UInt16.random(in: 1...UInt16.max, using: &random)
            case 1: UInt16.max
            default: 1
            }
        return RecordComposition(request, named: "input-\(number)", id: id, &random)
    }

    private init(_ request: RecordRequest, named name: String, id: UInt16, _ random: inout SplitMix) {
        self.request = request
        self.id = id
        var body = request.body
        // What comes beyond the announced length is nobody's.
        if Int.random(in: 0..<30, using: &random) == 0 { body += Array("{} and more".utf8) }
        let params = Self.params(request.allVariables(id: name), &random)
        records =
            [WireRecord.begin(id, flags: UInt8.random(in: 0...1, using: &random))]
            + Self.cut(WireRecord.stream(WireRecord.Kind.params, id, params), &random)
            + Self.cut(WireRecord.stream(WireRecord.Kind.stdin, id, body), &random)
        if Int.random(in: 0..<5, using: &random) == 0 { accompany(&random) }
        if Int.random(in: 0..<3, using: &random) == 0 {
            for index in records.indices { records[index].padding = Int.random(in: 0...255, using: &random) }
        }
    }

    private static func params(_ variables: [(name: String, value: String)], _ random: inout SplitMix) -> [UInt8] {
        var pairs = variables.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        if Int.random(in: 0..<5, using: &random) == 0 {
            // As long as a length of one byte can tell, and longer.
            let name = [1, 127, 128, 65_535].randomElement(using: &random) ?? 1
            let value = [0, 1, 127, 128, 16_384, 65_535].randomElement(using: &random) ?? 0
            let filler = ([UInt8](repeating: 0x58, count: name), [UInt8](repeating: 0x79, count: value))
            pairs.insert(filler, at: Int.random(in: 0...pairs.count, using: &random))
        }
        let widens = Int.random(in: 0..<6, using: &random) == 0
        return pairs.flatMap { pair in
            WireRecord.pair(pair.0, pair.1, isWide: widens && Bool.random(using: &random))
        }
    }

    /// The same content in more records.
    private static func cut(_ stream: [WireRecord], _ random: inout SplitMix) -> [WireRecord] {
        guard Int.random(in: 0..<3, using: &random) == 0 else { return stream }
        return stream.flatMap { record -> [WireRecord] in
            guard record.content.count > 1 else { return [record] }
            let ends = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                Int.random(in: 1..<record.content.count, using: &random)
            }
            let cuts = [0] + Set(ends).sorted() + [record.content.count]
            return zip(cuts, cuts.dropFirst()).map { start, end in
                var part = record
                part.content = Array(record.content[start..<end])
                return part
            }
        }
    }

    /// Puts records in between that are not of the request.
    private mutating func accompany(_ random: inout SplitMix) {
        let other = id == 2 ? 3 : UInt16(2)
        let companions: [[WireRecord]] = [
            [.getValues()], [.getValues(["FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"])], [.getValues([])],
            [WireRecord(kind: 200, id: 0, content: [1, 2, 3])],
            // A second request on the connection: refused, and ignored.
            [.begin(other)] + WireRecord.stream(WireRecord.Kind.params, other, WireRecord.pair([65], [66]))
                + [WireRecord(kind: WireRecord.Kind.stdin, id: other)],
            [WireRecord(kind: WireRecord.Kind.abort, id: other)],
            [WireRecord(kind: WireRecord.Kind.data, id: id, content: [1])],
        ]
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            // Not after the last one: the answer may be there by then, and its end.
            let place = Int.random(in: 1..<records.count, using: &random)
            records.insert(contentsOf: companions.randomElement(using: &random) ?? [], at: place)
        }
    }
}
