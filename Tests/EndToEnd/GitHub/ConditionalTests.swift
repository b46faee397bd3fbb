import TestSupport
import Testing

extension EndToEnd {
    /// Clients that say what they have already.
    @Suite struct ConditionalGitHubTests {
        private static func condition(_ tag: String) -> [(String, String)] { [("If-None-Match", tag)] }

        @Test("Who has what is held is told so: fresh, stale, and after a comparison by GitHub")
        func unchanged() async throws {
            try await withGitHub { origin, github throws in
                let first = try origin.github("/pulls")
                let tag = try #require(first["ETag"])
                func expectUnchanged(_ cache: String, _ condition: String) throws {
                    let answer = try origin.github("/pulls", Self.condition(condition))
                    #expect(answer.status == 304, "\(cache) \(condition)")
                    #expect(answer.body.isEmpty)
                    #expect(answer.cache == cache)
                    #expect(answer["ETag"] == tag)
                    #expect(answer["X-Cache-Age"] != nil)
                    #expect(answer["Content-Type"] == nil)
                    #expect(answer["Access-Control-Allow-Origin"] == "*")
                    #expect(answer["X-Request-ID"] != nil)
                }
                let strong = String(tag.dropFirst(2))
                for condition in [tag, strong, "*", "\"a\", \(tag)", "W/\"a,b\",\(strong) , \"c\""] {
                    try expectUnchanged("hit dragonfly", condition)
                }
                #expect(github.count() == 1)
                try origin.age("/pulls?", 40)
                try expectUnchanged("stale dragonfly", tag)
                _ = try origin.githubOnceFresh("/pulls")
                try origin.age("/pulls?", 400)
                try expectUnchanged("revalidated dragonfly", tag)
                #expect(github.count() == 3)
                let head = try origin.http.request("HEAD", "/api/github/pulls", Self.condition(tag))
                #expect(head.status == 304)
            }
        }

        @Test("Who has something else gets the whole, and so do all when it has changed")
        func changed() async throws {
            try await withGitHub { origin, github throws in
                let tag = try #require(try origin.github("/pulls")["ETag"])
                for other in ["\"other\"", "W/\"\"", "", "x", String(tag.dropLast()), tag.uppercased()] {
                    let answer = try origin.github("/pulls", Self.condition(other))
                    #expect(answer.status == 200, "\(other)")
                    #expect(!answer.body.isEmpty)
                }
                github.update { _ = $0.openPull("New") }
                try origin.age("/pulls?", 400)
                let answer = try origin.github("/pulls", Self.condition(tag))
                #expect(answer.status == 200)
                #expect(answer.cache == "miss none")
                #expect(answer["ETag"] != tag)
                #expect(try answer.numbers.count == 4)
            }
        }

        @Test("Who had to wait for a first fetch, and has what it brings, is told so as well; errors stay errors")
        func waited() async throws {
            try await withGitHub { origin, github throws in
                let tag = try #require(try origin.github("/pulls")["ETag"])
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/pulls"}"#).status == 200)
                let gate = github.hold(on: "/pulls")
                let answers = Answers()
                async let asked: Void = HTTPClient.concurrently(6) { index in
                    answers.add(try origin.github("/pulls", index < 3 ? Self.condition(tag) : []))
                }
                #expect(github.receives(2, for: "/pulls"))
                gate.open()
                try await asked
                #expect(answers.all.map(\.status).sorted() == [200, 200, 200, 304, 304, 304])
                #expect(answers.all.filter { $0.status == 304 }.allSatisfy { $0.body.isEmpty && $0["ETag"] == tag })
                #expect(github.count("/pulls") == 2)

                #expect(try origin.github("/pulls/799", Self.condition("*")).status == 404)
                github.always(.serverError)
                #expect(try origin.github("/pulls/1000", Self.condition("*")).status == 502)
            }
        }
    }
}
