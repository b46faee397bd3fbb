import Essentials

/// What chimney holds of a resource of GitHub: its content, that GitHub said it was missing, or both.
struct CacheEntry: Equatable, Sendable {
    /// A representation of the resource, as it is sent to clients.
    struct Content: Equatable, Sendable {
        /// The status that GitHub answered with; 200 for whatever chimney has put together itself.
        var status: Int
        /// GitHub's `ETag` as it came, quotation marks included (RFC 9110, section 8.8.3).
        var etag: String?
        /// Further header fields, as lines of `Name: value\r\n`: `Content-Type`, `Link`.
        var headers: [UInt8]
        /// The body, decoded.
        var body: [UInt8]
        /// When it was fetched, or GitHub last said that it had not changed.
        var fetchedAt: Timestamp
    }

    /// The content that was fetched last; nil where nothing ever was. It is kept where GitHub said 404 later.
    var content: Content?
    /// When GitHub said 404, unless it has answered with content since.
    var missingAt: Timestamp?

    /// An entry.
    init(content: Content?, missingAt: Timestamp? = nil) {
        self.content = content
        self.missingAt = missingAt
    }
}

extension CacheEntry {
    /// What tells an entry from an earlier one of the same key: both of its times.
    struct Version: Equatable, Sendable {
        /// When its content was fetched or validated; nil where there is none.
        var fetchedAt: Timestamp?
        /// When GitHub said 404.
        var missingAt: Timestamp?

        /// When GitHub was heard last; nil for the version of nothing.
        var latest: Timestamp? {
            guard let fetchedAt, let missingAt else { return fetchedAt ?? missingAt }
            return max(fetchedAt, missingAt)
        }
    }

    /// Both times.
    var version: Version { Version(fetchedAt: content?.fetchedAt, missingAt: missingAt) }
}
