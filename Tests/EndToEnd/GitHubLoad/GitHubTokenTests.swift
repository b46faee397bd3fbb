import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// GitHub's token is shown to GitHub, and to nobody else.
    @Suite struct GitHubTokenTests {
        @Test("It is in no log line, ring, key, metric, span or file, nor on the process list, whatever goes wrong")
        func nowhere() async throws {
            let github = try FakeGitHub(token: CachingSettings.githubToken)
            defer { github.stop() }
            let other = try ScriptedHTTPServer { _ in HTTPServerAnswer(200, text: "[]") }
            defer { other.stop() }
            let settings = CachingSettings.environment(github).merging(["LOG_LEVEL": "trace"]) { $1 }
            try await withCollector(environment: settings) { origin, collector throws in
                github.next(.redirected(to: other.url("/pulls")), on: "/pulls?page=2")
                github.next(.error(401, "Bad credentials"), on: "/pulls?page=3")
                github.next(.forbidden, on: "/pulls?page=4")
                github.next(.noHTTP, on: "/pulls?page=5")
                github.next(.dropped, on: "/pulls?page=6")
                github.next(.garbage, on: "/pulls?page=7")
                github.next(.truncated, on: "/pulls?page=8")
                let pages = (1...8).map { "page=\($0)" }
                for page in pages { _ = try origin.http.patient.get("/api/github/pulls?\(page)") }
                // A worker itself, as well.
                _ = try origin.pool.fastCGI.request("GET", "/api/github/releases")
                #expect(try origin.http.patient.get("/api/pipeline/summary").status == 200)
                #expect(try origin.http.invalidate("/pulls").status == 200)
                _ = try origin.http.post("/api/cache/invalidate", #"{"prefix":"/"}"#, token: "guessed-mark-token")
                _ = try origin.http.post("/api/cache/warm", "", token: CachingSettings.invalidateToken)
                let last = try origin.get("/api/cache/stats", [("X-Request-ID", "last-one")])
                #expect(last.status == 200)
                let isLogged = try eventually { try !origin.logLines("request_id=last-one").isEmpty }
                #expect(isLogged)
                #expect(try collector.spans(of: ["last-one"]).count == 1)
                #expect(github.requests.allSatisfy { $0["Authorization"] == "Bearer \(CachingSettings.githubToken)" })

                let received = try collector.received
                let exported = ["spans", "logs", "metrics"].map { "\(received[$0] ?? .null)" }.joined(separator: "\n")
                var told = [
                    ("standard error", origin.pool.log), ("the front end's log", origin.caddy.log),
                    ("the metrics", try origin.get("/metrics").text), ("health", try origin.get("/healthz").text),
                    ("statistics", try origin.get("/api/cache/stats").text),
                    ("the pool's status", try origin.get("/api/pool/status").text), ("the collector", exported),
                ]
                told += try origin.store.content().map { ("the store: \($0.key)", $0.value) }
                told += origin.pool.cachedFiles.map { ("a file of the memory tier", $0) }
                let pids =
                    [origin.pool.pid] + ["worker", "streamer", "agent"].flatMap { origin.pool.children($0) }
                told += pids.map { pid in
                    let data = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))
                    return ("the process list", String(decoding: data ?? Data(), as: UTF8.self))
                }
                #expect(pids.count >= 7)
                for (name, text) in told {
                    for line in text.split(separator: "\n") where line.contains("mark-token") {
                        Issue.record("\(name): \(line.prefix(500))")
                    }
                }
            }
        }

        @Test("Redirects to any other server are not followed: neither another host, nor another port of the same")
        func redirects() async throws {
            let other = try ScriptedHTTPServer { _ in HTTPServerAnswer(200, text: #"[{"id":1}]"#) }
            defer { other.stop() }
            try await withCachingOrigin(workers: 2) { origin, github throws in
                let elsewhere = [
                    other.url("/repos/x/pulls"), "http://localhost:\(other.port)/pulls",
                    "http://127.0.0.2:\(other.port)/pulls", "//127.0.0.1:\(other.port)/pulls",
                    "http://localhost:\(github.port)/repos/\(github.repository)/issues",
                    "http://127.0.0.1:\(github.port)@127.0.0.1:\(other.port)/pulls",
                    "https://127.0.0.1:\(github.port)/pulls", "file:///etc/passwd",
                    "gopher://127.0.0.1:\(other.port)/x",
                ]
                for (index, url) in elsewhere.enumerated() {
                    github.next(.redirected(to: url), on: "/pulls?page=\(index + 1)")
                    expectProblem(try origin.http.patient.get("/api/github/pulls?page=\(index + 1)"), 502, "\(url)")
                    // A worker itself, as well.
                    github.next(.redirected(to: url), on: "/releases?page=\(index + 1)")
                    let alone = try origin.pool.fastCGI.request(
                        "GET", "/api/github/releases", variables: ["QUERY_STRING": "page=\(index + 1)"])
                    #expect(alone.status == 502, "\(url)")
                }
                #expect(other.connections == 0)
                #expect(github.count() == 2 * elsewhere.count, "the own server was asked once each")
                // That is nobody's failure.
                #expect(try origin.get("/healthz").json.github?.breaker == "closed")
                github.next(.moved(to: "/repos/\(github.repository)/issues"), on: "/milestones")
                #expect(try origin.http.patient.get("/api/github/milestones").status == 200)
                for page in 1...elsewhere.count {
                    // What was refused is remembered for half a minute.
                    try origin.store.run("DEL", origin.store.key("{cache}:lock:/pulls?page=\(page)"))
                    #expect(try origin.http.patient.get("/api/github/pulls?page=\(page)").status == 200)
                }
            }
        }

        @Test("Chains of redirects end")
        func chain() async throws {
            try await withCachingOrigin(workers: 2) { origin, github throws in
                github.always(.moved(to: "/repos/\(github.repository)/milestones"), on: "/milestones")
                expectProblem(try origin.http.patient.get("/api/github/milestones"), 502)
                #expect(github.count() < 30)
            }
        }
    }
}
