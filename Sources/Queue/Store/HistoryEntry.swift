import Essentials

/// A change of a deployment, as a line of its history: microseconds, who made it, and what it was, by tabs; the latter two
/// are members of JSON, in which no tab stands for itself.
enum HistoryEntry {
    /// Entries that are kept of a deployment: the first, and the newest.
    static let bound = 100
    /// Bytes that a history has at most, where more than its first and its newest entry is kept.
    static let byteBound = 32 << 10

    /// The history as clients see it.
    static func json(_ lines: [UInt8]) -> [UInt8] {
        JSONWriter.object(capacity: lines.count * 2) { json in
            json.key("history")
            json.array { list in
                for line in lines.split(separator: UInt8(ascii: "\n")) {
                    let parts = line.split(
                        separator: UInt8(ascii: "\t"), maxSplits: 2, omittingEmptySubsequences: false)
                    guard parts.count == 3 else { continue }
                    list.object { entry in
                        entry.member("time", Deployment.time(String(decoding: parts[0], as: UTF8.self)))
                        entry.raw(parts[1])
                        entry.key("change")
                        entry.raw([UInt8(ascii: "{")] + parts[2] + [UInt8(ascii: "}")])
                    }
                }
            }
        }
    }
}
