/// Records of the FastCGI protocol (FastCGI Specification 1.0, section 3.3), for the process that writes them itself.
enum Record {
    /// Kinds of records (section 8).
    enum Kind {
        static let beginRequest: UInt8 = 1
        static let abortRequest: UInt8 = 2
        static let endRequest: UInt8 = 3
        static let params: UInt8 = 4
        static let stdin: UInt8 = 5
        static let stdout: UInt8 = 6
        static let getValues: UInt8 = 9
        static let getValuesResult: UInt8 = 10
        static let unknownType: UInt8 = 11
    }

    /// How a request ended, as far as the protocol goes (section 5.5).
    enum ProtocolStatus: UInt8 {
        case requestComplete = 0
        case cannotMultiplex = 1
        case unknownRole = 3
    }

    static let version: UInt8 = 1
    static let headerSize = 8
    /// The most that a record holds.
    static let longestContent = 65_535
    /// A request is answered by a responder (section 6.2).
    static let responder = 1

    /// Content as records of `FCGI_STDOUT`, as many as it takes; none for no content, which would end the stream.
    static func stdout(_ content: [UInt8], request: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + (content.count / longestContent + 1) * headerSize)
        var at = 0
        while at < content.count {
            let end = min(at + longestContent, content.count)
            append(header: Kind.stdout, request: request, length: end - at, to: &bytes)
            bytes.append(contentsOf: content[at..<end])
            at = end
        }
        return bytes
    }

    /// A whole answer: its header and its body, and the end of the request. What fits into one record is in one, which
    /// spares the front end reads.
    static func answer(header: [UInt8], body: [UInt8], request: UInt16) -> [UInt8] {
        let length = header.count + body.count
        guard length <= longestContent else {
            return stdout(header + body, request: request) + end(request: request)
        }
        let end = end(request: request)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerSize + length + end.count)
        append(header: Kind.stdout, request: request, length: length, to: &bytes)
        bytes.append(contentsOf: header)
        bytes.append(contentsOf: body)
        bytes.append(contentsOf: end)
        return bytes
    }

    /// The end of the answer: of its stream, and of the request.
    static func end(request: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        append(header: Kind.stdout, request: request, length: 0, to: &bytes)
        return bytes + endRequest(request, .requestComplete)
    }

    /// `FCGI_END_REQUEST`
    static func endRequest(_ request: UInt16, _ status: ProtocolStatus) -> [UInt8] {
        var bytes: [UInt8] = []
        append(header: Kind.endRequest, request: request, length: 8, to: &bytes)
        return bytes + [0, 0, 0, 0, status.rawValue, 0, 0, 0]
    }

    /// The content of records.
    static func content(of records: [UInt8]) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(records.count)
        var at = 0
        while at + headerSize <= records.count {
            let length = Int(records[at + 4]) << 8 + Int(records[at + 5])
            content.append(contentsOf: records[at + headerSize..<at + headerSize + length])
            at += headerSize + length + Int(records[at + 6])
        }
        return content
    }

    /// The same records for another request.
    static func readdressed(_ records: [UInt8], to request: UInt16) -> [UInt8] {
        var records = records
        var at = 0
        while at + headerSize <= records.count {
            records[at + 2] = UInt8(request >> 8)
            records[at + 3] = UInt8(request & 255)
            at += headerSize + Int(records[at + 4]) << 8 + Int(records[at + 5]) + Int(records[at + 6])
        }
        return records
    }

    static func append(header kind: UInt8, request: UInt16, length: Int, to bytes: inout [UInt8]) {
        bytes.append(version)
        bytes.append(kind)
        bytes.append(UInt8(request >> 8))
        bytes.append(UInt8(request & 255))
        bytes.append(UInt8(length >> 8))
        bytes.append(UInt8(length & 255))
        bytes.append(0)
        bytes.append(0)
    }
}
