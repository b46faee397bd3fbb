import Foundation
import TestSupport

/// Clients that make the same request again and again until they are told to stop, and look at every answer.
final class Load: @unchecked Sendable {
    /// What became of the requests.
    struct Report: Sendable {
        /// How many were answered with 200, whole.
        var answered = 0
        /// What happened to the others, the first few of them.
        var failures: [String] = []
    }

    private let lock = NSLock()
    private var report = Report()
    private var isStopped = false
    private let done = DispatchGroup()

    /// Starts the clients.
    ///
    /// - Parameters:
    ///   - count: how many there are; each has one connection, as long as the server keeps it.
    ///   - end: what the body of a whole answer ends with.
    init(_ http: HTTPClient, _ target: String, clients count: Int = 8, bodyEnding end: String = "}") {
        for _ in 0..<count {
            done.enter()
            let thread = Thread { [self] in
                run(http, target, Array(end.utf8))
                done.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// How many requests have been answered so far.
    var answered: Int { lock.withLock { report.answered } }

    /// Waits until so many further requests have been answered.
    func pass(_ count: Int, within seconds: Double = patience) -> Bool {
        let goal = answered + count
        return eventually(within: seconds) { answered >= goal }
    }

    /// Lets each client finish its request, and tells what became of all.
    func stop() -> Report {
        lock.withLock { isStopped = true }
        done.wait()
        return lock.withLock { report }
    }

    private func run(_ http: HTTPClient, _ target: String, _ end: [UInt8]) {
        var connection: HTTPConnection?
        while !lock.withLock({ isStopped }) {
            do {
                let open = try connection ?? http.connect()
                connection = open
                try open.send("GET", target)
                let answer = try open.receive()
                if answer.status == 200, answer.body.suffix(end.count).elementsEqual(end) {
                    lock.withLock { report.answered += 1 }
                } else {
                    fail("\(answer.status) \(answer.text.prefix(300))")
                }
                if answer["Connection"]?.lowercased() == "close" { connection = nil }
            } catch {
                connection = nil
                fail("\(error)")
            }
        }
    }

    private func fail(_ what: String) {
        lock.withLock { if report.failures.count < 10 { report.failures.append(what) } }
        usleep(10_000)
    }
}

/// Runs something on a thread of its own, to be waited for.
final class Background<Value: Sendable>: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    private var result: Result<Value, any Error>?

    /// Starts it.
    init(_ body: @escaping @Sendable () throws -> Value) {
        let thread = Thread { [self] in
            result = Result(catching: body)
            done.signal()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Its value; may be asked for once.
    func value() throws -> Value {
        done.wait()
        guard let result else { throw TestSupportError("There is no result.") }
        return try result.get()
    }
}
