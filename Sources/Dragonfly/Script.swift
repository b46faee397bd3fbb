import Crypto
import Essentials

/// A Lua script that the store runs as one atomic step. It is written for Lua 5.1 (Redis) and 5.4 (Dragonfly) alike,
/// and touches no key but those it is given.
public struct Script: Sendable {
    let source: [UInt8]
    let digest: [UInt8]
    private let replies: Reply.Kinds

    /// A script; the store is sent its text only if it does not know it yet.
    ///
    /// - Parameter replies: what it returns, where that is looked at.
    public init(_ source: String, returning replies: Reply.Kinds = .any) {
        self.replies = replies
        self.source = Array(source.utf8)
        digest = Array(Hex.string(Array(Insecure.SHA1.hash(data: self.source))).utf8)
    }

    func byDigest(keys: [String], arguments: [[UInt8]]) -> Command {
        Command("EVALSHA", [digest] + Self.tail(keys, arguments), replies: replies)
    }

    func bySource(keys: [String], arguments: [[UInt8]]) -> Command {
        Command("EVAL", [source] + Self.tail(keys, arguments), replies: replies)
    }

    private static func tail(_ keys: [String], _ arguments: [[UInt8]]) -> [[UInt8]] {
        [Array(String(keys.count).utf8)] + keys.map { Array($0.utf8) } + arguments
    }
}
