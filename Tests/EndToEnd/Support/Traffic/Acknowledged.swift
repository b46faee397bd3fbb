import Foundation

/// What clients that write were told, to be compared with what is there afterwards.
final class Acknowledged: @unchecked Sendable {
    /// A deploy event, and what was posted of it.
    struct Posted: Sendable { let sha, json: String }
    /// What a deployment was created with.
    struct Key: Hashable, Sendable { let key, body: String }

    private let lock = NSLock()
    private var posted: [Posted] = []
    private var last: [String: String] = [:]
    private var created: [Key: String] = [:]
    private var unexpected: [String] = []
    private var told = 0
    private var refused = 0

    /// Notes that a deploy event was taken.
    func event(_ sha: String, _ json: String) {
        lock.withLock {
            posted.append(Posted(sha: sha, json: json))
            told += 1
        }
    }

    /// Notes the status that a deployment was said to have.
    func status(_ id: String, _ status: String) {
        lock.withLock {
            last[id] = status
            told += 1
        }
    }

    /// Notes what a deployment was created with.
    func created(_ key: Key, _ id: String) { lock.withLock { created[key] = id } }

    /// Notes that something was refused in the right form.
    func refuse() { lock.withLock { refused += 1 } }

    /// Notes what no client should see.
    func fail(_ what: String) { lock.withLock { unexpected.append(what) } }

    /// How many writes were acknowledged.
    var count: Int { lock.withLock { told } }
    /// How many requests were refused with the request to come back.
    var refusals: Int { lock.withLock { refused } }
    /// The deploy events that were taken, in the order in which that was told.
    var events: [Posted] { lock.withLock { posted } }
    /// The last status that anybody was told of each deployment.
    var statuses: [String: String] { lock.withLock { last } }
    /// The ids of deployments by what they were created with.
    var keys: [Key: String] { lock.withLock { created } }
    /// What no client should have seen.
    var failures: [String] { lock.withLock { unexpected } }
}
