import Foundation
import TestSupport

/// A client that has one version after the other deployed, and sends each call until it is taken.
final class DeployingClient: @unchecked Sendable {
    /// What became of a call.
    struct Call: Sendable {
        let sha: String
        let id: String
        let status: String
    }

    private let lock = NSLock()
    private var made: [Call] = []
    private var unexpected: [String] = []
    private let isOver = Gate()
    private var client: Background<Void>?

    init(_ origin: MortalOrigin) {
        client = Background { [self] in
            var number = 0
            while !isOver.isOpen {
                number += 1
                try deploy(String(format: "%040x", number), origin)
            }
        }
    }

    /// What became of all calls, in their order.
    var calls: [Call] { lock.withLock { made } }
    /// What nobody should have been answered.
    var failures: [String] { lock.withLock { unexpected } }

    /// Waits until so many further calls have come to their ends.
    func pass(_ count: Int, within seconds: Double = patience * 2) -> Bool {
        let goal = calls.count + count
        return eventually(within: seconds) { calls.count >= goal }
    }

    /// Waits for the end of the call that is under way, and makes no more.
    func stop() throws {
        isOver.open()
        try client?.value()
    }

    private func deploy(_ sha: String, _ origin: MortalOrigin) throws {
        try origin.docker.publish(DeployOrigin.image, tag: sha)
        let body = DeployOrigin.body(sha)
        let id = value(within: 60, every: 50) { () -> String? in
            guard let answer = try? origin.call(body) else { return nil }
            switch answer.status {
            case 202: return try? answer.json.identifier
            // It was taken, and its answer lost.
            case 409: return answer["Location"]?.split(separator: "/").last.map(String.init)
            case 429, 502, 503, 504:
                if let fault = answer.faultOfProblem { fail("POST /deploy: \(fault)") }
            default: fail("POST /deploy: \(answer.status) \(answer.text.prefix(300))")
            }
            return nil
        }
        guard let id else { return fail("\(sha) is not taken") }
        let status = value(within: 120, every: 50) { () -> String? in
            guard let answer = try? origin.http.get("/deploy/\(id)"), answer.status == 200,
                let state = try? answer.json,
                state.finished_at?.text != nil
            else { return nil }
            return state.status?.text
        }
        guard let status else { return fail("\(id) does not end") }
        lock.withLock { made.append(Call(sha: sha, id: id, status: status)) }
    }

    private func fail(_ what: String) { lock.withLock { unexpected.append(what) } }
}
