import Glibc
import Testing

@testable import Operations

@Suite struct HostTests {
    @Test("The private memory of a process is some, and of none unknown")
    func privateMemory() {
        #expect((Host.privateMemory(of: getpid()) ?? 0) > 100_000)
        #expect(Host.privateMemory(of: -1) == nil)
    }

    @Test("Without a pool there are no processes and no uptime")
    func unpooled() {
        let host = Host(name: "here", board: nil, roles: [])
        #expect(host.processes.isEmpty)
        #expect(host.uptime == nil)
    }
}
