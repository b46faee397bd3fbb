import Essentials

/// Where the store is and how to log in: `redis://[user:password@]host:port/db` or `unix:///path?db=0`.
public struct StoreURL: Sendable, Equatable {
    /// The way to the server.
    public enum Endpoint: Sendable, Equatable {
        /// By TCP.
        case tcp(host: String, port: UInt16)
        /// By a unix socket.
        case unix(path: String)
    }

    /// The way to the server.
    public let endpoint: Endpoint
    /// The user of the server's access control list; nil for its default user.
    public let user: String?
    /// The password; nil where none is needed.
    public let password: String?
    /// The number of the database.
    public let database: Int

    /// How `DRAGONFLY_URL` has to look, for messages.
    public static let syntax =
        "is not a store's address; use redis://[user:password@]host:port/db or unix:///path/to/socket?db=0"

    /// Reads an address; nil if it is none.
    public init?(_ text: String) {
        if text.hasPrefix("unix://") {
            let rest = text.dropFirst(7)
            let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            guard let path = parts.first, path.hasPrefix("/"), path.utf8.count <= 107 else { return nil }
            var database = 0
            var user: String?
            var password: String?
            for item in parts.count > 1 ? parts[1].split(separator: "&") : [] {
                let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
                guard pair.count == 2 else { return nil }
                switch pair[0] {
                case "db":
                    guard let number = Int(pair[1]), number >= 0 else { return nil }
                    database = number
                case "user":
                    guard let text = PercentEncoding.decode(pair[1]) else { return nil }
                    user = text
                case "password":
                    guard let text = PercentEncoding.decode(pair[1]) else { return nil }
                    password = text
                default: return nil
                }
            }
            self.init(endpoint: .unix(path: String(path)), user: user, password: password, database: database)
            return
        }
        guard text.hasPrefix("redis://") else { return nil }
        var rest = text.dropFirst(8)
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: at)...]
            guard let first = PercentEncoding.decode(String(login[0])),
                let last = PercentEncoding.decode(String(login[login.count - 1]))
            else {
                return nil
            }
            // `redis://secret@host` is read as a password alone, as most clients do.
            user = login.count == 1 || first.isEmpty ? nil : first
            password = last.isEmpty ? nil : last
        }
        var database = 0
        if let slash = rest.firstIndex(of: "/") {
            let number = rest[rest.index(after: slash)...]
            if !number.isEmpty {
                guard let value = Int(number), value >= 0 else { return nil }
                database = value
            }
            rest = rest[..<slash]
        }
        var port: UInt16 = 6379
        var host = rest
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
        } else if let colon = rest.lastIndex(of: ":") {
            host = rest[..<colon]
            rest = rest[colon...]
        } else {
            rest = ""
        }
        if rest.hasPrefix(":") {
            guard let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
            port = number
        } else if !rest.isEmpty {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(
            endpoint: .tcp(host: String(host), port: port), user: user, password: password, database: database)
    }

    /// An address from its parts.
    public init(endpoint: Endpoint, user: String? = nil, password: String? = nil, database: Int = 0) {
        self.endpoint = endpoint
        self.user = user
        self.password = password
        self.database = database
    }
}
