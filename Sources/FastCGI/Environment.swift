import Glibc
import HTTPTypes

/// The variables of one request as CGI names them (RFC 3875, section 4.1): FastCGI's params, or the process environment
/// of a CGI program. Both are arrays of `NAME=value`, read in place: most requests look at a handful of some forty.
public final class Environment {
    private let entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// What `entries` point into, where both are this object's own.
    private let owned: UnsafeMutablePointer<CChar>?

    /// Variables that somebody else owns, valid as long as this object is used.
    public init(borrowing entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
        self.entries = entries
        owned = nil
    }

    /// Variables of its own.
    public convenience init(_ variables: [String: String]) {
        var text: [UInt8] = []
        var starts: [Int] = []
        for (name, value) in variables {
            starts.append(text.count)
            text += Array("\(name)=\(value)".utf8) + [0]
        }
        self.init(text, starts: starts)
    }

    /// Variables of its own.
    ///
    /// - Parameters:
    ///   - text: each as `NAME=value`, with a zero byte at its end.
    ///   - starts: where in it each begins.
    init(_ text: [UInt8], starts: [Int]) {
        let owned = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
        text.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: owned, count: $0.count).copyMemory(from: $0) }
        entries = .allocate(capacity: starts.count + 1)
        for (index, start) in starts.enumerated() { entries[index] = owned + start }
        entries[starts.count] = nil
        self.owned = owned
    }

    deinit {
        guard let owned else { return }
        owned.deallocate()
        entries.deallocate()
    }

    /// The value of a variable; nil where it is absent. Bytes that are not UTF-8 are replaced.
    public subscript(name: StaticString) -> String? {
        guard let value = find(name) else { return nil }
        return String(cString: value)
    }

    /// The value of a request header, which CGI passes as `HTTP_NAME`.
    public subscript(header: HTTPField.Name) -> String? {
        if header == .contentType { return self["CONTENT_TYPE"] }
        if header == .contentLength { return self["CONTENT_LENGTH"] }
        var entry = entries
        while let text = entry.pointee {
            if let value = Self.value(of: text, ifHeader: header.canonicalName) { return String(cString: value) }
            entry += 1
        }
        return nil
    }

    /// The length that the client announced for the body (`CONTENT_LENGTH`); 0 where there is no such variable. Nil where it
    /// is no number: FastCGI front ends pass `-1` for a chunked body.
    var contentLength: Int? {
        guard let text = self["CONTENT_LENGTH"], !text.isEmpty else { return 0 }
        guard let length = Int(text), length >= 0 else { return nil }
        return length
    }

    /// The bytes of all request headers together.
    public var headerSize: Int {
        var total = 0
        var entry = entries
        while let text = entry.pointee {
            if strncmp(text, "HTTP_", 5) == 0 { total += strlen(text) - 5 }
            entry += 1
        }
        return total
    }

    private func find(_ name: StaticString) -> UnsafePointer<CChar>? {
        let count = name.utf8CodeUnitCount
        let start = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        var entry = entries
        while let text = entry.pointee {
            if text[0] == start[0], strncmp(text, start, count) == 0, text[count] == CChar(UInt8(ascii: "=")) {
                return UnsafePointer(text + count + 1)
            }
            entry += 1
        }
        return nil
    }

    private static func value(
        of text: UnsafeMutablePointer<CChar>, ifHeader name: String
    ) -> UnsafePointer<CChar>? {
        guard strncmp(text, "HTTP_", 5) == 0 else { return nil }
        var at = 5
        for byte in name.utf8 {
            let expected: UInt8
            switch byte {
            case UInt8(ascii: "-"): expected = UInt8(ascii: "_")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): expected = byte - 32
            default: expected = byte
            }
            guard UInt8(bitPattern: text[at]) == expected else { return nil }
            at += 1
        }
        guard text[at] == CChar(UInt8(ascii: "=")) else { return nil }
        return UnsafePointer(text + at + 1)
    }
}
