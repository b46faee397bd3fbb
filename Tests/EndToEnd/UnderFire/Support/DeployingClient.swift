import Foundation
import TestSupport

/// A client that has one version after the other deployed, and sends each call until it is taken. It ends with its owner.
final class DeployingClient: Sendable {
    /// What became of a call.
    struct Call: Sendable {
        let sha: String
        let id: String
        let status: String
    }

    /// What it has met.
    private struct Report: Sendable {
        var calls: [Call] = []
        var failures: [String] = []
    }

    private let report = Notes(Report())
    private let isOver = Gate()
    private let client: Background<Void>

    init(_ origin: MortalOrigin) {
        let (report, isOver) = (report, isOver)
        client = Background {
            var number = 0
            while !isOver.isOpen {
                number += 1
                try Self.deploy(String(format: "%040x", number), origin, report)
            }
        }
    }

    deinit { isOver.open() }

    /// What became of all calls, in their order.
    var calls: [Call] { report.current.calls }
    /// What nobody should have been answered.
    var failures: [String] { report.current.failures }

    /// Waits for the end of the call that is under way, and makes no more.
    func stop() throws {
        isOver.open()
        try client.value()
    }

    private static func deploy(_ sha: String, _ origin: MortalOrigin, _ report: Notes<Report>) throws {
        func fail(_ what: String) { report.note { $0.failures.append(what) } }
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
        report.note { $0.calls.append(Call(sha: sha, id: id, status: status)) }
    }
}
