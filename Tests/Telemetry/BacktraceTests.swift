import Glibc
import Testing

@testable import Telemetry

private func recognisable() -> Int32 { getpid() }

@Suite struct BacktraceTests {
    @Test("A function of the program itself has its name, readable")
    func ownFunction() throws {
        let function: @convention(c) () -> Int32 = { recognisable() }
        let lines = Backtrace.lines(of: [unsafeBitCast(function, to: UInt.self)], image: 0, limit: 4096)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("BacktraceTests.ownFunction") == true, "\(lines)")
    }

    @Test("A function of a library has its name")
    func libraryFunction() throws {
        let address = try #require(dlsym(nil, "getpid"))
        let lines = Backtrace.lines(of: [UInt(bitPattern: address)], image: 0, limit: 4096)
        #expect(lines.first?.hasSuffix("getpid") == true, "\(lines)")
    }

    @Test("What is nowhere has no name, and does no harm")
    func nowhere() {
        #expect(Backtrace.lines(of: [0, 1, .max], image: 0, limit: 4096).count == 3)
        #expect(Backtrace.lines(of: [], image: 0, limit: 4096).isEmpty)
        #expect(Backtrace.lines(of: [1], image: 0, limit: 4096) == ["0x1 ?"])
    }

    @Test("There is a limit to it")
    func limit() {
        let lines = Backtrace.lines(of: [UInt](repeating: 0x1234_5678, count: 500), image: 0, limit: 200)
        #expect(lines.reduce(0) { $0 + $1.utf8.count } <= 200)
        #expect(!lines.isEmpty)
    }
}
