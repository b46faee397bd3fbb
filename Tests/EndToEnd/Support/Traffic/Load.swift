import Foundation
import TestSupport

/// Clients that make the same request again and again until they are told to stop, and look at every answer.
///
/// They end with it: nobody is asked any more once a test has failed.
final class Load: Sendable {
    /// What became of the requests.
    struct Report: Sendable {
        /// How many were answered with 200, whole.
        var answered = 0
        /// What happened to the others, the first few of them.
        var failures: [String] = []
    }

    private let report = Notes(Report())
    private let isOver = Gate()
    private let clients: [Background<Void>]

    /// Starts the clients.
    ///
    /// - Parameters:
    ///   - count: how many there are; each has one connection, as long as the server keeps it.
    ///   - end: what the body of a whole answer ends with.
    init(_ http: HTTPClient, _ target: String, clients count: Int = 8, bodyEnding end: String = "}") {
        let (report, isOver, end) = (report, isOver, Array(end.utf8))
        clients = (0..<count).map { _ in
            Background {
                var connection: HTTPConnection?
                while !isOver.isOpen { Self.ask(http, target, end, &connection, report) }
            }
        }
    }

    deinit { isOver.open() }

    /// How many requests have been answered so far.
    var answered: Int { report.current.answered }

    /// Waits until so many further requests have been answered.
    func pass(_ count: Int, within seconds: Double = patience) -> Bool {
        let goal = answered + count
        return eventually(within: seconds) { answered >= goal }
    }

    /// Lets each client finish its request, and tells what became of all.
    func stop() -> Report {
        isOver.open()
        for client in clients { try? client.value() }
        return report.current
    }

    private static func ask(
        _ http: HTTPClient, _ target: String, _ end: [UInt8], _ connection: inout HTTPConnection?,
        _ report: Notes<Report>
    ) {
        do {
            let open = try connection ?? http.connect()
            connection = open
            try open.send("GET", target)
            let answer = try open.receive()
            if answer.status == 200, answer.body.suffix(end.count).elementsEqual(end) {
                report.note { $0.answered += 1 }
            } else {
                fail("\(answer.status) \(answer.text.prefix(300))", report)
            }
            if answer["Connection"]?.lowercased() == "close" { connection = nil }
        } catch {
            connection = nil
            fail("\(error)", report)
        }
    }

    private static func fail(_ what: String, _ report: Notes<Report>) {
        report.note { if $0.failures.count < 10 { $0.failures.append(what) } }
        usleep(10_000)
    }
}

/// What a client on a thread of its own notes, for others to read. It does not keep whoever has started the client.
final class Notes<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    /// What was noted so far.
    var current: Value { lock.withLock { value } }

    /// Notes something.
    func note(_ body: (inout Value) -> Void) { lock.withLock { body(&value) } }
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
