import Essentials
import TestSupport
import Testing

@testable import Dragonfly

/// A server that says what is no answer. Serialised, because what is said is more than one wants at a time.
@Suite(.serialized) struct RubbishTests {
    private let server: StoreServer
    private let proxy: FaultyProxy
    private let store: Store

    init() throws {
        server = try StoreServer()
        proxy = try FaultyProxy(server.address)
        store = Store(url: try #require(StoreURL(proxy.url)))
        try server.run("SET", "k", "the value of a key, which is long enough to be cut off anywhere")
        try server.run("RPUSH", "list", "one", "two", "three")
    }

    private let value = Reply.bytes(Array("the value of a key, which is long enough to be cut off anywhere".utf8))

    @Test("Nothing of it is taken for an answer, and the next right one is", arguments: Rubbish.allCases)
    func disbelieved(rubbish: Rubbish) throws {
        #expect(eventually { (try? store.run(Command("GET", "k"))) == value })
        proxy.set(.rubbish(rubbish))
        #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
        #expect(eventually { store.isDue })
        #expect(throws: StoreError.self) {
            try store.run([Command("LRANGE", "list", "0", "-1"), Command("GET", "k")])
        }
        proxy.set(.none)
        let next = TestSupport.value { try? store.run(Command("GET", "k")) }
        #expect(next == value)
        // However much there is of it, and for however long it goes on: of a reply that comes byte by byte most are missing,
        // and of a line not much more is sent than the system has room for on the way.
        let most = [.drip: 30, .endless: 24 << 20, .almostEnded: 24 << 20][rubbish] ?? 128 << 20
        #expect(proxy.mostRubbish < most)
    }

    @Test("An error has room in its line, but not all that there is")
    func longErrors() throws {
        func fail(_ length: Int) throws -> Reply {
            try store.run([Command("EVAL", "return redis.error_reply(string.rep('x', \(length)))", "0")])[0]
        }
        let reply = try fail(60_000)
        guard case .error(let message) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(message.contains(String(repeating: "x", count: 60_000)))
        #expect(throws: StoreError.self) { try fail(200_000) }
        #expect(eventually { (try? store.run(Command("GET", "k"))) == value })
    }

    @Test("What comes between two commands is not the reply to the second")
    func between() throws {
        // The server may be kept from the processor.
        let store = Store(url: try #require(StoreURL(proxy.url)), timeout: 5000)
        #expect(eventually { (try? store.run(Command("GET", "k"))) == value })
        proxy.set(.rubbish(.oneTooMany))
        #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
        proxy.set(.none)
        #expect(eventually { (try? store.run(Command("GET", "k"))) == value })
        proxy.interject(Array("$5\r\nhello\r\n".utf8))
        for _ in 0..<10 { #expect(try store.run(Command("GET", "k")) == value) }
    }

    @Test(
        "A server that has no room says so to who connects, and so is told, and that is no fault of the command",
        arguments: [false, true])
    func full(tellsTime: Bool) throws {
        let store = Store(url: try #require(StoreURL(proxy.url)), timeout: 5000, tellsTime: tellsTime)
        try server.run("CONFIG", "SET", "maxclients", "1")
        for _ in 0..<8 {
            let error = #expect(throws: StoreError.self) { try store.run(Command("GET", "k")) }
            guard case .unavailable(let reason)? = error, reason.contains("max number of clients") else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(eventually { store.isDue })
        }
        try server.run("CONFIG", "SET", "maxclients", "100")
        #expect(eventually { (try? store.run(Command("GET", "k"))) == value })
    }
}
