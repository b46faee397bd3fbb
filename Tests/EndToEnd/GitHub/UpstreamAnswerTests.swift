import TestSupport
import Testing

extension EndToEnd {
    /// Answers of GitHub that are good, and yet not the usual JSON.
    @Suite struct UpstreamAnswerTests {
        private static func answer(
            _ status: Int = 200, _ fields: [(name: String, value: String)] = [], _ text: String = "[]"
        ) -> FakeGitHub.Behaviour {
            .answer(HTTPServerAnswer(status, fields, text: text))
        }

        @Test("Whatever the type of its content is, it is passed on, and is the same from the cache")
        func types() async throws {
            try await withGitHub { origin, github throws in
                let types = [
                    ("application/json; charset=utf-8", "{}"), ("text/plain; charset=utf-8", "no JSON {"),
                    ("application/vnd.github.diff; charset=utf-8", "--- a\n+++ b\n"), ("text/html", "<p>"),
                    ("application/octet-stream", "\u{0}\u{1}"), ("application/vnd.github.v3+json", "[1]"),
                ]
                for (index, (type, text)) in types.enumerated() {
                    let path = "/contents/\(index)"
                    github.next(Self.answer(200, [("Content-Type", type)], text), on: path)
                    for cache in ["miss none", "hit dragonfly"] {
                        let answer = try origin.github(path)
                        #expect(answer.status == 200, "\(type)")
                        #expect(answer.cache == cache, "\(type)")
                        #expect(answer.values(of: "Content-Type") == [type])
                        #expect(answer.text == text)
                        #expect(answer["Content-Length"] == "\(text.utf8.count)")
                        #expect(answer["X-Content-Type-Options"] == "nosniff")
                    }
                }
            }
        }

        @Test("Success without content, or with another status than 200, stays what it is")
        func statuses() async throws {
            try await withGitHub { origin, github throws in
                for status in [201, 202, 203] {
                    let path = "/stats/\(status)"
                    github.next(Self.answer(status, [("Content-Type", "application/json")], "{}"), on: path)
                    for _ in 0..<2 { #expect(try origin.github(path).status == status) }
                }
                // GitHub's way to say that a pull request is merged.
                github.next(.answer(HTTPServerAnswer(204)), on: "/pulls/2/merge")
                for cache in ["miss none", "hit dragonfly"] {
                    let none = try origin.github("/pulls/2/merge")
                    #expect(none.status == 204)
                    #expect(none.body.isEmpty)
                    #expect(none.cache == cache)
                    #expect(none["Content-Type"] == nil)
                }
                github.next(Self.answer(200, [("Content-Type", "application/json")], ""), on: "/empty")
                for _ in 0..<2 {
                    let empty = try origin.github("/empty")
                    #expect(empty.status == 200)
                    #expect(empty.body.isEmpty)
                    #expect(empty["Content-Length"] == "0")
                }
                #expect(github.count() == 5)
            }
        }

        @Test("Header fields of GitHub's that make no sense, or do not belong to it, are not passed on")
        func fields() async throws {
            try await withGitHub { origin, github throws in
                let odd = [
                    ("Content-Type", "application/json"), ("X-RateLimit-Remaining", "many"),
                    ("X-RateLimit-Reset", "-7"),
                    ("Set-Cookie", "a=b"), ("X-Cache", "HIT"), ("X-Chimney-Hold", "x"),
                    ("Location", "http://evil.example"),
                    ("Access-Control-Allow-Origin", "https://github.com"), ("X-Request-ID", "theirs"),
                    ("Cache-Control", "public, max-age=9999"), ("Link", "nonsense, <x, <>; rel=\"next\""),
                    ("Status", "500"), ("X-Accel-Redirect", "/etc/passwd"),
                ]
                github.next(Self.answer(200, odd), on: "/odd")
                for cache in ["miss none", "hit dragonfly"] {
                    let answer = try origin.github("/odd")
                    #expect(answer.status == 200)
                    #expect(answer.cache == cache)
                    expectCommonForm(answer)
                    for name in ["Set-Cookie", "X-Chimney-Hold", "Location", "Link", "Status", "X-Accel-Redirect"] {
                        #expect(answer[name] == nil, "\(name)")
                    }
                    #expect(answer["Access-Control-Allow-Origin"] == "*")
                    #expect(answer["X-Request-ID"] != "theirs")
                    #expect(answer["Cache-Control"] == "no-cache")
                }
                #expect(try origin.github("/pulls").status == 200, "and nothing is blocked for it")
            }
        }

        @Test("A quota that is said to be used up until a time that has passed stops nothing")
        func pastReset() async throws {
            try await withGitHub { origin, github throws in
                let past = [
                    ("Content-Type", "application/json"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1000"),
                ]
                github.next(Self.answer(200, past), on: "/odd")
                #expect(try origin.github("/odd").status == 200)
                #expect(try origin.github("/pulls").status == 200)
                #expect(github.count() == 2)
            }
        }

        @Test("Chunks are as good as a length, and a 304 that nobody asked for is none")
        func framing() async throws {
            try await withGitHub { origin, github throws in
                github.next(
                    FakeGitHub.Behaviour { _, usual in
                        var answer = usual()
                        answer.isChunked = true
                        return answer
                    }, on: "/pulls")
                let chunked = try origin.github("/pulls")
                #expect(chunked.status == 200)
                #expect(chunked["Content-Length"] == "\(chunked.body.count)")
                #expect(try chunked.numbers.count == 3)
                github.next(.answer(HTTPServerAnswer(304)), on: "/issues")
                expectProblem(try origin.github("/issues"), 502)
                #expect(try origin.github("/issues").status == 200)
            }
        }
    }
}
