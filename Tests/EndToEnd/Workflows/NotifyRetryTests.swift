import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The action `notify-chimney` and servers that are not well.
    @Suite(.origin()) struct NotifyRetryTests {
        let origin: Origin

        init() throws { origin = try .current }

        /// A server before the origin, which answers by itself until there are no more such answers.
        private func server(port: UInt16? = nil, _ answers: [HTTPServerAnswer]) throws -> ScriptedHTTPServer {
            let rest = Answers(answers)
            let http = origin.http
            return try ScriptedHTTPServer(port: port) { request in
                if let answer = rest.next() { return answer }
                let fields = request.fields.filter { $0.name != "Host" && $0.name != "Content-Length" }
                let answer = try? http.request(
                    request.method, request.target, fields.map { ($0.name, $0.value) }, body: request.body)
                return HTTPServerAnswer(answer?.status ?? 502, body: answer?.body ?? [])
            }
        }

        private final class Answers: @unchecked Sendable {
            private let lock = NSLock()
            private var rest: [HTTPServerAnswer]
            init(_ all: [HTTPServerAnswer]) { rest = all }
            func next() -> HTTPServerAnswer? { lock.withLock { rest.isEmpty ? nil : rest.removeFirst() } }
        }

        @Test(
            "It tries again when nobody is there, the connection breaks, or the server cannot: the same deploy each time"
        )
        func retries() throws {
            let total = try origin.storedTotal
            let port = try Address.freePort()
            let run = try WorkflowRun(notifying: "http://127.0.0.1:\(port)", ["outcome": "failure"])
            #expect(eventually(within: 20) { run.log.contains("trying again in 1 s") })
            let server = try server(port: port, [HTTPServerAnswer(503, [("Retry-After", "3")]), .drop])
            defer { server.stop() }
            let result = try run.result()
            #expect(result.output("recorded") == "true", "\(result.log)")
            #expect(result.log.contains("trying again in 3 s"), "\(result.log)")
            #expect(Set(server.requests.map(\.body)).count == 1)
            #expect(server.requests.count == 3)
            #expect(try origin.storedTotal == total + 1)
        }

        @Test("A deploy whose answer got lost is on record once")
        func lostAnswer() throws {
            let http = origin.http
            let total = try origin.storedTotal
            let seen = Statuses()
            let server = try ScriptedHTTPServer { request in
                let fields = [("Authorization", request["Authorization"] ?? ""), ("Content-Type", "application/json")]
                let answer = try? http.request("POST", request.target, fields, body: request.body)
                seen.add(answer?.status ?? 0)
                var result = HTTPServerAnswer(answer?.status ?? 502, body: answer?.body ?? [])
                if seen.count(of: 200) == 1 { result.cutAfter = 20 }
                return result
            }
            defer { server.stop() }
            let result = try WorkflowRun(notifying: server.url(""), ["outcome": "failure"]).result()
            #expect(result.output("duplicate") == "true", "\(result.log)")
            #expect(result.log.contains("it had it before"))
            #expect(try origin.storedTotal == total + 1)
        }

        @Test("A store that is away for a while does not lose the deploy")
        func storeOutage() async throws {
            let store = try StoreServer()
            try await withOrigin(server: store) { origin throws in
                store.stop()
                let run = try WorkflowRun(notifying: origin.url, ["outcome": "failure"])
                #expect(eventually(within: 30) { run.log.contains("trying again") })
                try store.start()
                let result = try run.result()
                #expect(result.output("recorded") == "true", "\(result.log)")
                #expect(try origin.hasStoreAgain())
                #expect(try origin.recorded.count == 1)
            }
        }

        @Test("It gives up in time, also where the server asks for more, and says what the matter was")
        func givesUp() throws {
            let busy = try ScriptedHTTPServer { _ in
                HTTPServerAnswer(503, [("Retry-After", "3600")], text: #"{"detail":"The store is away."}"#)
            }
            defer { busy.stop() }
            for url in [busy.url(""), "http://127.0.0.1:\(try Address.freePort())"] {
                let result = try WorkflowRun(notifying: url, ["outcome": "failure", "timeout": "2"]).result()
                #expect(result.isSuccess)
                #expect(result.output("recorded") == "false")
                #expect(result.log.contains("could not be told of the deploy within 2 s"), "\(result.log)")
                #expect(!url.hasPrefix(busy.url("")) || result.log.contains("status 503: The store is away."))
            }
            #expect(busy.requests.count == 1)
        }

        @Test(
            "The token goes to that server alone, and is in no process's arguments; what the server says is only text")
        func token() throws {
            let token = "a-token-for-this-test-alone"
            let arguments = Texts()
            let elsewhere = try ScriptedHTTPServer { _ in HTTPServerAnswer(200) }
            defer { elsewhere.stop() }
            let server = try ScriptedHTTPServer { _ in
                for process in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
                    let text = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
                    if let text { arguments.add(text) }
                }
                let detail = #"{"detail":"x\n::error::y\r::add-mask::z\#u{1B}[0m%0A"}"#
                return HTTPServerAnswer(307, [("Location", elsewhere.url("/"))], text: detail)
            }
            defer { server.stop() }
            let result = try WorkflowRun(notifying: server.url(""), token: token, ["outcome": "failure"]).result()
            #expect(result.output("recorded") == "false")
            #expect(result.output("status") == "307")
            #expect(server.requests.first?["Authorization"] == "Bearer \(token)")
            #expect(elsewhere.requests.isEmpty)
            #expect(arguments.all.contains { $0.contains("api/deploy/events") })
            #expect(!arguments.all.contains { $0.contains(token) })
            #expect(!result.shown.contains(token))
            #expect(result.log.split(separator: "\n").count == 1, "\(result.log)")
        }

        private final class Texts: @unchecked Sendable {
            private let lock = NSLock()
            private var texts: [String] = []
            func add(_ text: String) { lock.withLock { texts.append(text) } }
            var all: [String] { lock.withLock { texts } }
        }

        @Test("Whatever else answers there has recorded nothing")
        func anotherServer() throws {
            for text in ["<html>", "{}", "[]", ""] {
                let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(200, text: text) }
                defer { server.stop() }
                let result = try WorkflowRun(notifying: server.url(""), ["outcome": "failure"]).result()
                #expect(result.output("recorded") == "false")
                #expect(result.log.contains("what answers there is not chimney"), "\(result.log)")
            }
        }
    }
}
