import Dragonfly
import Foundation
import TestSupport
import Testing

/// A state of a store in which it answers, and does not do what it is asked.
struct StoreState: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether it can be read.
    let isReadable: Bool
    /// What it says.
    let sign: String
    /// Brings it into this state.
    let begin: @Sendable (Besieged) throws -> Void
    /// Brings it back.
    let end: @Sendable (Besieged) throws -> Void

    static let all = [
        StoreState("out of memory", isReadable: true, sign: "OOM") {
            try $0.configure("maxmemory", "1")
        } end: {
            try $0.configure("maxmemory", "0")
        },
        StoreState("a replica of a server that is gone", isReadable: true, sign: "READONLY") {
            try $0.server.run("REPLICAOF", "127.0.0.1", "1")
        } end: {
            try $0.server.run("REPLICAOF", "NO", "ONE")
        },
        StoreState("a replica that says nothing without its server", isReadable: false, sign: "MASTERDOWN") {
            try $0.configure("replica-serve-stale-data", "no")
            try $0.server.run("REPLICAOF", "127.0.0.1", "1")
        } end: {
            try $0.server.run("REPLICAOF", "NO", "ONE")
            try $0.configure("replica-serve-stale-data", "yes")
        },
        StoreState("without the replicas that it should have", isReadable: true, sign: "NOREPLICAS") {
            try $0.configure("min-replicas-to-write", "1")
        } end: {
            try $0.configure("min-replicas-to-write", "0")
        },
        StoreState("without a place for its snapshots", isReadable: true, sign: "MISCONF") { besieged in
            let directory = try TemporaryDirectory()
            try besieged.configure("dir", directory.path)
            try FileManager.default.removeItem(atPath: directory.path)
            try besieged.configure("save", "3600 1000000")
            try besieged.server.run("BGSAVE")
            let hasFailed = try eventually {
                try besieged.server.run("INFO", "persistence").string?.contains("rdb_last_bgsave_status:err") == true
            }
            #expect(hasFailed)
        } end: {
            try $0.configure("save", "")
            try $0.configure("dir", $0.directory)
        },
        StoreState("without room for clients", isReadable: false, sign: "max number of clients") {
            try $0.configure("maxclients", "1")
            try $0.throwOut()
        } end: {
            try $0.configure("maxclients", "1000")
        },
        StoreState("with another password", isReadable: false, sign: "NOAUTH") {
            try $0.configure("requirepass", "another")
            try $0.throwOut()
        } end: {
            try $0.configure("requirepass", "")
        },
        StoreState("busy with somebody's script", isReadable: false, sign: "BUSY") { besieged in
            try besieged.configure("lua-time-limit", "50")
            try besieged.keepBusy()
        } end: {
            let reply = try $0.server.run("SCRIPT", "KILL")
            #expect(reply == .status("OK"))
        },
        StoreState("reading what it had", isReadable: false, sign: "LOADING") { besieged in
            // It hears of its clients after each of these, and has a minute to read.
            let fill = "for i = 1, 6000 do redis.call('SET', KEYS[1] .. i, string.rep('x', 1100)) end"
            try besieged.server.run("EVAL", fill, "1", "filler")
            besieged.server.stopKeeping()
            try besieged.server.start()
        } end: { besieged in
            try besieged.configure("key-load-delay", "0")
            #expect(eventually { (try? besieged.server.run("PING")) == .status("PONG") })
            let remove = "for i = 1, 6000 do redis.call('DEL', KEYS[1] .. i) end"
            try besieged.server.run("EVAL", remove, "1", "filler")
        },
    ]

    /// Has a store be in this state for as long as something takes.
    func befall(_ besieged: Besieged, during body: () throws -> Void) throws {
        do {
            try begin(besieged)
            try body()
        } catch {
            Issue.record("\(testDescription): \(error)")
            try? end(besieged)
            throw error
        }
        do { try end(besieged) } catch {
            Issue.record("\(testDescription), at its end: \(error)")
            throw error
        }
    }

    init(
        _ description: String, isReadable: Bool, sign: String, begin: @escaping @Sendable (Besieged) throws -> Void,
        end: @escaping @Sendable (Besieged) throws -> Void
    ) {
        testDescription = description
        self.isReadable = isReadable
        self.sign = sign
        self.begin = begin
        self.end = end
    }
}

extension Besieged {
    fileprivate func configure(_ name: String, _ value: String) throws {
        let reply = try server.run("CONFIG", "SET", name, value)
        guard reply == .status("OK") else { throw TestSupportError("CONFIG SET \(name) \(value): \(reply)") }
    }

    /// Ends the connections of all clients but the one that asks for it.
    fileprivate func throwOut() throws { try server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") }

    /// Has the server run a script that does not end by itself, and waits until it says so.
    fileprivate func keepBusy() throws {
        let url = try #require(StoreURL(server.url))
        _ = Background {
            let store = Store(url: url, prefix: "", timeout: 60_000)
            _ = try? store.run(Command("EVAL", "while true do end", "0"))
        }
        let isBusy = eventually {
            do { try server.run("PING") } catch { return "\(error)".hasPrefix("BUSY") }
            return false
        }
        #expect(isBusy)
    }
}
