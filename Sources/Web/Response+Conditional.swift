import FastCGI
import HTTPTypes

extension Response {
    /// The answer for a client that says what it has already (`If-None-Match`): 304 without a body where that is what it
    /// would get (RFC 9110, sections 13.1.2 and 15.4.5), else the answer itself. One without an `ETag` stays as it is.
    public func conditional(on request: Request) -> Response { conditional(on: request.heldTags) }

    /// - Parameter tags: what the client has; nil where it has not said.
    func conditional(on tags: EntityTags?) -> Response {
        guard let tags, status.kind == .successful, let own = fields[.eTag], tags.match(own) else { return self }
        var answer = self
        answer.status = .notModified
        answer.fields[.contentType] = nil
        answer.body = []
        return answer
    }
}

extension Request {
    /// What the client has already, where it asks for no more than to be told so: a `GET` or `HEAD`.
    var heldTags: EntityTags? {
        guard let list = self[.ifNoneMatch], ["GET", "HEAD"].contains(asked.method) else { return nil }
        return EntityTags(list: list)
    }
}

/// The value of `If-None-Match`: a list of entity tags, or `*` for any (RFC 9110, section 13.1.2).
struct EntityTags {
    /// The value as it was sent.
    let list: String

    /// Whether the list has this tag, by the weak comparison (section 8.8.3.2). What is not well formed ends the list.
    func match(_ tag: String) -> Bool {
        guard let (sought, _) = Self.opaque(tag.utf8[...]) else { return false }
        var rest = list.utf8[...]
        if rest.filter({ !Self.isBlank($0) }) == [UInt8(ascii: "*")] { return true }
        while true {
            rest = rest.drop { Self.isBlank($0) || $0 == UInt8(ascii: ",") }
            guard let (tag, end) = Self.opaque(rest) else { return false }
            if tag.elementsEqual(sought) { return true }
            rest = rest[end...]
        }
    }

    /// The opaque part of the tag that a text begins with, which is in quotes and may have commas, and where it ends.
    private static func opaque(_ text: Substring.UTF8View) -> (tag: Substring.UTF8View, end: String.Index)? {
        let quote = UInt8(ascii: "\"")
        let tag = text.starts(with: "W/".utf8) ? text.dropFirst(2) : text
        guard tag.first == quote, let last = tag.dropFirst().firstIndex(of: quote) else { return nil }
        return (tag[...last], tag.index(after: last))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
