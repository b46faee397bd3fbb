extension Reply {
    /// The kinds of replies that a command can have, besides an error. A reply of another kind is to something else: who
    /// took it for an answer would find a list empty that is not.
    public struct Kinds: OptionSet, Sendable {
        /// A bit for each.
        public let rawValue: UInt8

        /// Those whose bits are set.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A simple string.
        public static let status = Kinds(rawValue: 1)
        /// An integer.
        public static let integer = Kinds(rawValue: 2)
        /// A bulk string.
        public static let bytes = Kinds(rawValue: 4)
        /// An array.
        public static let array = Kinds(rawValue: 8)
        /// Nothing.
        public static let null = Kinds(rawValue: 16)

        /// Whether a reply is of one of them.
        func contains(_ reply: Reply) -> Bool {
            switch reply {
            case .status: contains(Kinds.status)
            case .integer: contains(Kinds.integer)
            case .bytes: contains(Kinds.bytes)
            case .array: contains(Kinds.array)
            case .null: contains(Kinds.null)
            case .error: true
            }
        }

        /// Those of a command, as https://redis.io/docs/latest/commands has them; any for one that is not named here.
        static func replies(to command: String) -> Kinds { known[command] ?? any }

        /// Anything.
        public static let any: Kinds = [.status, .integer, .bytes, .array, .null]

        private static let known: [String: Kinds] = {
            let groups: [(Kinds, [String])] = [
                (.status, ["AUTH", "PING", "SELECT"]),
                ([.status, .null], ["SET"]),
                (.bytes, ["INFO"]),
                ([.bytes, .null], ["BLMOVE", "GET", "HGET"]),
                (
                    .integer,
                    [
                        "DBSIZE", "DEL", "EXISTS", "HDEL", "HINCRBY", "HSET", "HSETNX", "LREM", "PTTL", "STRLEN",
                        "ZADD",
                        "ZCARD", "ZCOUNT", "ZREM",
                    ]
                ),
                (
                    .array,
                    [
                        "HGETALL", "HMGET", "HVALS", "LRANGE", "MGET", "TIME", "ZRANGE", "ZRANGEBYLEX",
                        "ZRANGEBYSCORE", "ZREVRANGE",
                    ]
                ),
            ]
            return groups.reduce(into: [:]) { known, group in for name in group.1 { known[name] = group.0 } }
        }()
    }
}
