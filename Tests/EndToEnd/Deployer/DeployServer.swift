import Foundation
import TestSupport

/// A server that gives `chimney deploy` one answer after the other.
final class DeployServer: Sendable {
    static let secret = "a-secret-to-sign-with"
    static let token = "a-token-for-the-log"
    static let commit = "30510378a9b2c4d5e6f708192a3b4c5d6e7f8091"

    /// An answer.
    struct Reply: Sendable, CustomStringConvertible {
        let name: String
        let answer: HTTPServerAnswer

        var description: String { name }

        static func answer(_ status: Int, _ run: Run, _ fields: [(name: String, value: String)] = []) -> Reply {
            Reply(
                name: "\(status)",
                answer: HTTPServerAnswer(status, [("Content-Type", "application/json")] + fields, text: run.text))
        }

        static func accepted(_ run: Run) -> Reply { answer(202, run, [("Location", "/deploy/r-1")]) }
        static func state(_ run: Run) -> Reply { answer(200, run) }

        static func problem(
            _ status: Int, _ detail: String, _ fields: [(name: String, value: String)] = [],
            errors: [(field: String, message: String)] = []
        ) -> Reply {
            let errors = errors.map { ["field": $0.field, "message": $0.message] }
            let body: [String: Any] = [
                "type": "about:blank", "title": "Title", "status": status, "detail": detail, "request_id": "x",
                "errors": errors,
            ]
            let text = (try? JSONSerialization.data(withJSONObject: body)) ?? Data()
            return Reply(
                name: "\(status)",
                answer: HTTPServerAnswer(
                    status, [("Content-Type", "application/problem+json")] + fields, body: Array(text)))
        }

        static let drop = Reply(name: "drop", answer: .drop)
        static let garbage = Reply(
            name: "garbage", answer: HTTPServerAnswer(200, [("Content-Type", "text/html")], text: "<html>"))
        static let redirect = Reply(
            name: "redirect", answer: HTTPServerAnswer(301, [("Location", "https://elsewhere.example/deploy")]))

        /// An error, once the test opens the gate.
        static func held(_ gate: Gate) -> Reply {
            var reply = problem(503, "Later.").answer
            reply.gate = gate
            return Reply(name: "held", answer: reply)
        }
    }

    /// A deployment as the server tells of it.
    struct Run: Sendable {
        let text: String

        static func run(
            _ status: String, _ log: [String], lines: Int? = nil, phase: String = "pull", error: String? = nil,
            health: String? = nil, container: [String] = [], next: String? = nil
        ) -> Run {
            let body: [String: Any] = [
                "id": "r-1", "service": "app", "sha": commit, "hosts": ["a", "b"], "host": "a", "mode": "reject",
                "status": status, "phase": phase, "created_at": "2026-02-21T10:13:00Z", "started_at": NSNull(),
                "finished_at": NSNull(), "caller": "ci", "reason": NSNull(), "logs": log,
                "log_lines": lines ?? log.count, "error": error ?? NSNull(), "last_health": health ?? NSNull(),
                "container_logs": container, "next_step": next ?? NSNull(),
            ]
            let text = (try? JSONSerialization.data(withJSONObject: body)) ?? Data()
            return Run(text: String(decoding: text, as: UTF8.self))
        }
    }

    let scripted: ScriptedHTTPServer

    /// A server.
    ///
    /// - Parameter last: what it answers when there are no more replies.
    init(_ replies: [Reply], then last: Reply = .problem(500, "This was not expected.")) throws {
        let rest = Rest(replies, last)
        scripted = try ScriptedHTTPServer { _ in rest.next() }
    }

    private final class Rest: @unchecked Sendable {
        private let lock = NSLock()
        private var replies: [Reply]
        private let last: Reply

        init(_ replies: [Reply], _ last: Reply) {
            self.replies = replies
            self.last = last
        }

        func next() -> HTTPServerAnswer {
            lock.withLock { replies.isEmpty ? last.answer : replies.removeFirst().answer }
        }
    }

    var requests: [HTTPServerRequest] { scripted.requests }

    /// The command line of a client.
    func arguments(_ more: [String] = [], version: [String] = ["--sha", DeployServer.commit]) -> [String] {
        ["deploy", "--url", scripted.url(""), "--service", "app"] + version + more
    }

    /// Runs a client to its end.
    func client(
        _ more: [String] = [], version: [String] = ["--sha", DeployServer.commit], environment: [String: String] = [:]
    ) throws -> FinishedProcess {
        try FinishedProcess(
            Binary.path, arguments(more, version: version),
            environment: ["WEBHOOK_SECRET": Self.secret].merging(environment) { $1 }, within: 60)
    }
}
