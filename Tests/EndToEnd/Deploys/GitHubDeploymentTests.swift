import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Deploys that GitHub is told of, by a server that answers as GitHub's documentation has it.
    @Suite struct GitHubDeploymentTests {
        /// What GitHub knows of deployments.
        private final class FakeGitHub: @unchecked Sendable {
            private let lock = NSLock()
            private var made: [(id: Int, body: JSON)] = []
            private var statuses: [(id: Int, body: JSON)] = []
            private var refusals: [HTTPServerAnswer] = []
            private var isForgetful = false
            private var isReadOnly = false
            private var refusedWrites = 0

            /// Deployments in the order in which they were made.
            var deployments: [JSON] { lock.withLock { made.map(\.body) } }
            /// Their states, likewise.
            var states: [String?] {
                lock.withLock { made.map { made in statuses.last { $0.id == made.id }?.body.state?.text } }
            }

            /// Answers so to the next requests, whatever they are.
            func refuse(_ answers: [HTTPServerAnswer]) { lock.withLock { refusals = answers } }

            /// Makes the next deployment, and loses the answer.
            func loseAnswer() { lock.withLock { isForgetful = true } }

            /// Whether its token may read, and not write. Refused writes are counted.
            func setReadOnly(_ isReadOnly: Bool) { lock.withLock { self.isReadOnly = isReadOnly } }
            var writesRefused: Int { lock.withLock { refusedWrites } }

            func answer(_ request: HTTPServerRequest) -> HTTPServerAnswer {
                lock.withLock {
                    guard request["Authorization"] == "Bearer gh-secret" else { return HTTPServerAnswer(401) }
                    if !refusals.isEmpty { return refusals.removeFirst() }
                    if isReadOnly, request.method == "POST" {
                        refusedWrites += 1
                        return HTTPServerAnswer(403, text: "{}")
                    }
                    let root = "/repos/owner/project/deployments"
                    guard request.path.hasPrefix(root) else { return HTTPServerAnswer(404, text: "{}") }
                    let body = try? JSON(parsing: request.body)
                    switch (request.method, request.path) {
                    case ("GET", root):
                        let ref = request.query.split(separator: "&").first { $0.hasPrefix("ref=") }?.dropFirst(4)
                        let found = made.filter { $0.body.ref?.text == ref.map(String.init) }
                        return HTTPServerAnswer(200, text: "[\(found.map(Self.text).joined(separator: ","))]")
                    case ("POST", root):
                        made.append((made.count + 100, body ?? .null))
                        if isForgetful {
                            isForgetful = false
                            return .drop
                        }
                        return HTTPServerAnswer(201, text: Self.text(made[made.count - 1]))
                    case ("POST", let path):
                        let id = Int(path.dropFirst(root.count + 1).prefix { $0 != "/" }) ?? 0
                        statuses.append((id, body ?? .null))
                        return HTTPServerAnswer(201, text: "{}")
                    default: return HTTPServerAnswer(405)
                    }
                }
            }

            private static func text(_ deployment: (id: Int, body: JSON)) -> String {
                #"{"id":\#(deployment.id),"payload":{"chimney":"\#(deployment.body.payload?.chimney?.text ?? "")"}}"#
            }
        }

        private func withGitHub(_ body: @escaping @Sendable (Origin, FakeGitHub) async throws -> Void) async throws {
            let github = FakeGitHub()
            let server = try ScriptedHTTPServer { github.answer($0) }
            defer { server.stop() }
            try await withOrigin(environment: [
                "GITHUB_DEPLOYMENTS": "true", "GITHUB_REPO": "owner/project", "GITHUB_TOKEN": "gh-secret",
                "GITHUB_API_URL": "http://127.0.0.1:\(server.port)",
            ]) { origin in
                try await body(origin, github)
            }
        }

        @Test("A deploy becomes a deployment with its outcome as status; a repeated post changes nothing")
        func told() async throws {
            try await withGitHub { origin, github throws in
                let event = Event()
                #expect(try origin.post(event.json).status == 200)
                #expect(try origin.post(event.json).status == 200)
                #expect(eventually(within: 10) { github.states == ["success"] }, "\(github.states)")
                let service = Event().with(["service": "\"web\"", "outcome": "\"failure\""])
                #expect(try origin.post(service.json).status == 200)
                #expect(eventually(within: 10) { github.states == ["success", "failure"] }, "\(github.states)")
                let made = github.deployments
                #expect(made[0].ref?.text.map { "\"\($0)\"" } == event["sha"])
                #expect(made[0].environment?.text == "production")
                #expect(made[0].auto_merge == .bool(false))
                #expect(made[0].required_contexts?.list.isEmpty == true)
                #expect(made[0].description?.text == "slot blue, took 47 s, blue/green deploy rewrite")
                #expect(made[1].environment?.text == "web")
            }
        }

        @Test("While GitHub fails deploys wait, and each arrives once")
        func retried() async throws {
            try await withGitHub { origin, github throws in
                let later = HTTPServerAnswer(503, [("Retry-After", "1")])
                github.refuse([later, .drop, HTTPServerAnswer(403, [("Retry-After", "0")])])
                for _ in 0..<2 { #expect(try origin.post(Event().json).status == 200) }
                #expect(
                    eventually(within: 30) { github.states == ["success", "success"] },
                    "\(github.states) \(origin.pool.log.suffix(2000))")
                // An answer that is lost on its way does not make a second deployment.
                github.loseAnswer()
                #expect(try origin.post(Event().json).status == 200)
                #expect(eventually(within: 30) { github.states.count >= 3 && !github.states.contains(nil) })
                #expect(github.states == ["success", "success", "success"])
                let warnings = origin.pool.logLines.filter { $0.msg?.text?.contains("GitHub does not take") == true }
                #expect((1...2).contains(warnings.count), "\(warnings.count)")
                #expect(!origin.pool.log.contains("gh-secret"))
            }
        }

        @Test("With a token that may only read it is said once that deploys wait, and once that they are taken again")
        func readOnly() async throws {
            try await withGitHub { origin, github throws in
                func said(_ text: String) -> Int {
                    origin.pool.logLines.count { $0.msg?.text?.hasPrefix(text) == true }
                }
                github.setReadOnly(true)
                #expect(try origin.post(Event().json).status == 200)
                #expect(eventually(within: 20) { github.writesRefused >= 3 })
                github.setReadOnly(false)
                #expect(eventually(within: 20) { github.states == ["success"] })
                #expect(eventually { said("GitHub takes deployments again") == 1 })
                #expect(said("GitHub does not take deployments") == 1)
                #expect(said("GitHub takes deployments again") == 1)
            }
        }

        @Test("What GitHub refuses for good is left out, and holds up nothing")
        func refused() async throws {
            try await withGitHub { origin, github throws in
                github.refuse([HTTPServerAnswer(200, text: "[]"), HTTPServerAnswer(422, text: "{}")])
                for _ in 0..<2 { #expect(try origin.post(Event().json).status == 200) }
                #expect(eventually(within: 15) { github.states == ["success"] }, "\(github.states)")
                #expect(
                    try eventually {
                        let lines = try origin.logLines("level=error")
                        return lines.count { $0.msg?.text?.contains("422") == true } == 1
                    })
            }
        }

        @Test("Without a repository or a token the setting is refused at start")
        func misconfigured() throws {
            let check = try ChildProcess(Binary.path, ["pool", "--check"], environment: ["GITHUB_DEPLOYMENTS": "true"])
            #expect(check.wait(within: 10) == .exited(78))
            #expect(check.errors.contains("set GITHUB_REPO"))
            #expect(check.errors.contains("set GITHUB_TOKEN"))
        }
    }
}
