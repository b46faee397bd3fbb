import Foundation
import TestSupport

/// Two clients that ask a service again and again without pause: one by new connections, one by one that is kept.
final class Visitors: @unchecked Sendable {
    private let lock = NSLock()
    private var answers: [String: Int] = [:]
    private var failures: [String] = []
    private var resets = 0
    private var isOver = false
    private let threads = DispatchGroup()

    /// Begins to ask.
    init(of port: UInt16) {
        let client = HTTPClient(.port(port))
        begin { [weak self] in
            while self?.isOn == true { self?.note { try Self.askAnew(client, [("Connection", "close")]).answer } }
        }
        begin { [weak self] in
            var kept: HTTPConnection?
            while self?.isOn == true {
                self?.note {
                    if let connection = kept, let answer = try? Self.ask(connection) { return answer }
                    // The server may close a connection that is kept whenever it likes; a client asks again then.
                    let (connection, answer) = try Self.askAnew(client)
                    kept = connection
                    return answer
                }
            }
        }
    }

    /// A new connection was reset before anything came on it.
    private struct Reset: Error {}

    private static func ask(_ connection: HTTPConnection, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try connection.send("GET", "/", fields)
        return try connection.receive()
    }

    private static func askAnew(
        _ client: HTTPClient, _ fields: [(String, String)] = []
    ) throws -> (connection: HTTPConnection, answer: HTTPAnswer) {
        var connection: HTTPConnection?
        do {
            let new = try client.connect()
            connection = new
            return (new, try ask(new, fields))
        } catch Socket.Failure.system(ECONNRESET) where connection?.isSilent ?? true {
            throw Reset()
        }
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
            case .failure(is Reset): resets += 1
            case .failure(let error): failures.append("\(error)")
            }
        }
    }

    /// How often which version has answered so far.
    var versions: [String: Int] { lock.withLock { answers } }

    /// Stops asking.
    ///
    /// - Returns: what went wrong. When Caddy reloads, the kernel resets new connections that Caddy has not accepted,
    ///   unless this machine is set to hand them on (README.md, "The services file"): where it is not, they are no
    ///   fault. Where it is, one is none: that whose handshake ends while the old socket closes (`Upstream.advice`).
    ///   That is so rare that two would have another cause. Any other connection that ends early is a fault.
    func end() -> [String] {
        lock.withLock { isOver = true }
        threads.wait()
        return lock.withLock {
            let isExpected = !Self.areHandedOn || resets <= 1
            return failures + (isExpected ? [] : ["\(resets) new connections were reset"])
        }
    }

    private static let areHandedOn =
        (try? String(contentsOfFile: "/proc/sys/net/ipv4/tcp_migrate_req", encoding: .utf8))?.hasPrefix("1") ?? false

    deinit { lock.withLock { isOver = true } }
}
