import Foundation
import TestSupport

/// Clients that post deploy events and deployments of the queue through an edge, each until it is accepted, and note what
/// they were answered meanwhile.
final class Writers: @unchecked Sendable {
    /// What became of the requests.
    struct Report: Sendable {
        /// The commits of events, each answered with 200 in the end.
        var events: Set<String> = []
        /// Those of them that were refused before.
        var repeated: Set<String> = []
        /// The ids of deployments, by the key that they were created with.
        var deployments: [String: String] = [:]
        /// How many requests were refused in so many words.
        var refusals = 0
        /// What was neither.
        var unclear: [String] = []
    }

    private let http: HTTPClient
    private let queue: QueueClient?
    private let lock = NSLock()
    private var report = Report()
    private let isStopped = Gate()
    private var clients: [Background<Void>] = []

    /// Starts the clients.
    ///
    /// - Parameter queue: the queue that deployments are put into; nil for none.
    init(_ http: HTTPClient, queue: QueueClient?) {
        self.http = http
        self.queue = queue
        clients = (0..<3).map { index in
            Background { [self] in
                while !isStopped.isOpen {
                    if index == 0, let queue { try create(queue) } else { try post() }
                    // A few in a second: all of them have to be in the ring for as long as a stream takes to come back.
                    usleep(100_000)
                }
            }
        }
    }

    /// What was accepted so far.
    var accepted: Int { lock.withLock { report.events.count + report.deployments.count } }

    /// Waits until so many further ones have been accepted.
    func pass(_ count: Int, within seconds: Double) -> Bool {
        let goal = accepted + count
        return eventually(within: seconds, every: 50) { accepted >= goal }
    }

    /// Lets each client bring to an end what it is at, and tells what became of all.
    func stop() throws -> Report {
        isStopped.open()
        for client in clients { try client.value() }
        return lock.withLock { report }
    }

    private func post() throws {
        let event = Event()
        let fields = [("Authorization", "Bearer \(Origin.deployToken)"), ("Content-Type", "application/json")]
        var attempts = 0
        guard
            let answer = insist({ id in
                attempts += 1
                return try http.request(
                    "POST", "/api/deploy/events", fields + [("X-Request-ID", id)], body: Array(event.json.utf8))
            })
        else { return }
        lock.withLock {
            if answer.status == 200 { report.events.insert(event.commit) } else { report.unclear.append("\(answer)") }
            if attempts > 1 { report.repeated.insert(event.commit) }
        }
    }

    private func create(_ queue: QueueClient) throws {
        let key = UUID().uuidString
        guard
            let answer = insist({
                try queue.post(QueueClient.body(), [("Idempotency-Key", key), ("X-Request-ID", $0)])
            })
        else { return }
        let id = try answer.json.id?.text
        lock.withLock {
            if answer.status == 201, let id { report.deployments[key] = id } else { report.unclear.append("\(answer)") }
        }
    }

    /// Makes a request until it is accepted; whatever else is answered has to be a problem of a server's that says which
    /// request it is about.
    ///
    /// - Returns: nil if there was something else, which is noted.
    private func insist(_ request: (_ id: String) throws -> HTTPAnswer) -> HTTPAnswer? {
        for _ in 0..<600 {
            let id = "post-\(UUID().uuidString)"
            do {
                let answer = try request(id)
                if answer.status < 300 { return answer }
                let problem = try answer.json
                guard [502, 503, 504].contains(answer.status), answer["Content-Type"] == "application/problem+json",
                    answer["X-Request-ID"] == id, problem.request_id?.text == id,
                    problem.status?.integer == answer.status, answer["Retry-After"] != nil
                else { throw TestSupportError("\(answer.status) \(answer.text)") }
                lock.withLock { report.refusals += 1 }
                usleep(50_000)
            } catch {
                lock.withLock { report.unclear.append("\(error)") }
                return nil
            }
        }
        lock.withLock { report.unclear.append("not accepted at all") }
        return nil
    }
}
