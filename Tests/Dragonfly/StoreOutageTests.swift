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
        _ = try store.run(Command("SET", "k", "v"))
    }

    private func milliseconds(_ body: () throws -> Void) rethrows -> Int {
        let begin = monotonicMilliseconds
        try body()
        return monotonicMilliseconds - begin
    }

    @Test("A server that hangs costs one time-out, and then nothing until the next attempt")
    func hanging() throws {
        server.freeze()
        defer { server.thaw() }
        let first = milliseconds { #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) } }
        #expect((180...1500).contains(first), "\(first) ms")

        // Not due until the pause is over: whatever is asked in between fails without being sent.
        #expect(!store.isDue)
        var asked = 0
        while !store.isDue {
            #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
            asked += 1
        }
        #expect(asked > 100, "within a pause of 50 ms only \(asked) commands failed")

        // Each attempt costs one time-out, and the pauses between them grow.
        var pauses: [Int] = []
        for _ in 0..<5 {
            let cost = milliseconds { #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) } }
            #expect(cost < 1500, "\(cost) ms")
            pauses.append(milliseconds { _ = eventually(within: 2, every: 1) { store.isDue } })
        }
        #expect(pauses.allSatisfy { $0 <= 900 }, "\(pauses)")
        #expect(pauses[3] > pauses[0], "\(pauses)")
    }

    @Test("A server that answers late is not believed: its late reply is not that of the next command")
    func lateReply() throws {
        _ = try store.run([Command("SET", "a", "late"), Command("SET", "b", "right")])
        server.freeze()
        #expect(throws: StoreError.self) { try store.run(Command("GET", "a")) }
        server.thaw()
        let reply = value(within: 2) { try? store.run(Command("GET", "b")) }
        #expect(reply?.string == "right")
    }

    @Test("It is back within a second of the server's return, and each time anew")
    func back() throws {
        for _ in 0..<2 {
            server.stop()
            for _ in 0..<6 {
                #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
                _ = eventually(within: 1) { store.isDue }
            }
            guard case .unavailable = store.condition else {
                Issue.record("\(store.condition)")
                return
            }
            try server.start()
            let begin = monotonicMilliseconds
            #expect(eventually(within: 3, every: 5) { (try? store.run(Command("PING"))) == .status("PONG") })
            #expect(monotonicMilliseconds - begin < 1000)
            #expect(store.condition == .connected)
        }
    }

    @Test("A connection that the server has closed is replaced without anybody noticing")
    func reconnects() throws {
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

    @Test("A refused connection is said to be one, without a time-out")
    func refusedConnection() throws {
        server.stop()
        let cost = milliseconds { #expect(throws: StoreError.self) { try store.run(Command("PING")) } }
        #expect(cost < 150, "\(cost) ms")
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
        #expect((250...1500).contains(cost), "\(cost) ms")
        #expect(!far.isDue)
    }
}
