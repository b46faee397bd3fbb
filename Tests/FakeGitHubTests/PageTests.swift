import TestSupport
import Testing

extension FakeGitHubTests {
    /// Lists in pages.
    @Suite struct PageTests {
        private static func many(_ count: Int) throws -> FakeGitHub {
            var repository = FakeGitHub.Repository("octo/many")
            for number in 1...count { repository.openIssue("Issue \(number)") }
            return try FakeGitHub(repository)
        }

        private static func links(_ answer: HTTPAnswer) -> [String: String] {
            var links: [String: String] = [:]
            for link in (answer["Link"] ?? "").split(separator: ", ") {
                let parts = link.split(separator: ">; rel=")
                if parts.count == 2 { links[String(parts[1].dropFirst().dropLast())] = String(parts[0].dropFirst()) }
            }
            return links
        }

        @Test("The pages name each other, by the repository's number, with the other parameters")
        func links() throws {
            let github = try Self.many(65)
            let list = "/repositories/\(github.contents.id)/issues?state=open&"
            let first = try github.ask("/issues?state=open")
            #expect(try first.json.list.map { $0["number"]?.integer } == (36...65).reversed())
            #expect(Self.links(first) == ["next": github.url("\(list)page=2"), "last": github.url("\(list)page=3")])
            let second = try github.ask("/issues?page=2&state=open")
            #expect(
                Self.links(second) == [
                    "prev": github.url("\(list)page=1"), "next": github.url("\(list)page=3"),
                    "last": github.url("\(list)page=3"), "first": github.url("\(list)page=1"),
                ])
            let third = try github.ask("/issues?state=open&page=3")
            #expect(Self.links(third) == ["prev": github.url("\(list)page=2"), "first": github.url("\(list)page=1")])
            #expect(try third.json.list.count == 5)
        }

        @Test("The links lead to the pages, below GitHub Enterprise's path as well", arguments: ["", "/api/v3"])
        func followed(_ root: String) throws {
            let github = try Self.many(5)
            var target = "\(root)/repos/octo/many/issues?per_page=2"
            var numbers: [Int?] = []
            for _ in 0..<3 {
                let answer = try github.get(target)
                numbers += try answer.json.list.map { $0["number"]?.integer }
                guard let next = Self.links(answer)["next"] else { break }
                #expect(next.hasPrefix(github.url("\(root)/repositories/")))
                target = String(next.dropFirst(github.url().count))
            }
            #expect(numbers == [5, 4, 3, 2, 1])
        }

        @Test("One page has no links, and at most 100 elements")
        func single() throws {
            let github = try Self.many(101)
            #expect(try github.ask("/issues?per_page=1000").json.list.count == 100)
            #expect(try github.ask("/pulls")["Link"] == nil)
            #expect(try github.ask("/pulls").text == "[]")
        }
    }
}
