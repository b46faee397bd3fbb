import Essentials
import FastCGI
import HTTPTypes
import Web

/// The path of something that GitHub has, checked: the segments that a client has asked for, decoded.
struct ResourcePath {
    /// Bytes of a path, as it was sent.
    static let limit = 1024
    /// How often a text is decoded in search of what must not be in it.
    private static let depth = 3

    private static let refused = Problem.badRequest(
        "Ask for a path without empty segments, dots alone, control characters or backslashes, encoded or not.")

    /// The decoded segments; none for the repository itself.
    let segments: [String]

    /// Checks the path of a request.
    ///
    /// Where the front end passes the path as it was sent (`REQUEST_URI`), that is what is read: an encoded slash is part
    /// of a segment there, and refused, while the decoded path hides it, and a normalised one the dots as well.
    ///
    /// - Parameter mount: what the path begins with, `/api/github`.
    /// - Throws: `Problem` 400 for what no path of GitHub has, 414 for one that is too long.
    init(of request: Request, below mount: String) throws(Problem) {
        var path = request.path.utf8[...]
        var isEncoded = false
        if let raw = request.environment["REQUEST_URI"]?.utf8.prefix(while: { $0 != UInt8(ascii: "?") }) {
            isEncoded = raw.starts(with: mount.utf8)
            // Behind some other spelling of the mount an encoded slash would hide.
            if !isEncoded, Substring(raw).lowercased().contains("%2f") { throw Self.refused }
            if isEncoded { path = raw }
        }
        try self.init(Substring(path.dropFirst(mount.utf8.count)), isEncoded: isEncoded)
    }

    /// Checks a path that begins with a slash, or is empty.
    ///
    /// - Throws: `Problem` 400 or 414.
    init(_ path: Substring, isEncoded: Bool) throws(Problem) {
        guard path.utf8.count <= Self.limit else {
            throw Problem(.uriTooLong, "Ask for a path of at most \(Self.limit) bytes.")
        }
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        // `/api/github/` is the repository itself.
        if parts.count == 1, parts.first?.isEmpty == true { parts = [] }
        var segments: [String] = []
        for part in parts {
            let part = Substring(part)
            guard let segment = isEncoded ? PercentEncoding.decode(part) : String(part), Self.isHarmless(segment) else {
                throw Self.refused
            }
            segments.append(segment)
        }
        self.segments = segments
    }

    /// Whether neither the segment nor what it becomes when it is decoded again can lead anywhere else.
    private static func isHarmless(_ segment: String) -> Bool {
        var text = segment
        for _ in 0..<depth {
            guard !text.isEmpty, text != ".", text != "..",
                !text.unicodeScalars.contains(where: { $0 == "/" || $0 == "\\" || $0.isControl })
            else { return false }
            guard text.utf8.contains(UInt8(ascii: "%")), let decoded = PercentEncoding.decode(text) else { return true }
            if decoded == text { return true }
            text = decoded
        }
        return false
    }

    /// The path as it is sent to GitHub, beginning with a slash.
    static func encode(_ segments: some Collection<String>) -> String {
        segments.isEmpty ? "/" : segments.map { "/" + PercentEncoding.encode($0, keeping: "!$&'()*+,;=:@") }.joined()
    }
}
