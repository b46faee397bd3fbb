import Dragonfly

/// All that the store holds of an organisation's queue, read by plain commands. What is read while somebody writes may
/// contradict itself.
public struct StoredQueue: Sendable {
    /// The organisation, lower-cased.
    public let organisation: String
    /// Its deployments, the oldest first.
    public let deployments: [StoredDeployment]
    /// Hashes by their keys, without what all keys begin with.
    let hashes: [String: [String: String]]
    /// Sorted sets by their keys: members with their scores.
    let sets: [String: [String: Int64]]
    /// Sets by their keys.
    let members: [String: Set<String>]
    /// Organisations that are known to have a queue.
    let organisations: [String: Int64]
    /// What could not be read, in sentences.
    let unreadable: [String]

    /// Reads an organisation's queue.
    ///
    /// - Throws: `StoreError`.
    public init(_ store: TestStore, organisation: String) throws {
        let organisation = organisation.lowercased()
        self.organisation = organisation
        let tag = "queue:{\(organisation)}:"
        var hashes: [String: [String: String]] = [:]
        var sets: [String: [String: Int64]] = [:]
        var members: [String: Set<String>] = [:]
        var unreadable: [String] = []
        for key in try store.keys(beginning: tag) {
            let name = String(key.dropFirst(store.key(tag).count))
            switch try store.run("TYPE", key).string {
            case "hash": hashes[name] = try store.run("HGETALL", key).dictionary.compactMapValues(\.string)
            case "zset": sets[name] = Self.scores(try store.run("ZRANGE", key, "0", "-1", "WITHSCORES").array)
            case "set": members[name] = Set(try store.run("SMEMBERS", key).array.compactMap(\.string))
            case "string" where name.hasPrefix("idempotency:"): continue
            case let type: unreadable.append("\(name) is a \(type ?? "nothing")")
            }
        }
        organisations = Self.scores(
            try store.run("ZRANGE", store.key("queue:organisations"), "0", "-1", "WITHSCORES").array)
        let histories = hashes["history"] ?? [:]
        var deployments: [StoredDeployment] = []
        for (id, record) in hashes["records"] ?? [:] {
            if let deployment = StoredDeployment(id: id, record: record, history: histories[id] ?? "") {
                deployments.append(deployment)
            } else {
                unreadable.append("the record or the history of \(id) cannot be read")
            }
        }
        for id in histories.keys where hashes["records"]?[id] == nil { unreadable.append("\(id) is history only") }
        self.deployments = deployments.sorted { $0.sequence < $1.sequence }
        (self.hashes, self.sets, self.members, self.unreadable) = (hashes, sets, members, unreadable)
    }

    private static func scores(_ reply: [Reply]) -> [String: Int64] {
        var scores: [String: Int64] = [:]
        for position in stride(from: 0, to: reply.count - 1, by: 2) {
            scores[reply[position].string ?? ""] = Int64(Double(reply[position + 1].string ?? "") ?? -1)
        }
        return scores
    }
}
