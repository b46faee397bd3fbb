import Dragonfly
import Foundation

/// A store for tests that need no control over the server: the one that `CHIMNEY_TEST_STORE` names, else a private one.
/// Either way nobody else sees its keys.
public final class TestStore: @unchecked Sendable {
    /// The private server, nil where another one is used.
    public let server: StoreServer?
    /// Its address as `DRAGONFLY_URL` has it.
    public let url: String
    /// What all keys begin with.
    public let prefix: String

    private let lock = NSLock()
    private let store: Store

    /// A store.
    public convenience init() throws {
        let named = ProcessInfo.processInfo.environment["CHIMNEY_TEST_STORE"].flatMap { $0.isEmpty ? nil : $0 }
        try self.init(server: named == nil ? StoreServer() : nil, url: named)
    }

    /// The store of a server.
    public convenience init(_ server: StoreServer) throws { try self.init(server: server, url: nil) }

    private init(server: StoreServer?, url: String?) throws {
        self.server = server
        let url = url ?? server?.url ?? ""
        guard let parsed = StoreURL(url) else { throw TestSupportError("\(url) is no store's address.") }
        self.url = url
        prefix = "test\(UInt32.random(in: 0 ... .max)):"
        store = Store(url: parsed, prefix: prefix, timeout: 5000)
    }

    /// The variables by which a process uses it.
    public var environment: [String: String] { ["DRAGONFLY_URL": url, "CHIMNEY_PREFIX": prefix] }

    /// The full name of a key.
    public func key(_ name: String) -> String { prefix + name }

    /// Runs a command. Keys have to be named in full.
    ///
    /// - Throws: `StoreError`.
    @discardableResult
    public func run(_ name: String, _ arguments: String...) throws -> Reply {
        try lock.withLock { try store.run(Command(name, arguments.map { Array($0.utf8) })) }
    }

    /// The full names of the keys that it has, in no order.
    ///
    /// - Parameter beginning: only those whose names begin with this, which has none of a pattern's signs.
    /// - Throws: `StoreError`.
    public func keys(beginning: String = "") throws -> Set<String> {
        var keys: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try run("SCAN", cursor, "MATCH", prefix + beginning + "*", "COUNT", "1000").array
            cursor = reply.first?.string ?? "0"
            keys.formUnion(reply.last?.array.compactMap(\.string) ?? [])
        } while cursor != "0"
        return keys
    }

    /// All that it holds, as text: the keys with their values.
    ///
    /// - Parameter beginning: only keys whose names begin with this.
    /// - Throws: `StoreError`.
    public func content(beginning: String = "") throws -> [(key: String, value: String)] {
        return try keys(beginning: beginning).sorted().map { key in
            let reply =
                switch try run("TYPE", key).string {
                case "list": try run("LRANGE", key, "0", "-1")
                case "hash": try run("HGETALL", key)
                case "zset": try run("ZRANGE", key, "0", "-1", "WITHSCORES")
                case "set": try run("SMEMBERS", key)
                default: try run("GET", key)
                }
            let texts = reply.array.isEmpty ? [reply.string ?? ""] : reply.array.map { $0.string ?? "" }
            return (key, key + "\n" + texts.joined(separator: "\n"))
        }
    }

    /// Takes its keys away where the server is not private.
    public func clear() {
        guard server == nil else { return }
        lock.withLock {
            var cursor = "0"
            repeat {
                let reply = try? store.run(Command("SCAN", cursor, "MATCH", prefix + "*", "COUNT", "1000")).array
                guard let reply, reply.count == 2 else { return }
                cursor = reply[0].string ?? "0"
                for key in reply[1].array.compactMap(\.string) { _ = try? store.run(Command("DEL", key)) }
            } while cursor != "0"
        }
    }

    deinit { clear() }
}
