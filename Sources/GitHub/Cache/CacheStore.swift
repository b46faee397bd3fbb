import Dragonfly
import Essentials

/// The cache as the store keeps it: the tier that all processes and hosts share.
struct CacheStore {
    /// Milliseconds for which an entry is held, however old, for times at which GitHub cannot be asked.
    static let holding: Int64 = 24 * 3_600_000
    /// Milliseconds for which it counts that GitHub said 404.
    static let missing: Int64 = 30_000
    /// How many changes are remembered.
    static let changeBound = 1000

    /// The store.
    let store: Store

    private static let entryFields = ["body", "etag", "status", "headers", "fetched_at", "missing_at"]
    private static let shownState = Array(GitHubState.fields.prefix(2))

    /// An entry, and what an answer shows of GitHub's state.
    ///
    /// - Throws: `StoreError`.
    func read(_ key: String) throws(StoreError) -> (entry: CacheEntry?, state: GitHubState) {
        try read(key, state: Self.shownState)
    }

    /// An entry, and all that is known of GitHub.
    ///
    /// - Throws: `StoreError`.
    func readWithState(_ key: String) throws(StoreError) -> (entry: CacheEntry?, state: GitHubState) {
        try read(key, state: GitHubState.fields)
    }

    private func read(
        _ key: String, state fields: [String]
    ) throws(StoreError) -> (entry: CacheEntry?, state: GitHubState) {
        let replies = try store.run([
            Command("HMGET", [store.key(CacheKeys.entry(key))] + Self.entryFields),
            Command("HMGET", [store.key(CacheKeys.state)] + fields),
        ])
        for case .error(let message) in replies { throw StoreError(reply: message) }
        return (Self.entry(replies[0].array), GitHubState(replies[1].array))
    }

    private static func entry(_ values: [Reply]) -> CacheEntry? {
        guard values.count == entryFields.count else { return nil }
        let missingAt = values[5].integer.map { Timestamp(milliseconds: $0) }
        guard let body = values[0].bytes, let status = values[2].integer, let fetchedAt = values[4].integer else {
            return missingAt.map { CacheEntry(content: nil, missingAt: $0) }
        }
        let etag = values[1].string
        return CacheEntry(
            content: CacheEntry.Content(
                status: Int(status), etag: etag?.isEmpty == false ? etag : nil, headers: values[3].bytes ?? [],
                body: body, fetchedAt: Timestamp(milliseconds: fetchedAt)),
            missingAt: missingAt)
    }

    /// All that is known of GitHub.
    ///
    /// - Throws: `StoreError`.
    func state() throws(StoreError) -> GitHubState {
        let fields = [store.key(CacheKeys.state)] + GitHubState.fields
        return GitHubState(try store.run(Command("HMGET", fields)).array)
    }
}
