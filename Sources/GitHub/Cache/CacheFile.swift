import Essentials

/// The form in which the memory tier keeps an entry in a file.
///
/// A mark that names the version of the format, then the fields as netstrings (<https://cr.yp.to/proto/netstrings.txt>),
/// each with its length before it, so that a file that was cut is told from a whole one: key, when it was missing, when
/// it was fetched, and where that is not empty status, ETag, headers and body.
enum CacheFile {
    private static let mark = Array("chimney-cache-1\n".utf8)

    /// Bytes that a key may have. Longer ones are not kept.
    static let keyLimit = 8192
    /// Bytes from the beginning of a file in which key and times are, whatever the file holds.
    static let headLimit = keyLimit + 128

    /// An entry in the form of a file.
    static func bytes(of entry: CacheEntry, for key: String) -> [UInt8] {
        let content = entry.content
        var bytes: [UInt8] = []
        bytes.reserveCapacity((content.map { $0.body.count + $0.headers.count } ?? 0) + key.utf8.count + 512)
        bytes.append(contentsOf: mark)
        append(key.utf8, to: &bytes)
        append(text(entry.missingAt?.milliseconds), to: &bytes)
        append(text(content?.fetchedAt.milliseconds), to: &bytes)
        if let content {
            append(text(Int64(content.status)), to: &bytes)
            append((content.etag ?? "").utf8, to: &bytes)
            append(content.headers, to: &bytes)
            append(content.body, to: &bytes)
        }
        return bytes
    }

    /// Key and times of a file, from its beginning; nil for one that is damaged or none of the cache's.
    static func head(_ bytes: [UInt8]) -> (key: String, version: CacheEntry.Version)? {
        var reader = Reader(bytes)
        guard let head = reader.head() else { return nil }
        return (String(decoding: head.key, as: UTF8.self), head.version)
    }

    /// The entry of a key; nil for a file that is damaged, of another key or none of the cache's.
    static func entry(_ bytes: [UInt8], for key: String) -> CacheEntry? {
        var reader = Reader(bytes)
        guard let head = reader.head(), head.key.elementsEqual(key.utf8) else { return nil }
        var entry = CacheEntry(content: nil, missingAt: head.version.missingAt)
        if let fetchedAt = head.version.fetchedAt {
            guard let status = reader.number(), let status, (100...599).contains(status), let etag = reader.field(),
                let headers = reader.field(), let body = reader.field()
            else { return nil }
            entry.content = CacheEntry.Content(
                status: Int(status), etag: etag.isEmpty ? nil : String(decoding: etag, as: UTF8.self),
                headers: Array(headers), body: Array(body), fetchedAt: fetchedAt)
        }
        return reader.isAtEnd ? entry : nil
    }

    private static func text(_ number: Int64?) -> [UInt8] {
        var text: [UInt8] = []
        if let number { text.append(decimal: number) }
        return text
    }

    private static func append(_ field: some Collection<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(decimal: Int64(field.count))
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: field)
        bytes.append(UInt8(ascii: ","))
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var at = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { at == bytes.count }

        mutating func head() -> (key: ArraySlice<UInt8>, version: CacheEntry.Version)? {
            guard bytes.starts(with: CacheFile.mark) else { return nil }
            at = CacheFile.mark.count
            guard let key = field(), !key.isEmpty, key.count <= CacheFile.keyLimit,
                let missingAt = number(), let fetchedAt = number(), missingAt != nil || fetchedAt != nil
            else { return nil }
            return (
                key,
                CacheEntry.Version(
                    fetchedAt: fetchedAt.map(Timestamp.init), missingAt: missingAt.map(Timestamp.init))
            )
        }

        /// The number of a field, nil inside for an empty one.
        mutating func number() -> Int64?? {
            guard let field = field() else { return nil }
            if field.isEmpty { return .some(nil) }
            guard let number = Int64(String(decoding: field, as: UTF8.self)), number >= 0 else { return nil }
            return number
        }

        mutating func field() -> ArraySlice<UInt8>? {
            var count = 0
            let first = at
            while at < bytes.count, bytes[at] >= UInt8(ascii: "0"), bytes[at] <= UInt8(ascii: "9") {
                // Ten digits are beyond all that is kept, and no overflow.
                guard at - first < 10 else { return nil }
                count = count * 10 + Int(bytes[at] - UInt8(ascii: "0"))
                at += 1
            }
            guard at > first, at < bytes.count, bytes[at] == UInt8(ascii: ":") else { return nil }
            let start = at + 1
            guard count < bytes.count - start, bytes[start + count] == UInt8(ascii: ",") else { return nil }
            at = start + count + 1
            return bytes[start..<start + count]
        }
    }
}
