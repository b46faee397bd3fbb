import Foundation
import TestSupport

/// Two clients that ask a service again and again without pause: one by new connections, one by one that is kept.
final class Visitors: @unchecked Sendable {
    private let lock = NSLock()
    private var answers: [String: Int] = [:]
    private var failures: [String] = []
    private var isOver = false
    private let threads = DispatchGroup()

    /// Begins to ask.
    init(of port: UInt16) {
        let client = HTTPClient(.port(port))
        begin { [weak self] in
            while self?.isOn == true { self?.note { try client.get("/") } }
        }
        begin { [weak self] in
            var kept: HTTPConnection?
            while self?.isOn == true {
                self?.note {
                    if let connection = kept, let answer = try? Self.ask(connection) { return answer }
                    // The server may close a connection that is kept whenever it likes; a client asks again then.
                    let connection = try client.connect()
                    kept = connection
                    return try Self.ask(connection)
                }
            }
        }
    }

    private static func ask(_ connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.send("GET", "/")
        return try connection.receive()
    }

    private func begin(_ body: @escaping @Sendable () -> Void) {
        threads.enter()
        let thread = Thread { [threads] in
            body()
            threads.leave()
        }
        thread.stackSize = 1 << 20
        thread.start()
    }

    private var isOn: Bool { lock.withLock { !isOver } }

    private func note(_ body: () throws -> HTTPAnswer) {
        let result = Result(catching: body)
        lock.withLock {
            switch result {
            case .success(let answer) where answer.status == 200:
                answers[answer.text.trimmingCharacters(in: .newlines), default: 0] += 1
            case .success(let answer): failures.append("\(answer.status) \(answer.text)")
            case .failure(let error): failures.append("\(error)")
            }
        }
    }

    /// How often which version has answered so far.
    var versions: [String: Int] { lock.withLock { answers } }

    /// Stops asking.
    ///
    /// - Returns: what went wrong. When Caddy reloads, the kernel resets the connections that it has not accepted yet,
    ///   unless this machine is set to hand them on (README.md, "The services file"): where it is not, that is not it.
    func end() -> [String] {
        lock.withLock { isOver = true }
        threads.wait()
        let reset = Self.areHandedOn ? nil : "\(Socket.Failure.system(ECONNRESET))"
        return lock.withLock { failures.filter { $0 != reset } }
    }

    private static let areHandedOn =
        (try? String(contentsOfFile: "/proc/sys/net/ipv4/tcp_migrate_req", encoding: .utf8))?.hasPrefix("1") ?? false

    deinit { lock.withLock { isOver = true } }
}
