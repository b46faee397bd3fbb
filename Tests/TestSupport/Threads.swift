import Foundation

enum Threads {
    private final class Outcome: @unchecked Sendable {
        private let lock = NSLock()
        private var failure: (any Error)?

        func fail(_ error: any Error) {
            lock.lock()
            defer { lock.unlock() }
            if failure == nil { failure = error }
        }

        func check() throws {
            if let failure { throw failure }
        }
    }

    static func run(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let outcome = Outcome()
        let group = DispatchGroup()
        for index in 0..<count {
            group.enter()
            let thread = Thread {
                do { try body(index) } catch { outcome.fail(error) }
                group.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        group.wait()
        try outcome.check()
    }
}
