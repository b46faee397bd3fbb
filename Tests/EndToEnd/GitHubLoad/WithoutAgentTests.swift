import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Where nobody else can fetch for it, the process that has the request does.
    @Suite struct WithoutAgentTests {
        /// The variables of a CGI program with its own memory tier.
        private func variables(
            _ path: String, query: String = "", _ settings: [String: String], cache: String
        ) -> [String: String] {
            settings.merging([
                "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query,
                "SERVER_PROTOCOL": "HTTP/1.1", "CHIMNEY_CACHE_DIR": cache,
            ]) { $1 }
        }

        /// A header field of what a program has printed.
        private func field(_ name: String, of output: String) -> String? {
            for line in output.split(separator: "\r\n").prefix(while: { !$0.isEmpty }) {
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                    return parts[1].trimmingCharacters(in: .whitespaces)
                }
            }
            return nil
        }

        @Test("A CGI program fetches, stores, and finds what others have stored")
        func program() throws {
            let github = try FakeGitHub(token: CachingSettings.githubToken)
            defer { github.stop() }
            let store = try TestStore()
            let files = try TemporaryDirectory()
            let settings = CachingSettings.environment(github).merging(store.environment) { $1 }
            func run(_ path: String) throws -> FinishedProcess {
                let run = try FinishedProcess(
                    Binary.path, environment: variables(path, settings, cache: files.file("cache")))
                #expect(run.end == .exited(0), "\(run.errors)")
                return run
            }
            let first = try run("/api/github/pulls")
            #expect(!first.output.hasPrefix("Status: ") || first.output.hasPrefix("Status: 200"))
            #expect(field("X-Cache", of: first.output) == "miss")
            #expect(field("X-Cache-Tier", of: first.output) == "none")
            let second = try run("/api/github/pulls")
            #expect(field("X-Cache", of: second.output) == "hit")
            #expect(field("X-Cache-Tier", of: second.output) == "dragonfly")
            #expect(github.count() == 1)
            try store.age("/pulls?", bySeconds: 3600)
            let third = try run("/api/github/pulls")
            #expect(field("X-Cache", of: third.output) == "revalidated")
            #expect(try run("/api/github/nothing").output.hasPrefix("Status: 404"))
            let summary = try run("/api/pipeline/summary")
            #expect(summary.output.contains(#""open_prs":3"#), "\(summary.output.suffix(500))")
            try expectNoLeftovers(store)
            #expect(!first.errors.contains(CachingSettings.githubToken))
        }

        @Test("Two CGI programs that want the same at once are one request of GitHub")
        func two() throws {
            let github = try FakeGitHub(token: CachingSettings.githubToken)
            defer { github.stop() }
            let server = try StoreServer()
            let store = try TestStore(server)
            let files = try TemporaryDirectory()
            let settings = CachingSettings.environment(github).merging(store.environment) { $1 }
            let variables = variables("/api/github/pulls", settings, cache: files.file("cache"))
            func start() -> Background<FinishedProcess> {
                Background { try FinishedProcess(Binary.path, environment: variables) }
            }
            github.hold()
            let first = start()
            #expect(github.receives(1))
            let before = try store.commandCounts["get"] ?? 0
            let second = start()
            #expect(
                try eventually { (try store.commandCounts["get"] ?? 0) > before + 5 },
                "it waits for the outcome of the first")
            github.release()
            let outputs = try [first.value(), second.value()]
            for run in outputs {
                #expect(run.end == .exited(0))
                #expect(field("X-Cache", of: run.output) == "miss", "\(run.output.prefix(300))")
            }
            #expect(github.count() == 1)
            try expectNoLeftovers(store)
        }

        @Test("A CGI program without a store fetches, and the next one finds it in the memory tier")
        func programWithoutStore() throws {
            let github = try FakeGitHub(token: CachingSettings.githubToken)
            defer { github.stop() }
            let server = try StoreServer()
            let store = try TestStore(server)
            server.stop()
            let files = try TemporaryDirectory()
            let settings = CachingSettings.environment(github).merging(store.environment) { $1 }
            let variables = variables("/api/github/pulls", settings, cache: files.file("cache"))
            let first = try FinishedProcess(Binary.path, environment: variables)
            #expect(first.end == .exited(0))
            #expect(field("X-Cache", of: first.output) == "miss", "\(first.output.prefix(300))")
            let second = try FinishedProcess(Binary.path, environment: variables)
            #expect(field("X-Cache", of: second.output) == "hit")
            #expect(field("X-Cache-Tier", of: second.output) == "memory")
            #expect(github.count() == 1)
            // GitHub away as well: what is held, or an error in good form.
            github.stop()
            let third = try FinishedProcess(Binary.path, environment: variables)
            #expect(field("X-Cache-Tier", of: third.output) == "memory")
            let absent = try FinishedProcess(
                Binary.path,
                environment: self.variables("/api/github/issues", settings, cache: files.file("cache")))
            #expect(absent.end == .exited(0))
            #expect(absent.output.hasPrefix("Status: 502"))
        }

        @Test("Behind a front end without holds the workers fetch themselves, a quarter of them at most")
        func worker() async throws {
            try await withCachingOrigin(workers: 8) { origin, github throws in
                github.hold()
                let fetching = (1...2).map { page in
                    Background {
                        try origin.pool.fastCGI.request(
                            "GET", "/api/github/issues", variables: ["QUERY_STRING": "page=\(page)"])
                    }
                }
                #expect(github.receives(2))
                #expect(origin.pool.workersAtGitHub == 2)
                for page in 3...6 {
                    let answer = try origin.pool.fastCGI.request(
                        "GET", "/api/github/issues", variables: ["QUERY_STRING": "page=\(page)"])
                    #expect(answer.status == 503)
                    #expect(answer["Retry-After"] != nil)
                }
                #expect(github.count() == 2)
                // Nothing of them stands in the way of those whom a streamer keeps.
                let held = (0..<3).map { _ in Background { try origin.http.patient.get("/api/github/issues?page=3") } }
                #expect(eventually(every: 50) { origin.pool.heldClients == 3 && github.count() == 3 })
                let joined = Background { try origin.http.patient.get("/api/github/issues?page=1") }
                #expect(eventually(every: 50) { origin.pool.heldClients == 4 })
                #expect(github.count() == 3)
                github.release()
                for client in fetching {
                    let answer = try client.value()
                    #expect(answer.status == 200)
                    #expect(answer["X-Cache"] == "miss")
                }
                for client in held + [joined] { #expect(try client.value().status == 200) }
                try expectNoLeftovers(origin.store)
            }
        }
    }
}
