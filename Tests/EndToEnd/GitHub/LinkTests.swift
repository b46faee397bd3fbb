import TestSupport
import Testing

extension EndToEnd {
    /// Pages: GitHub's `Link` leads on to this server.
    @Suite struct LinkTests {
        /// The targets of a `Link` field by their relation (RFC 8288).
        private static func links(_ answer: HTTPAnswer) -> [String: String] {
            var links: [String: String] = [:]
            for match in (answer["Link"] ?? "").matches(of: #/<([^>]*)>; rel="(\w+)"/#) {
                links[String(match.2)] = String(match.1)
            }
            return links
        }

        @Test("Every page leads to the next one here, to the last, and back")
        func pages() async throws {
            try await withGitHub { origin, github throws in
                var numbers: [Int] = []
                var target: String? = "/api/github/pulls?per_page=1&state=open"
                var pages = 0
                while let page = target, pages < 5 {
                    let answer = try origin.get(page)
                    #expect(answer.status == 200)
                    numbers += try answer.numbers
                    let links = Self.links(answer)
                    #expect(links.values.allSatisfy { $0.hasPrefix("/api/github/pulls?") }, "\(links)")
                    #expect(answer["Link"]?.contains("http") != true)
                    pages += 1
                    if pages == 1 {
                        #expect(Set(links.keys) == ["next", "last"])
                        #expect(links["last"]?.contains("&page=3") == true)
                    }
                    target = links["next"]
                }
                #expect(pages == 3)
                #expect(try numbers == origin.github("/pulls").numbers)
                #expect(
                    github.requests.prefix(3).map(\.query.count) == [21, 28, 28], "\(github.requests.map(\.query))")
                // The same from the cache.
                let first = try origin.github("/pulls?per_page=1&state=open")
                #expect(first.cache == "hit dragonfly")
                let next = try #require(Self.links(first)["next"])
                #expect(try origin.get(next).cache == "hit dragonfly")
                // And renewed by a 304, which names no pages itself.
                try origin.age("/pulls?per_page=1&state=open", 100)
                let renewed = try origin.github("/pulls?per_page=1&state=open")
                #expect(renewed.cache == "revalidated dragonfly")
                #expect(renewed["Link"] == first["Link"])
            }
        }

        @Test("One page has no links, and what cannot be asked for here is not linked to")
        func none() async throws {
            try await withGitHub { origin, github throws in
                #expect(try origin.github("/pulls")["Link"] == nil)
                github.next(
                    FakeGitHub.Behaviour { _, usual in
                        var answer = usual()
                        answer.fields.append(
                            (
                                "Link",
                                "<https://api.github.com/x?cursor=abc&page=2>; rel=\"next\", "
                                    + "<https://api.github.com/y?page=7>; rel=\"last\", <https://evil.example/>; rel=\"prev\""
                            ))
                        return answer
                    }, on: "/branches")
                #expect(try Self.links(origin.github("/branches")) == ["last": "/api/github/branches?page=7"])
            }
        }

        @Test("Pages of another repository of the organisation lead on under its name")
        func organisation() async throws {
            var other = FakeGitHub.Repository("octo-org/site", id: 300_000_777)
            for index in 1...3 { other.openIssue("Issue \(index)") }
            try await withGitHub(others: [other], environment: ["GITHUB_ORG": "octo-org"]) { origin, _ throws in
                #expect(try eventually { try origin.github("/org/repos").status == 200 })
                let first = try origin.github("/octo-org/site/issues?per_page=2")
                #expect(first.status == 200)
                let next = try #require(Self.links(first)["next"])
                #expect(next.hasPrefix("/api/github/octo-org/site/issues?"))
                #expect(try origin.get(next).numbers == [1])
            }
        }
    }
}
