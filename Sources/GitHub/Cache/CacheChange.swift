import Essentials

/// A line of the cache's list of changes, by which the memory tiers of all hosts follow the store.
///
/// `S <sequence> <time> <key>` for an entry that was stored, `I <sequence> <prefix>` for an invalidation,
/// `A <sequence>` for one of everything.
struct CacheChange: Equatable, Sendable {
    /// What has changed.
    enum Kind: Equatable, Sendable {
        /// GitHub has answered about a resource at that time: an entry was stored, or its times were renewed.
        case stored(key: String, at: Timestamp)
        /// The entries whose keys `CacheChange.matches` the prefix were taken away.
        case invalidated(prefix: String)
        /// All entries were taken away.
        case cleared
    }

    /// Grows from change to change: microseconds since the epoch, or one more than the change before.
    var sequence: Int64
    /// What has changed.
    var kind: Kind

    /// A change.
    init(sequence: Int64, kind: Kind) {
        self.sequence = sequence
        self.kind = kind
    }

    /// Reads a line; nil for what is none.
    init?(_ line: [UInt8]) {
        let space = UInt8(ascii: " ")
        // A key may hold anything, and is therefore the last.
        let parts = line.split(separator: space, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let sequence = Int64(String(decoding: parts[1], as: UTF8.self)) else { return nil }
        switch (parts[0], parts.count) {
        case ([UInt8(ascii: "S")], 3):
            let rest = parts[2].split(separator: space, maxSplits: 1, omittingEmptySubsequences: false)
            guard rest.count == 2, !rest[1].isEmpty,
                let time = Int64(String(decoding: rest[0], as: UTF8.self))
            else { return nil }
            kind = .stored(
                key: String(decoding: rest[1], as: UTF8.self), at: Timestamp(milliseconds: time))
        case ([UInt8(ascii: "I")], 3) where !parts[2].isEmpty:
            kind = .invalidated(prefix: String(decoding: parts[2], as: UTF8.self))
        // The prefix of all is empty, where it is named.
        case ([UInt8(ascii: "A")], _) where parts.count == 2 || parts[2].isEmpty: kind = .cleared
        default: return nil
        }
        self.sequence = sequence
    }

    /// The change as a line.
    var line: String {
        switch kind {
        case .stored(let key, let time): "S \(sequence) \(time.milliseconds) \(key)"
        case .invalidated(let prefix): "I \(sequence) \(prefix)"
        case .cleared: "A \(sequence)"
        }
    }

    /// Whether an invalidation of a prefix concerns a key: one that begins with it, byte by byte, but what chimney has
    /// composed itself (`/__…`) only if the prefix begins so as well.
    static func matches(prefix: String, key: String) -> Bool {
        let composed = "/__"
        return key.utf8.starts(with: prefix.utf8)
            && (!key.utf8.starts(with: composed.utf8) || prefix.utf8.starts(with: composed.utf8))
    }
}
