import TestSupport

/// What the store holds at a moment, as far as its size tells.
struct StoreContent: CustomStringConvertible {
    /// Keys of which there is one for each of something that was done, and which are kept for longer than a load takes.
    enum Kept: String, CaseIterable {
        case idempotencyKeys = "queue:{acme}:idempotency:"
        case webhooks = "seen:webhook:"
        /// A deployment that was carried out, and its log.
        case runs = "{deployer}:job:"

        /// Bytes that such a key takes, roughly at most.
        var size: Int { self == .runs ? 8192 : 512 }
    }

    /// Keys that come and go: for the seconds or minutes for which something is waited for, or remembered.
    private static let passing = [
        "hold:", "lease:", "lock:", "seen:authentication:", "{cache}:lock:", "{deployer}:seen:",
    ]

    /// How many keys of each kind there are.
    let kept: [Kept: Int]
    let passing: Int
    /// Bytes that these take: an answer that was waited for is among them.
    let passingSize: Int
    /// The others, whose number follows from what there is: services, routes, paths of GitHub.
    let fixed: Int
    /// Bytes that the store has allocated (`used_memory`).
    let memory: Int

    init(_ store: TestStore) throws {
        var kept: [Kept: Int] = [:]
        var (passing, passingSize, fixed) = (0, 0, 0)
        for key in try store.keys() {
            let name = key.dropFirst(store.prefix.count)
            if let kind = Kept.allCases.first(where: { name.hasPrefix($0.rawValue) }) {
                kept[kind, default: 0] += 1
            } else if Self.passing.contains(where: name.hasPrefix) {
                passing += 1
                passingSize += Int(try store.run("MEMORY", "USAGE", key, "SAMPLES", "0").integer ?? 0)
            } else {
                fixed += 1
            }
        }
        (self.kept, self.passing, self.passingSize, self.fixed) = (kept, passing, passingSize, fixed)
        let info = try store.run("INFO", "memory").string ?? ""
        memory = info.firstMatch(of: /used_memory:(\d+)/).flatMap { Int($0.1) } ?? 0
    }

    var description: String {
        let kinds = Kept.allCases.map { "\(kept[$0] ?? 0) \($0)" }.joined(separator: ", ")
        return "\(kinds), \(passing) passing keys, \(fixed) others; \(memory >> 10) KiB"
    }
}
