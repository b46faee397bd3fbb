import Essentials
import TestSupport
import Testing

@testable import Dragonfly

private func url(_ server: StoreServer) throws -> StoreURL { try #require(StoreURL(server.url)) }

/// The store as a process sees it, with a real server at the other end.
@Suite struct StoreTests {
    private let server: StoreServer
    private let store: Store

    init() throws {
        server = try StoreServer()
        store = Store(url: try url(server), timeout: 5000)
    }

    @Test("Nothing is tried before the first command")
    func untried() throws {
        #expect(store.condition == .untried)
        #expect(store.isDue)
        #expect(try store.run(Command("PING")) == .status("PONG"))
        #expect(store.condition == .connected)
    }

    @Test("Replies of every kind")
    func replies() throws {
        #expect(try store.run(Command("SET", "k", "v")) == .status("OK"))
        #expect(try store.run(Command("GET", "k")) == .bytes(Array("v".utf8)))
        #expect(try store.run(Command("GET", "absent")) == .null)
        #expect(try store.run(Command("APPEND", "k", "")) == .integer(1))
        #expect(try store.run(Command("LRANGE", "absent", "0", "-1")) == .array([]))
        #expect(try store.run(Command("MGET", "k", "absent")) == .array([.bytes(Array("v".utf8)), .null]))
        let every = (UInt8.min...UInt8.max).map { $0 }
        #expect(try store.run(Command("SET", [Array("b".utf8), every])) == .status("OK"))
        #expect(try store.run(Command("GET", "b")).bytes == every)
        #expect(try store.run(Command("SET", "empty", "")) == .status("OK"))
        #expect(try store.run(Command("GET", "empty")) == .bytes([]))
    }

    @Test("A value of many megabytes comes whole")
    func large() throws {
        let patient = Store(url: try url(server), timeout: 5000)
        let value = [UInt8](repeating: 7, count: 20 << 20)
        _ = try patient.run(Command("SET", [Array("big".utf8), value]))
        #expect(try patient.run(Command("GET", "big")).bytes == value)
    }

    @Test("A command that the store refuses is a defect, and the connection goes on")
    func refused() throws {
        _ = try store.run(Command("SET", "k", "v"))
        #expect { try store.run(Command("LPUSH", "k", "v")) } throws: { error in
            guard case StoreError.refused(let message) = error else { return false }
            return message.hasPrefix("WRONGTYPE")
        }
        #expect(throws: StoreError.self) { try store.run(Command("NO-SUCH-COMMAND")) }
        #expect(store.condition == .connected)
        #expect(try store.run(Command("GET", "k")).string == "v")
    }

    @Test("Errors of single commands are among the replies of a pipeline")
    func pipelineErrors() throws {
        let replies = try store.run([Command("SET", "k", "v"), Command("LPUSH", "k", "v"), Command("GET", "k")])
        #expect(replies.count == 3)
        #expect(replies[0] == .status("OK"))
        guard case .error(let message) = replies[1] else {
            Issue.record("no error: \(replies[1])")
            return
        }
        #expect(message.hasPrefix("WRONGTYPE"))
        #expect(replies[2].string == "v")
        #expect(try store.run([]).isEmpty)
    }

    @Test(
        "A pipeline to a server that cannot serve has no replies, of which one might be taken for nothing that is there"
    )
    func pipelineUnserved() throws {
        let server = try StoreServer()
        let store = Store(url: try url(server), timeout: 5000)
        _ = try store.run([Command("SET", "k", "v"), Command("GET", "k")])
        try server.run("CONFIG", "SET", "maxmemory", "1")
        let error = #expect(throws: StoreError.self) { try store.run([Command("GET", "k"), Command("SET", "k", "w")]) }
        guard case .unavailable(let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("OOM"))
        #expect(store.condition == .connected)
        #expect(try store.run([Command("GET", "k")]).map(\.string) == ["v"])
    }

    @Test("Pipelines of tens of thousands of commands", arguments: [511, 512, 513, 20_000])
    func pipelines(count: Int) throws {
        let patient = Store(url: try url(server), timeout: 5000)
        let value = String(repeating: "x", count: 1000)
        let stored = try patient.run((0..<count).map { Command("SET", "k\($0)", "\($0)\(value)") })
        #expect(stored.count == count)
        #expect(stored.allSatisfy { $0 == .status("OK") })
        let read = try patient.run((0..<count).map { Command("GET", "k\($0)") })
        #expect(read.enumerated().allSatisfy { $1.string == "\($0)\(value)" })
    }

    @Test("Keys have a prefix, and databases are apart")
    func prefixAndDatabase() throws {
        #expect(store.key("{deploys}") == "chimney:{deploys}")
        #expect(Store(url: try url(server), prefix: "p:").key("x") == "p:x")
        let path = server.url.split(separator: "?")[0]
        let third = Store(url: try #require(StoreURL("\(path)?db=3")), timeout: 5000)
        _ = try third.run(Command("SET", "only", "here"))
        #expect(try third.run(Command("GET", "only")).string == "here")
        #expect(try store.run(Command("GET", "only")) == .null)
        let wrong = Store(url: try #require(StoreURL("\(path)?db=9999")))
        #expect(throws: StoreError.self) { try wrong.run(Command("PING")) }
    }
}

/// Scripts, which the store may forget at any time.
@Suite struct ScriptTests {
    private let server: StoreServer
    private let store: Store

    init() throws {
        server = try StoreServer()
        store = Store(url: try url(server), timeout: 5000)
    }

    @Test("A script is loaded when it is first needed, and again after the store has forgotten it")
    func forgotten() throws {
        let script = Script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
        for round in 1...3 {
            let reply = try store.evaluate(script, keys: ["n"], arguments: [Array("a".utf8)])
            #expect(reply.array.map(\.string) == ["n", "a", "\(round)"])
            try server.run("SCRIPT", "FLUSH")
        }
        let committed = try store.commit(script, keys: ["n"], arguments: [Array("b".utf8)])
        #expect(committed.array.last?.integer == 4)
    }

    @Test("A script's own error is a defect, and does not run it twice")
    func failing() throws {
        let script = Script("redis.call('INCR', KEYS[1]) return redis.error_reply('ERR no')")
        #expect { try store.evaluate(script, keys: ["n"]) } throws: { error in
            guard case StoreError.refused(let message) = error else { return false }
            return message.contains("ERR no")
        }
        #expect(try store.run(Command("GET", "n")).integer == 1)
    }

    @Test("Arguments are any bytes")
    func bytes() throws {
        let value: [UInt8] = [0, 255, 10, 13, 0]
        let reply = try store.evaluate(Script("return ARGV[1]"), keys: [], arguments: [value])
        #expect(reply.bytes == value)
    }
}

/// Ways to the server.
@Suite struct StoreEndpointTests {
    @Test("By TCP and by a unix socket")
    func transports() throws {
        for transport in [StoreServer.Transport.tcp, .unix] {
            let server = try StoreServer(transport)
            let store = Store(url: try url(server), timeout: 5000)
            #expect(try store.run(Command("PING")) == .status("PONG"))
        }
    }

    @Test("By a name")
    func byName() throws {
        let server = try StoreServer(.tcp)
        let named = server.url.replacing("127.0.0.1", with: "localhost")
        #expect(try Store(url: try #require(StoreURL(named)), timeout: 5000).run(Command("PING")) == .status("PONG"))
    }

    @Test("A name that does not exist, and a path where nobody listens, cost no time to speak of")
    func nobody() throws {
        for text in ["redis://no-such-host.invalid:6379", "unix:///nowhere/at/all.sock"] {
            let store = Store(url: try #require(StoreURL(text)))
            #expect(throws: StoreError.self) { try store.run(Command("PING")) }
            guard case .unavailable(let reason) = store.condition else {
                Issue.record("\(text): \(store.condition)")
                continue
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test("With the right password, with a wrong one, and with none")
    func passwords() throws {
        let server = try StoreServer(.tcp)
        try server.run("ACL", "SETUSER", "joe", "on", ">s3cr:et/@", "~*", "+@all")
        try server.run("CONFIG", "SET", "requirepass", "hunter2")
        let address = server.url.dropFirst("redis://".count)
        func store(_ login: String) throws -> Store {
            Store(url: try #require(StoreURL("redis://\(login)\(address)")), timeout: 5000)
        }
        #expect(try store(":hunter2@").run(Command("PING")) == .status("PONG"))
        #expect(try store("joe:s3cr%3Aet%2F%40@").run(Command("PING")) == .status("PONG"))
        for login in ["", ":wrong@", "joe:wrong@", "nobody:hunter2@"] {
            let wrong = try store(login)
            #expect { try wrong.run(Command("PING")) } throws: { error in
                guard case StoreError.unavailable(let reason) = error else { return false }
                return !reason.contains("hunter2") && !reason.contains("wrong@") && !reason.isEmpty
            }
        }
    }
}
