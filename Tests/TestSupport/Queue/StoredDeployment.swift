/// A deployment of the queue as it is in the store, read without the program's own code.
public struct StoredDeployment: Sendable {
    /// The lines of a record, in their order.
    enum Line: Int, CaseIterable {
        case sequence, status, updated, trigger, name, environment, provider, account, region, cell, version
        case precedence, source, replaced, origin, change, notes, address, creation, content
    }

    /// Every status.
    public static let statuses = ["scheduled", "in_progress", "deployed", "skipped", "failed", "rolled_back"]
    /// What may follow each status by somebody's word, as the contract has it.
    static let moves: [String: Set<String>] = [
        "scheduled": ["in_progress", "deployed", "skipped", "failed"],
        "in_progress": ["deployed", "failed", "scheduled"],
        "failed": ["in_progress", "scheduled", "rolled_back"], "skipped": ["scheduled"], "deployed": ["rolled_back"],
    ]

    /// The id.
    public let id: String
    /// What has become of it, the oldest first.
    public let history: [StoredChange]
    /// Whether nothing is left out of the history.
    let isHistoryWhole: Bool
    private let lines: [String]

    init?(id: String, record: String, history: String) {
        self.id = id
        lines = record.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let entries = history.split(separator: "\n", omittingEmptySubsequences: false)
        self.history = entries.compactMap { StoredChange(line: String($0)) }
        isHistoryWhole = entries.count < 100 && history.utf8.count < 8192
        guard lines.count == Line.allCases.count, self.history.count == entries.count, Int64(self[.sequence]) != nil
        else { return nil }
    }

    subscript(line: Line) -> String { lines[line.rawValue] }

    /// The status.
    public var status: String { self[.status] }
    /// The version.
    public var version: String { self[.version] }
    /// What it is in the end: a rollback is what it is a copy of.
    var origin: String { self[.origin].isEmpty ? id : self[.origin] }
    /// Its place among all of its organisation.
    public var sequence: Int64 { Int64(self[.sequence]) ?? 0 }

    /// The values of its taxonomy, in the order in which the store has them.
    var taxonomy: [String] { [Line.name, .environment, .provider, .account, .region, .cell].map { self[$0] } }

    /// The groups of the index that it belongs to.
    func groups(digest: String) -> [String] {
        let facets: [(String, Line)] = [
            ("trigger", .trigger), ("name", .name), ("environment", .environment), ("provider", .provider),
            ("cloud_account_id", .account), ("region", .region), ("cell", .cell),
        ]
        return ["all", "taxonomy:\(digest)"]
            + facets.filter { !self[$0.1].isEmpty }.map { "\($0.0):\(self[$0.1])" }
    }
}

/// One entry of a history.
public struct StoredChange: Sendable {
    /// When, in microseconds since the epoch.
    public let time: Int64
    /// Who, as an object.
    public let author: JSON
    /// What, as an object.
    public let change: JSON

    init?(line: String) {
        let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let time = Int64(parts[0]), let author = try? JSON(parsing: "{\(parts[1])}".utf8),
            let change = try? JSON(parsing: "{\(parts[2])}".utf8)
        else { return nil }
        (self.time, self.author, self.change) = (time, author, change)
    }

    /// The status after it; nil where it changes none.
    public var to: String? { change.status?.to?.text }
    /// The status before it; nil for a new deployment, and where it changes none.
    public var from: String? { change.status?.from?.text }
}
