import Essentials
import HTTPTypes

/// An answer, complete in memory.
public struct Response {
    /// The status.
    public var status: HTTPResponse.Status
    /// The header fields, without `Content-Length`, which follows from the body.
    public var fields: HTTPFields
    /// The body.
    public var body: [UInt8]
    /// Header lines that are in their final form already, each with its line end: those that are the same for most
    /// answers, or were kept so.
    public var lines: [UInt8] = []
    /// What comes after the body; nil where nothing does. Only a process that can wait gives such an answer, and it has
    /// no `Content-Length`.
    public var continuation: (any Continuation)?

    /// An answer.
    public init(status: HTTPResponse.Status, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Whether the status allows a body at all (RFC 9110, section 6.4.1).
    var mayHaveBody: Bool {
        status.code >= 200 && status.code != 204 && status.code != 304
    }

    /// The answer as CGI wants it (RFC 3875, section 6.2). A `HEAD` has the header of its `GET`, the length included.
    public func serialised(for method: HTTPRequest.Method) -> [UInt8] {
        header + content(for: method)
    }

    /// The header as CGI wants it, the empty line after it included: a `Status` field takes the place of the status line.
    public var header: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.count + 512)
        bytes.append(contentsOf: "Status: ".utf8)
        bytes.append(decimal: Int64(status.code))
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: status.reasonPhrase.utf8)
        bytes.append(contentsOf: "\r\n".utf8)
        for field in fields {
            bytes.append(contentsOf: field.name.rawName.utf8)
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: field.value.utf8)
            bytes.append(contentsOf: "\r\n".utf8)
        }
        bytes.append(contentsOf: lines)
        if mayHaveBody, continuation == nil {
            bytes.append(contentsOf: "Content-Length: ".utf8)
            bytes.append(decimal: Int64(body.count))
            bytes.append(contentsOf: "\r\n".utf8)
        }
        bytes.append(contentsOf: "\r\n".utf8)
        return bytes
    }

    /// What follows the header: the body, where the status and the method allow one.
    public func content(for method: HTTPRequest.Method) -> [UInt8] { mayHaveBody && method != .head ? body : [] }
}
