import TestSupport
import Testing

extension EndToEnd {
    /// `POST /api/cache/invalidate`.
    @Suite struct InvalidationTests {
        private static let paths = [
            "/pulls", "/pulls?state=closed", "/pulls/7", "/pulls/10", "/issues", "/issues?page=1", "",
        ]

        /// Fills the cache, the summary and what it takes included.
        private static func fill(_ origin: Origin, _ paths: [String] = paths) throws {
            for path in paths { #expect(try [200, 404].contains(origin.github(path).status)) }
        }

        @Test("A prefix takes what begins so out of both tiers, counts it, and nothing else")
        func prefix() async throws {
            try await withGitHub { origin, github throws in
                let cases: [(json: String, gone: Set<String>)] = [
                    (#"{"prefix":"/pulls"}"#, ["/pulls?", "/pulls?state=closed", "/pulls/7?", "/pulls/10?"]),
                    (#"{"path":"/pulls"}"#, ["/pulls?", "/pulls?state=closed", "/pulls/7?", "/pulls/10?"]),
                    (#"{"prefix":"/pulls?"}"#, ["/pulls?", "/pulls?state=closed"]),
                    (#"{"prefix":"/pulls/"}"#, ["/pulls/7?", "/pulls/10?"]),
                    (#"{"prefix":"/pulls/1"}"#, ["/pulls/10?"]),
                    (#"{"prefix":"/issues?page=1","all":false,"reason":"x","other":1}"#, ["/issues?page=1"]),
                    (#"{"prefix":"/PULLS"}"#, []), (#"{"prefix":"/nothing"}"#, []), (#"{"prefix":"/?"}"#, ["/?"]),
                    (#"{"prefix":"/octo-org/WGMESH/pulls/7"}"#, ["/pulls/7?"]),
                ]
                for (json, gone) in cases {
                    try Self.fill(origin)
                    let before = Set(try origin.cachedKeys())
                    let answer = try origin.manageCache("invalidate", json)
                    #expect(answer.status == 200, "\(json)")
                    expectCommonForm(answer)
                    let counts = try answer.json
                    #expect(counts.names == ["deleted", "dragonfly", "memory"])
                    #expect(counts.dragonfly?.integer == gone.count, "\(json)")
                    // The agent may just follow the invalidation before, and be about to put back what came after it.
                    let memory = try #require(counts.memory?.integer)
                    #expect((0...gone.count).contains(memory), "\(json)")
                    #expect(counts.deleted?.integer == gone.count + memory, "\(json)")
                    #expect(Set(try origin.cachedKeys()) == before.subtracting(gone), "\(json)")
                    github.forgetRequests()
                    for key in gone { #expect(try origin.github(key)["X-Cache"] == "miss", "\(json) \(key)") }
                    #expect(github.requests.allSatisfy { $0["If-None-Match"] == nil })
                }
            }
        }

        @Test("/ is every entry of GitHub's, the summary only by its name or with all")
        func root() async throws {
            try await withGitHub(environment: ["INVALIDATE_ALL_ALLOWED": "true"]) { origin, _ throws in
                func summary() throws -> String { try origin.get("/api/pipeline/summary").cache }
                try Self.fill(origin)
                _ = try summary()
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/"}"#).json.deleted?.integer ?? 0 >= 14)
                #expect(try origin.cachedKeys() == ["/__pipeline_summary__?"])
                #expect(try summary() == "hit dragonfly")
                let composed = try origin.manageCache("invalidate", #"{"prefix":"/__pipeline_summary__"}"#).json
                #expect(composed.dragonfly == 1, "\(composed)")
                #expect(try summary() == "miss none")
                try Self.fill(origin)
                let entries = try origin.cachedKeys().count
                let all = try origin.manageCache("invalidate", #"{"all":true}"#).json
                #expect(all.dragonfly?.integer == entries)
                #expect((0...entries).contains(all.memory?.integer ?? -1))
                #expect(try origin.cachedKeys() == [])
                #expect(try summary() == "miss none")
                #expect(try eventually { try origin.events("cache.invalidated").contains { $0.prefix == .null } })
            }
        }

        @Test("A prefix may be spelled with escapes or without")
        func escapes() async throws {
            try await withGitHub { origin, _ throws in
                for prefix in ["/contents/a b/", "/contents/a%20b/", "/contents/a%20b/\\u00e9", "/contents/a b/%C3%A9"]
                {
                    _ = try origin.github("/contents/a%20b/%C3%A9")
                    #expect(try origin.cachedKeys() == ["/contents/a%20b/%C3%A9?"])
                    let answer = try origin.manageCache("invalidate", #"{"prefix":"\#(prefix)"}"#)
                    #expect(try answer.json.dragonfly == 1, "\(prefix)")
                }
            }
        }

        @Test("Another repository of the organisation goes by its own name")
        func otherRepository() async throws {
            let other = FakeGitHub.Repository("octo-org/site", id: 300_000_777)
            try await withGitHub(others: [other], environment: ["GITHUB_ORG": "octo-org"]) { origin, _ throws in
                #expect(try eventually { try origin.github("/org/repos").status == 200 })
                try Self.fill(origin, ["/pulls", "/octo-org/site/pulls", "/octo-org/site/issues"])
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/octo-org/site/pulls"}"#).json.dragonfly == 1)
                #expect(try origin.github("/pulls").cache == "hit dragonfly")
                #expect(try origin.github("/octo-org/site/issues").cache == "hit dragonfly")
                #expect(try origin.github("/octo-org/site/pulls").cache == "miss none")
                let own = try origin.manageCache("invalidate", #"{"prefix":"/octo-org/wgmesh/pulls"}"#)
                #expect(try own.json.dragonfly == 1, "the own one goes by both names")
                #expect(try origin.github("/pulls").cache == "miss none")
                #expect(try origin.github("/octo-org/site/pulls").cache == "hit dragonfly")
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/"}"#).status == 200)
                #expect(try origin.github("/org/repos").cache == "hit dragonfly", "it is chimney's own")
                #expect(try origin.github("/octo-org/site/issues").cache == "miss none")
            }
        }

        @Test("Who may not is refused, and so is everything at once where it is not allowed; nothing is gone")
        func refused() async throws {
            try await withGitHub { origin, _ throws in
                try Self.fill(origin)
                let keys = try origin.cachedKeys()
                func post(_ json: String, token: String?) throws -> HTTPAnswer {
                    try origin.http.post("/api/cache/invalidate", json, token: token)
                }
                let prefix = #"{"prefix":"/pulls"}"#
                for token in [nil, "wrong", Origin.deployToken, ""] {
                    let answer = try post(prefix, token: token)
                    expectProblem(answer, 401)
                    #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
                }
                expectProblem(try post(prefix + "}", token: "wrong"), 401)
                for json in [#"{"all":true}"#, #"{"all":true,"prefix":"/pulls"}"#] {
                    let problem = expectProblem(try origin.manageCache("invalidate", json), 403)
                    #expect(problem.detail?.text?.contains("INVALIDATE_ALL_ALLOWED") == true)
                }
                for json in ["", "[]", "\"/pulls\"", "{\"prefix\":\"/pulls\"", "null"] {
                    expectProblem(try origin.manageCache("invalidate", json), 400, "\(json)")
                }
                let fields: [(String, [String])] = [
                    ("{}", ["prefix"]), (#"{"all":false}"#, ["prefix"]), (#"{"prefix":""}"#, ["prefix"]),
                    (#"{"prefix":null}"#, ["prefix"]), (#"{"prefix":"pulls"}"#, ["prefix"]),
                    (#"{"path":"pulls"}"#, ["path"]), (#"{"prefix":7}"#, ["prefix"]),
                    (#"{"prefix":"/a\nb"}"#, ["prefix"]), (#"{"prefix":["/pulls"]}"#, ["prefix"]),
                    (#"{"prefix":"/\#(String(repeating: "a", count: 2000))"}"#, ["prefix"]),
                    (#"{"prefix":"/pulls","all":"true"}"#, ["all"]), (#"{"prefix":"/pulls","reason":7}"#, ["reason"]),
                    (#"{"prefix":"/pulls","reason":"\#(String(repeating: "a", count: 501))"}"#, ["reason"]),
                    (#"{"prefix":"x","all":1,"reason":{}}"#, ["prefix", "all", "reason"]),
                ]
                for (json, names) in fields {
                    expectProblem(try origin.manageCache("invalidate", json), 422, fields: names, "\(json.prefix(60))")
                }
                let text = try origin.http.request(
                    "POST", "/api/cache/invalidate",
                    [("Content-Type", "text/plain"), ("Authorization", "Bearer \(GitHubSecrets.invalidate)")],
                    body: Array(prefix.utf8))
                expectProblem(text, 415)
                expectProblem(try origin.get("/api/cache/invalidate"), 405)
                #expect(try origin.cachedKeys() == keys)
                #expect(try origin.events("cache.invalidated") == [])
            }
            try await withGitHub(environment: ["INVALIDATE_TOKEN": ""]) { origin, _ throws in
                expectProblem(try origin.manageCache("invalidate", #"{"prefix":"/"}"#), 401, "it fails closed")
                expectProblem(try origin.manageCache("warm"), 401)
            }
        }

        @Test("It is an event, a metric, and in the request's line; the reason is told")
        func told() async throws {
            try await withGitHub(environment: ["INVALIDATE_TOKEN": "ci=\(GitHubSecrets.invalidate)"]) {
                origin, _ throws in
                try Self.fill(origin, ["/pulls", "/pulls/7"])
                let answer = try origin.manageCache(
                    "invalidate", #"{"prefix":"/pulls","reason":"post-deploy refresh"}"#)
                #expect(try answer.json.deleted == 4)
                let id = answer["X-Request-ID"] ?? ""
                #expect(try eventually { try origin.events("cache.invalidated").count == 1 })
                let event = try origin.events("cache.invalidated")[0]
                #expect(event.names == ["prefix", "deleted", "reason"])
                #expect(event.prefix == "/pulls")
                #expect(event.deleted == 4)
                #expect(event.reason == "post-deploy refresh")
                let lines = try value { () throws -> [JSON]? in
                    let lines = try origin.logLines("request_id=\(id)")
                    return lines.count == 2 ? lines : nil
                }
                let request = try #require(lines?.first { $0.msg == "request" })
                #expect(request.invalidated_keys == 4)
                #expect(request.cache_hit == .null)
                let said = try #require(lines?.first { $0.msg == "cache invalidated" })
                #expect(said.prefix == "/pulls" && said.reason == "post-deploy refresh" && said.token == "ci")
                #expect(try origin.metric("chimney_cache_invalidations_total") { $0 == 1 })
                try expectNoSecrets(origin)
            }
        }

        @Test("A fetch under way when it comes does not bring the old content back, for nobody")
        func overtaken() async throws {
            try await withGitHub { origin, github throws in
                let gate = github.hold(on: "/pulls")
                async let early = origin.github("/pulls")
                #expect(github.receives(1))
                let number = github.update { $0.openPull("New") }
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/pulls"}"#).status == 200)
                async let late = origin.github("/pulls")
                gate.open()
                #expect(try await late.numbers.contains(number))
                #expect(try await early.numbers.contains(number))
                #expect(github.count("/pulls") == 2)
                let after = try origin.github("/pulls")
                #expect(after.cache == "hit dragonfly")
                #expect(try after.numbers.contains(number))
            }
        }
    }
}
