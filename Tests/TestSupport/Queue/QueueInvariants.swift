import Crypto
import Foundation

/// What holds of an organisation's queue whenever nobody writes, whatever was asked for before and whoever died of it.
public final class QueueInvariants {
    let queue: StoredQueue
    let deployments: [String: StoredDeployment]
    /// Deployments by the digests of their taxonomies, the oldest first.
    let taxonomies: [String: [StoredDeployment]]
    private(set) var broken: [String]

    /// What does not hold, in sentences; empty where all is well.
    ///
    /// - Throws: `StoreError`.
    public static func broken(in store: TestStore, organisation: String) throws -> [String] {
        let invariants = QueueInvariants(try StoredQueue(store, organisation: organisation))
        invariants.checkRecords()
        invariants.checkIndex()
        invariants.checkRegistries()
        invariants.checkCounters()
        invariants.checkHistories()
        invariants.checkProgress()
        invariants.checkSkips()
        invariants.checkSources()
        return invariants.broken
    }

    private init(_ queue: StoredQueue) {
        self.queue = queue
        deployments = Dictionary(uniqueKeysWithValues: queue.deployments.map { ($0.id, $0) })
        taxonomies = Dictionary(grouping: queue.deployments) { Self.digest($0.taxonomy) }
        broken = queue.unreadable
    }

    func require(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { broken.append(what()) }
    }

    /// Compares two dictionaries and names what differs.
    func require<Value: Equatable>(_ found: [String: Value], equals expected: [String: Value], _ what: String) {
        for (key, value) in expected where found[key] != value {
            broken.append("\(what): \(key) is \(found[key].map { "\($0)" } ?? "missing") instead of \(value)")
        }
        for (key, value) in found where expected[key] == nil { broken.append("\(what): \(key) is there, \(value)") }
    }

    static func digest(_ taxonomy: [String]) -> String {
        SHA256.hash(data: Data(taxonomy.joined(separator: "\t").utf8)).prefix(16)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    // MARK: Records

    private func checkRecords() {
        var before: Int64 = 0
        for deployment in queue.deployments {
            let id = deployment.id
            require(deployment.sequence > before, "\(id) shares its sequence with another one")
            before = deployment.sequence
            require(StoredDeployment.statuses.contains(deployment.status), "\(id) is \(deployment.status)")
            let content = try? JSON(parsing: "{\(deployment[.content])}".utf8)
            let creation = try? JSON(parsing: "{\(deployment[.creation])}".utf8)
            require(
                creation?.organisation?.text?.lowercased() == queue.organisation,
                "\(id) is of \(deployment[.creation])")
            let values: [(String, StoredDeployment.Line)] = [
                ("name", .name), ("environment", .environment), ("provider", .provider), ("cloud_account_id", .account),
                ("region", .region), ("cell", .cell), ("version", .version),
            ]
            for (name, line) in values {
                require(
                    (content?[name]?.text ?? "") == deployment[line],
                    "\(id) shows another \(name) than it is found by: \(deployment[.content])")
            }
            for line in [StoredDeployment.Line.notes, .address] {
                let value = try? JSON(parsing: deployment[line].utf8)
                require(value == .null || value?.text != nil, "\(id) has \(line) \(deployment[line])")
            }
            checkOrigin(of: deployment)
        }
    }

    private func checkOrigin(of deployment: StoredDeployment) {
        let id = deployment.id
        let isRollback = deployment[.trigger] == "rollback"
        require(["auto", "manual", "rollback"].contains(deployment[.trigger]), "\(id): \(deployment[.trigger])")
        for line in [StoredDeployment.Line.source, .replaced] {
            require(isRollback != deployment[line].isEmpty, "\(id) has \(line) \(deployment[line])")
            guard isRollback, let other = deployments[deployment[line]] else {
                require(!isRollback, "\(id): \(line) \(deployment[line]) does not exist")
                continue
            }
            require(other.taxonomy == deployment.taxonomy, "\(id): \(line) \(other.id) is of another taxonomy")
            require(other.sequence < deployment.sequence, "\(id): \(line) \(other.id) is younger")
        }
        require(isRollback != deployment[.origin].isEmpty, "\(id) is \(deployment[.origin]) in the end")
        guard isRollback, let source = deployments[deployment[.source]] else { return }
        require(source[.content] == deployment[.content], "\(id) is no copy of \(source.id)")
        require(deployment[.origin] == source.origin, "\(id) is \(deployment[.origin]) in the end")
    }

    // MARK: What is derived from records

    private func checkIndex() {
        var expected: [String: [String: Int64]] = [:]
        for (digest, siblings) in taxonomies {
            for deployment in siblings {
                for group in deployment.groups(digest: digest) {
                    expected["any:\(group)", default: [:]][deployment.id] = deployment.sequence
                    expected["\(deployment.status):\(group)", default: [:]][deployment.id] = deployment.sequence
                }
            }
        }
        let found = queue.sets.filter { key, _ in
            key != "progress" && key != "stuck" && !key.hasPrefix("sources:")
        }
        for key in Set(expected.keys).union(found.keys) {
            require(found[key] ?? [:], equals: expected[key] ?? [:], "index \(key)")
        }
    }

    private func checkRegistries() {
        let known = ["records", "history", "meta", "counters"]
        for key in queue.hashes.keys where !known.contains(key) && !key.hasPrefix("taxonomies:") {
            broken.append("\(key) is there")
        }
        var expected: [String: [String: String]] = [:]
        for (digest, siblings) in taxonomies {
            let values = siblings[0].taxonomy
            expected["taxonomies:\(values[0])", default: [:]][digest] = values.joined(separator: "\t")
        }
        let found = queue.hashes.filter { $0.key.hasPrefix("taxonomies:") }
        for key in Set(expected.keys).union(found.keys) {
            require(found[key] ?? [:], equals: expected[key] ?? [:], key)
        }
        guard let last = queue.deployments.flatMap(\.history).map(\.time).max() else { return }
        let meta = queue.hashes["meta"] ?? [:]
        require(
            meta["last_seq"] == String(last), "the last sequence is \(meta["last_seq"] ?? "none") instead of \(last)")
        let today = queue.deployments.filter { String($0.sequence / 86_400_000_000) == meta["day"] ?? "" }
        let rollbacks = today.count { $0[.trigger] == "rollback" }
        require(Int(meta["created"] ?? "0") == today.count - rollbacks, "\(meta) and \(today.count - rollbacks) made")
        require(Int(meta["rolled_back"] ?? "0") == rollbacks, "\(meta) and \(rollbacks) rolled back")
        require(queue.organisations[queue.organisation] != nil, "\(queue.organisation) is not known")
    }

    private func checkCounters() {
        var expected: [String: String] = [:]
        func count(_ field: String) { expected[field] = String((expected[field].flatMap { Int($0) } ?? 0) + 1) }
        for deployment in queue.deployments {
            count("created|\(deployment[.provider])|\(deployment[.trigger])")
            if deployment[.trigger] == "rollback" { count("rollbacks|\(deployment[.provider])") }
            for change in deployment.history {
                guard change.from != nil, let to = change.to else { continue }
                count(change.change.skipped_by == nil ? "updated|\(to)" : "skipped")
            }
        }
        // What is left out of a history was counted all the same.
        guard queue.deployments.allSatisfy(\.isHistoryWhole) else { return }
        require(queue.hashes["counters"] ?? [:], equals: expected, "counters")
    }
}
