import Essentials
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct ServiceManagerTests {
    @Test("It is told at a path, or at a name that is none", arguments: [false, true])
    func addresses(isAbstract: Bool) throws {
        let socket = try NotifySocket(isAbstract: isAbstract)
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.address])
        manager.ready("4 workers")
        #expect(socket.messages == [["READY": "1", "STATUS": "4 workers"]])
    }

    @Test("A reload has a time, and ends with being ready")
    func reload() throws {
        let socket = try NotifySocket()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.address])
        manager.reloading()
        manager.ready("again")
        let told = socket.messages
        #expect(told.map { $0["RELOADING"] } == ["1", nil])
        #expect(told.first?["MONOTONIC_USEC"].flatMap { UInt64($0) } ?? 0 > 0)
        #expect(told.map { $0["READY"] } == [nil, "1"])
    }

    @Test("That it stops is said once, and how long it may take")
    func stop() throws {
        let socket = try NotifySocket()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.address])
        manager.stopping("the last request", within: 5_000_000)
        manager.stopping("the last request", within: 5_000_000)
        #expect(
            socket.messages
                == [["STOPPING": "1", "STATUS": "the last request", "EXTEND_TIMEOUT_USEC": "5000000"]])
    }

    @Test("A line break in a status begins no other assignment")
    func lineBreaks() throws {
        let socket = try NotifySocket()
        ServiceManager(environment: ["NOTIFY_SOCKET": socket.address]).ready("a\nSTOPPING=1\r\nb")
        #expect(socket.messages == [["READY": "1", "STATUS": "a STOPPING=1 b"]])
    }

    @Test("Signs of life come as often as half of the time that is allowed, and only to whom they are asked of")
    func watchdog() throws {
        func signs(_ variables: [String: String]) throws -> Int {
            let socket = try NotifySocket()
            let manager = ServiceManager(
                environment: variables.merging(["NOTIFY_SOCKET": socket.address]) { $1 })
            manager.keepAlive()
            manager.keepAlive()
            return socket.count("WATCHDOG")
        }
        let own = String(getpid())
        #expect(try signs([:]) == 0)
        #expect(try signs(["WATCHDOG_USEC": "0"]) == 0)
        #expect(try signs(["WATCHDOG_USEC": "600000000"]) == 1)
        #expect(try signs(["WATCHDOG_USEC": "600000000", "WATCHDOG_PID": own]) == 1)
        #expect(try signs(["WATCHDOG_USEC": "600000000", "WATCHDOG_PID": "1"]) == 0)
        #expect(try signs(["WATCHDOG_USEC": "1"]) == 2)
    }

    @Test(
        "Without a manager, or with one that is gone, nothing happens",
        arguments: ["", "/", "relative", "@", "/nowhere/at/all", "/" + String(repeating: "x", count: 200)])
    func nobody(address: String) {
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2"])
        manager.ready("nobody hears it")
        manager.keepAlive()
    }
}
