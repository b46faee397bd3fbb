import Essentials
import TestSupport
import Testing

@testable import Dragonfly

private func url(_ server: StoreServer) throws -> StoreURL { try #require(StoreURL(server.url)) }

/// What a server that does not answer costs. Serialised, because it is about time.
@Suite(.serialized) struct StoreOutageTests {
    private let server: StoreServer
    private let store: Store

    init() throws {
        server = try StoreServer()
        store = Store(url: try url(server))
        let store = store
        try #require(eventually { (try? store.run(Command("SET", "k", "v"))) != nil })
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Int {
        let begin = monotonicMilliseconds
        try body()
        return monotonicMilliseconds - begin
    }

    @Test("A server that hangs costs a time-out, and then nothing until the next attempt")
    func hanging() throws {
        server.freeze()
        defer { server.thaw() }
        for _ in 0..<5 {
            #expect(eventually { store.isDue })
            let cost = milliseconds { #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) } }
            #expect(cost >= 180, "\(cost) ms")
        }
        // Not due until the pause is over, half a second by now: whatever is asked in between fails without being sent.
        var asked = 0
        while !store.isDue {
            #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
            asked += 1
        }
        #expect(asked > 10, "only \(asked) commands failed at once")
    }

    @Test("The pauses between attempts grow, up to half a second")
    func pauses() {
        #expect((0..<6).map(Store.pause) == [50, 100, 200, 400, 500, 500])
        #expect(Store.pause(after: .max) == 500)
    }

    @Test("A server that answers late is not believed: its late reply is not that of the next command")
    func lateReply() throws {
        let commands = [Command("SET", "a", "late"), Command("SET", "b", "right")]
        try #require(eventually { (try? store.run(commands)) != nil })
        server.freeze()
        #expect(throws: StoreError.self) { try store.run(Command("GET", "a")) }
        server.thaw()
        let reply = value { try? store.run(Command("GET", "b")) }
        #expect(reply?.string == "right")
    }

    @Test("It is back after the server's return, and each time anew")
    func back() throws {
        for _ in 0..<2 {
            server.stop()
            for _ in 0..<6 {
                #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
                #expect(eventually { store.isDue })
            }
            guard case .unavailable = store.condition else {
                Issue.record("\(store.condition)")
                return
            }
            try server.start()
            #expect(eventually(every: 5) { (try? store.run(Command("PING"))) == .status("PONG") })
            #expect(store.condition == .connected)
        }
    }

    @Test("A connection that the server has closed is replaced without anybody noticing")
    func reconnects() throws {
        let store = Store(url: try url(server), timeout: 5000)
        for _ in 0..<3 {
            try server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            #expect(try store.run(Command("GET", "k")).string == "v")
            #expect(store.condition == .connected)
        }
        server.stop()
        try server.start()
        #expect(try store.run(Command("PING")) == .status("PONG"))
        try server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        #expect(try store.run([Command("PING"), Command("PING")]).count == 2)
    }

    @Test("A refused connection is said to be one, and not a time-out")
    func refusedConnection() throws {
        server.stop()
        #expect(throws: StoreError.self) { try store.run(Command("PING")) }
        guard case .unavailable(let reason) = store.condition else {
            Issue.record("\(store.condition)")
            return
        }
        #expect(!reason.isEmpty)
        #expect(!reason.contains("in time"))
    }

    @Test("A host that does not answer at all costs the dial limit")
    func unroutable() throws {
        // A listening socket whose queue is full takes no further connection.
        let full = try FullQueue()
        let far = Store(url: StoreURL(endpoint: .tcp(host: "127.0.0.1", port: full.port)), dial: 300)
        let cost = milliseconds { #expect(throws: StoreError.self) { try far.run(Command("PING")) } }
        #expect(cost >= 250, "\(cost) ms")
    }
}
