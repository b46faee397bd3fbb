/// The names of the cache's keys in the store, without the prefix. One script touches several of them, so they share a
/// hash tag.
enum CacheKeys {
    /// Every entry's key, as members of the same score: a prefix is a range of them.
    static let index = "{cache}:index"
    /// When each entry is dropped, in milliseconds since the epoch.
    static let expiry = "{cache}:expiry"
    /// The bytes of each entry.
    static let sizes = "{cache}:sizes"
    /// What all processes know of GitHub, and of the cache as a whole: see `GitHubState`.
    static let state = "{cache}:github"
    /// What was stored and what was invalidated, newest first: see `CacheChange`.
    static let changes = "{cache}:changes"

    /// An entry: `body`, `etag`, `status`, `headers`, `fetched_at`, `missing_at`.
    static func entry(_ key: String) -> String { "{cache}:\(key)" }
    /// Who fetches an entry: the id of the hold that its outcome will be in.
    static func lock(_ key: String) -> String { "{cache}:lock:\(key)" }
}
