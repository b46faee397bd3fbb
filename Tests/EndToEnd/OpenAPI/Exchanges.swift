import Foundation
import TestSupport

/// Notes what an origin is asked and what it answers, to be laid beside the OpenAPI document by `validate.py`.
final class Exchanges: @unchecked Sendable {
    /// What `validate.py` says.
    struct Verdict: Decodable {
        /// What is wrong, a sentence each.
        let problems: [String]
        /// Operations with each status that no answer had: `GET /health 503`.
        let unseen: [String]
    }

    private let lock = NSLock()
    private var lines: [String] = []
    private var document = ""

    /// Asks, and notes both.
    @discardableResult
    func ask(
        _ origin: Origin, _ method: String, _ target: String, _ fields: [(String, String)] = [], body: String? = nil
    ) throws -> HTTPAnswer {
        let answer = try origin.http.request(method, target, fields, body: body.map { Array($0.utf8) })
        note(method, target, sent: body, answer.status, answer.fields, answer.text)
        return answer
    }

    /// Notes an answer.
    func note(
        _ method: String, _ target: String, sent: String? = nil, _ status: Int,
        _ fields: [(name: String, value: String)], _ body: String
    ) {
        let pairs = fields.map { "[\(JSON.quoted($0.name)),\(JSON.quoted($0.value))]" }.joined(separator: ",")
        let line =
            """
            {"method":\(JSON.quoted(method)),"target":\(JSON.quoted(target)),"sent":\(sent.map(JSON.quoted) ?? "null"),\
            "status":\(status),"fields":[\(pairs)],"body":\(JSON.quoted(body))}
            """
        lock.withLock {
            lines.append(line)
            if target == "/api/openapi.json", status == 200, !body.isEmpty { document = body }
        }
    }

    /// Lays all that was noted beside the document, which is among it, and is checked itself as well.
    func verdict() throws -> Verdict {
        let directory = try TemporaryDirectory()
        let (document, lines) = lock.withLock { (self.document, self.lines) }
        let documentPath = try directory.write("openapi.json", document)
        let linesPath = try directory.write("exchanges", lines.map { $0 + "\n" }.joined())
        let script = Package.path("Tests/EndToEnd/OpenAPI/validate.py")
        let run = try FinishedProcess(Python.path, [script, documentPath, linesPath], within: 300)
        guard run.end == .exited(0) else {
            throw TestSupportError("validate.py ended with \(String(describing: run.end)): \(run.errors.suffix(2000))")
        }
        return try JSONDecoder().decode(Verdict.self, from: Data(run.output.utf8))
    }
}

/// The Python that has what tests need of PyPI.
enum Python {
    /// The interpreter.
    static let path = Package.path(".build-python/bin/python")
}

/// An operation of the document, as far as requests are made of it.
struct DescribedOperation {
    let method: String
    /// A path of its template.
    let path: String
    let takesBody: Bool
    /// The names of the schemes of which it takes one; empty where everybody may use it.
    let schemes: Set<String>

    var isWebhook: Bool { schemes.contains("github_signature") }
    /// Whether its body is signed.
    var isSigned: Bool { isWebhook || schemes.contains("deploy_signature") }
    var isOfQueue: Bool { schemes.contains("github_oidc") }

    /// All operations of a document.
    static func all(in document: JSON, values: [String: String]) -> [DescribedOperation] {
        guard let paths = document.paths else { return [] }
        return paths.names.sorted().flatMap { template in
            ["get", "post", "patch"].compactMap { method in
                paths[template]?[method].map { operation in
                    DescribedOperation(
                        method: method.uppercased(),
                        path: values.reduce(template) { $0.replacing("{\($1.key)}", with: $1.value) },
                        takesBody: operation.requestBody != nil,
                        schemes: Set(operation.security?.list.flatMap(\.names) ?? []))
                }
            }
        }
    }

    /// The header fields of a request that is let in.
    func credentials(signing body: String = "") -> [(String, String)] {
        if isSigned {
            let delivery = FakeGitHub.Delivery(event: "push", body: Array(body.utf8))
            return delivery.fields(secret: Contract.secret).filter { $0.0 != "Content-Type" }
        }
        return schemes.isEmpty ? [] : [("Authorization", "Bearer \(Contract.secret)")]
    }
}

/// What the origins of these tests are told.
enum Contract {
    /// Whoever shows it is let in, wherever it is.
    static let secret = "open-sesame"

    /// Settings of an origin all of whose guarded routes take the one secret.
    static let tokens = [
        "DEPLOY_TOKEN": secret, "INVALIDATE_TOKEN": secret, "ADMIN_TOKEN": secret, "LOGS_TOKEN": secret,
        "GITHUB_WEBHOOK_SECRET": secret, "WEBHOOK_SECRET": secret, "TRUSTED_PROXIES": "127.0.0.1",
    ]
    /// The queue without tokens, for callers on this host.
    static let localQueue = ["AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme"]
    /// A services file: what is called for is not carried out, as there is no runner.
    static let services = #"{"services":{"app":{"hosts":["host-2"],"strategy":"script","script":"/bin/true"}}}"#
    /// One whose runner carries out what is called for, and moves deployments of the queue.
    static let scriptedService =
        #"{"services":{"app":{"hosts":["host-1"],"strategy":"script","script":"/bin/true","organisation":"acme"}}}"#
    /// What a services file with one service has to go on with for another one, `away`, whose host has no runner.
    static let serviceWithoutRunner =
        #"},"away":{"hosts":["host-2"],"strategy":"script","script":"/bin/true""#

    static let json = ("Content-Type", "application/json")
    static let bearer = ("Authorization", "Bearer \(secret)")

    /// The operations that the origin describes.
    static func operations(of origin: Origin, id: String = "none") throws -> [DescribedOperation] {
        DescribedOperation.all(in: try origin.get("/api/openapi.json").json, values: ["path": "pulls", "id": id])
    }
}
