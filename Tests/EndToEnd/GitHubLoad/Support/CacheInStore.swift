import TestSupport
import Testing

/// Checks that fetches which ended in disorder leave nothing behind that does not go by itself in time.
func expectNoLeftovers(
    _ store: TestStore, within seconds: Double = 5, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var left: [String] = []
    let isClean = try eventually(within: seconds, every: 50) {
        left = try store.leftovers()
        return left.isEmpty
    }
    if !isClean { Issue.record("\(left)", sourceLocation: sourceLocation) }
}

extension TestStore {
    /// The full names of keys of the cache.
    func cacheKey(_ name: String) -> String { key("{cache}:\(name)") }

    /// Lets an entry be so much older than it is.
    func age(_ key: String, bySeconds seconds: Int64) throws {
        let fetchedAt = try run("HGET", cacheKey(key), "fetched_at").integer
        guard let fetchedAt else { throw TestSupportError("There is no entry \(key).") }
        try run("HSET", cacheKey(key), "fetched_at", String(fetchedAt - seconds * 1000))
    }

    /// The full names of the keys with a pattern.
    func keys(_ pattern: String) throws -> [String] {
        var found: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try run("SCAN", cursor, "MATCH", key(pattern), "COUNT", "1000").array
            cursor = reply.first?.string ?? "0"
            found.formUnion(reply.last?.array.compactMap(\.string) ?? [])
        } while cursor != "0"
        return found.sorted()
    }

    /// What is left where a fetch ended in disorder: locks, jobs, entries that are not whole.
    fileprivate func leftovers() throws -> [String] {
        var found = try keys("{cache}:lock:*")
        for name in try keys("{cache}:fetch*") where try run("TYPE", name).string == "list" { found.append(name) }
        let indexed = try run("ZRANGE", cacheKey("index"), "0", "-1").array.compactMap(\.string)
        for key in indexed {
            let fields = Set(try run("HKEYS", cacheKey(key)).array.compactMap(\.string))
            let whole: Set = ["body", "etag", "status", "headers", "fetched_at"]
            if !fields.isSuperset(of: whole), fields != ["missing_at"] { found.append("\(key): \(fields.sorted())") }
            if try run("ZSCORE", cacheKey("expiry"), key).string == nil { found.append("\(key) does not expire") }
        }
        let entries = try keys("{cache}:/*")
        if entries.count != indexed.count { found.append("\(entries.count) entries, \(indexed.count) in the index") }
        return found
    }
}
