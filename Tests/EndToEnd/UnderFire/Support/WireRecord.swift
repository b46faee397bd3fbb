/// A record of FastCGI as it goes over the wire (FastCGI Specification 1.0, section 3.3), right or wrong.
struct WireRecord: Sendable {
    /// Kinds of records (section 8).
    enum Kind {
        static let begin: UInt8 = 1
        static let abort: UInt8 = 2
        static let end: UInt8 = 3
        static let params: UInt8 = 4
        static let stdin: UInt8 = 5
        static let stdout: UInt8 = 6
        static let data: UInt8 = 8
        static let getValues: UInt8 = 9
    }

    var version: UInt8 = 1
    var kind: UInt8
    var id: UInt16
    var content: [UInt8] = []
    var padding = 0
    /// The lengths that it names where those are not its own.
    var claimedLength: UInt16?
    var claimedPadding: UInt8?

    /// The beginning of a request.
    static func begin(_ id: UInt16, role: UInt16 = 1, flags: UInt8 = 0) -> WireRecord {
        WireRecord(kind: Kind.begin, id: id, content: [UInt8(role >> 8), UInt8(role & 255), flags, 0, 0, 0, 0, 0])
    }

    /// A question about the process (section 4.1).
    static func getValues(_ names: [String] = ["FCGI_MPXS_CONNS"]) -> WireRecord {
        WireRecord(kind: Kind.getValues, id: 0, content: names.flatMap { pair(Array($0.utf8), []) })
    }

    /// Content in records of at most 65,535 bytes, and the empty one that ends it.
    static func stream(_ kind: UInt8, _ id: UInt16, _ content: [UInt8]) -> [WireRecord] {
        var records: [WireRecord] = []
        for start in stride(from: 0, to: content.count, by: 65_535) {
            let end = min(content.count, start + 65_535)
            records.append(WireRecord(kind: kind, id: id, content: Array(content[start..<end])))
        }
        return records + [WireRecord(kind: kind, id: id)]
    }

    /// A variable (section 3.4).
    ///
    /// - Parameter isWide: whether its lengths have four bytes each, though one would do.
    static func pair(_ name: [UInt8], _ value: [UInt8], isWide: Bool = false) -> [UInt8] {
        length(name.count, isWide: isWide) + length(value.count, isWide: isWide) + name + value
    }

    /// The length of a name or a value, whether or not there is one of that length.
    static func length(_ count: Int, isWide: Bool = false) -> [UInt8] {
        if count < 128, !isWide { return [UInt8(count)] }
        return [
            UInt8(count >> 24 & 0x7F | 0x80), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255),
        ]
    }

    /// The record as bytes.
    var bytes: [UInt8] {
        let length = claimedLength ?? UInt16(truncatingIfNeeded: content.count)
        let header: [UInt8] = [
            version, kind, UInt8(id >> 8), UInt8(id & 255), UInt8(length >> 8), UInt8(length & 255),
            claimedPadding ?? UInt8(truncatingIfNeeded: padding), 0,
        ]
        return header + content + [UInt8](repeating: 0xA5, count: padding)
    }
}

extension [WireRecord] {
    /// All of them as bytes.
    var bytes: [UInt8] { flatMap(\.bytes) }
}
