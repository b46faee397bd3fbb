import Essentials

/// A line of the cache's list of changes, by which the memory tiers of all hosts follow the store.
///
/// `S <sequence> <fetched_at> <key>` for an entry that was stored, `I <sequence> <prefix>` for an invalidation,
/// `A <sequence>` for one of everything.
struct CacheChange: Equatable, Sendable {
    /// What has changed.
    enum Kind: Equatable, Sendable {
        /// An entry was stored, which was fetched or validated at that time.
        case stored(key: String, fetchedAt: Timestamp)
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
                let fetchedAt = Int64(String(decoding: rest[0], as: UTF8.self))
            else { return nil }
            kind = .stored(
                key: String(decoding: rest[1], as: UTF8.self), fetchedAt: Timestamp(milliseconds: fetchedAt))
        case ([UInt8(ascii: "I")], 3) where !parts[2].isEmpty:
            kind = .invalidated(prefix: String(decoding: parts[2], as: UTF8.self))
        case ([UInt8(ascii: "A")], 2): kind = .cleared
        default: return nil
        }
        self.sequence = sequence
    }

    /// The change as a line.
    var line: String {
        switch kind {
        case .stored(let key, let fetchedAt): "S \(sequence) \(fetchedAt.milliseconds) \(key)"
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
