import Essentials
import Foundation
import TestSupport
import Testing

@testable import Dragonfly

@Suite struct AwaitMoveTests {
    private let server: StoreServer
    private let store: Store

    init() throws {
        server = try StoreServer()
        store = Store(url: try #require(StoreURL(server.url)), prefix: "", timeout: 300)
        _ = try store.run(Command("PING"))
    }

    /// Waits in a thread of its own for what comes into `jobs`.
    private func wait(seconds: Int) -> Waiter {
        Waiter(store) { (store) throws(StoreError) in
            try store.awaitMove(from: "jobs", to: "taken", seconds: seconds)
        }
    }

    /// What was taken.
    private func taken() throws -> [String] {
        try server.run("LRANGE", "taken", "0", "-1").array.compactMap(\.string)
    }

    private func hasWaiting(_ count: Int) -> Bool {
        eventually {
            (try? server.run("INFO", "clients").string)?.contains("blocked_clients:\(count)\r") == true
        }
    }

    @Test("What is there is moved at once: the oldest, to the front")
    func atOnce() throws {
        try server.run("RPUSH", "taken", "earlier")
        try server.run("LPUSH", "jobs", "1", "2")
        #expect(try store.awaitMove(from: "jobs", to: "taken", seconds: 30) == Array("1".utf8))
        #expect(try taken() == ["1", "earlier"])
        #expect(try server.run("LRANGE", "jobs", "0", "-1").array.map(\.string) == ["2"])
    }

    @Test("What comes later is waited for, beyond the time limit of commands")
    func later() throws {
        let waiter = wait(seconds: 20)
        #expect(hasWaiting(1))
        // For longer than a command may take, as the server counts it in whole seconds.
        #expect(
            try eventually {
                let clients = try server.run("CLIENT", "LIST").string ?? ""
                return clients.split(separator: "\n").contains {
                    $0.contains("cmd=blmove") && !$0.contains(" idle=0 ")
                }
            })
        #expect(waiter.outcome == nil)
        try server.run("LPUSH", "jobs", "1")
        #expect(eventually { waiter.outcome == .element("1") }, "\(String(describing: waiter.outcome))")
        #expect(try taken() == ["1"])
    }

    @Test("Where nothing comes there is nothing, and the connection stays good")
    func nothing() throws {
        let id = try store.run(Command("CLIENT", "ID")).integer
        #expect(try store.awaitMove(from: "jobs", to: "taken", seconds: 1) == nil)
        #expect(try store.run(Command("CLIENT", "ID")).integer == id)
        #expect(store.condition == .connected)
    }

    @Test("After a wait commands have their own time limit again")
    func limit() throws {
        try server.run("LPUSH", "jobs", "1")
        // With this one a command would be given up after two minutes.
        #expect(try store.awaitMove(from: "jobs", to: "taken", seconds: 120) == Array("1".utf8))
        server.freeze()
        defer { server.thaw() }
        let waiter = Waiter(store) { (store) throws(StoreError) in try store.run(Command("PING")).bytes }
        #expect(eventually(within: 30) { waiter.outcome == .failed })
    }

    @Test("A signal does not end the wait")
    func signalled() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGUSR2, &action, nil)
        let waiter = wait(seconds: 20)
        #expect(hasWaiting(1))
        waiter.signal(SIGUSR2)
        try server.run("LPUSH", "jobs", "1")
        #expect(eventually { waiter.outcome == .element("1") }, "\(String(describing: waiter.outcome))")
    }

    @Test("A server that goes away ends the wait, which is not begun anew; the next one is")
    func away() throws {
        let waiter = wait(seconds: 20)
        #expect(hasWaiting(1))
        server.stop()
        #expect(eventually { waiter.outcome == .failed }, "\(String(describing: waiter.outcome))")
        try server.start()
        try server.run("LPUSH", "jobs", "1")
        #expect(try store.awaitMove(from: "jobs", to: "taken", seconds: 1) == Array("1".utf8))
        #expect(try taken() == ["1"])
    }

    @Test("A connection that the server closes is an error, and no reason to wait once more")
    func closed() throws {
        let waiter = wait(seconds: 20)
        #expect(hasWaiting(1))
        try server.run("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        #expect(eventually { waiter.outcome == .failed }, "\(String(describing: waiter.outcome))")
        #expect(hasWaiting(0))
        // And the next command need not wait for anything.
        #expect(store.isDue)
        #expect(try store.run(Command("PING")).string == "PONG")
    }

    @Test("From a server that stops answering the wait comes back; what it moves for nobody is in the other list")
    func frozen() throws {
        let waiter = wait(seconds: 1)
        #expect(hasWaiting(1))
        server.freeze()
        #expect(eventually { waiter.outcome == .failed }, "\(String(describing: waiter.outcome))")
        server.thaw()
        try server.run("LPUSH", "jobs", "1")
        #expect(eventually { store.isDue })
        let got = try store.awaitMove(from: "jobs", to: "taken", seconds: 1)
        #expect(try taken() == ["1"])
        #expect(got == nil || got == Array("1".utf8))
    }

    @Test("What is no list is refused")
    func refused() throws {
        try server.run("SET", "jobs", "x")
        #expect(throws: StoreError.self) { try store.awaitMove(from: "jobs", to: "taken", seconds: 1) }
        #expect(try store.run(Command("PING")).string == "PONG")
    }
}

/// A thread that waits; the store is its own until it has an outcome.
private final class Waiter: @unchecked Sendable {
    enum Outcome: Equatable {
        case element(String?)
        case failed
    }

    private let lock = NSLock()
    private var found: Outcome?
    private var thread: pthread_t?

    init(_ store: Store, _ body: @escaping @Sendable (Store) throws(StoreError) -> [UInt8]?) {
        nonisolated(unsafe) let store = store
        Thread.detachNewThread { [self] in
            lock.withLock { thread = pthread_self() }
            let outcome: Outcome
            do throws(StoreError) {
                outcome = .element(try body(store).map { String(decoding: $0, as: UTF8.self) })
            } catch { outcome = .failed }
            lock.withLock { found = outcome }
        }
    }

    /// What came of the wait; nil while it lasts.
    var outcome: Outcome? { lock.withLock { found } }

    /// Sends the thread a signal.
    func signal(_ number: Int32) {
        lock.withLock { if found == nil, let thread { _ = pthread_kill(thread, number) } }
    }
}
