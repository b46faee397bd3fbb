import Testing
import Web

@testable import GitHub

/// What a resource is called, where it is, and for how long it is fresh.
@Suite struct ResourceTests {
    private let own = Repository(owner: "o", name: "r")
    private let other = Repository(owner: "o", name: "s")

    private func query(_ text: String) throws -> String { try ResourceQuery.encode(Query(text)) }

    @Test("Known parameters pass, sorted; others, and those without a value, do not")
    func queries() throws {
        #expect(try query("state=open&page=2&access_token=x&per_page=5&sort=") == "page=2&per_page=5&state=open")
        #expect(try query("labels=type%3Abug,a%20b&path=a/b") == "labels=type:bug,a%20b&path=a/b")
        #expect(try query("sha=a%26b%3Dc%23") == "sha=a%26b%3Dc%23")
        #expect(try query("page=1&page=2") == "page=1")
        for text in ["ref=a%0d%0ab", "ref=%00", "state=" + String(repeating: "x", count: 1100)] {
            #expect(throws: Problem.self) { try query(text) }
        }
    }

    @Test("The key is the path as it is asked for, always with a question mark")
    func keys() {
        let list = Resource("/pulls", query: "state=open", of: own, isOwn: true)
        #expect(list.key == "/pulls?state=open")
        #expect(list.target == "/repos/o/r/pulls?state=open")
        #expect(list.path == "/pulls")
        let foreign = Resource("/pulls", of: other, isOwn: false)
        #expect(foreign.key == "/o/s/pulls?")
        #expect(foreign.target == "/repos/o/s/pulls")
        let repository = Resource("/", of: own, isOwn: true)
        #expect(repository.key == "/?")
        #expect(repository.target == "/repos/o/r")
        #expect(Resource("/", of: other, isOwn: false).key == "/o/s?")
    }

    @Test("How long something is fresh follows from its path")
    func lifetimes() {
        func seconds(_ path: String, _ query: String = "") -> Int64 {
            Resource(path, query: query, of: other, isOwn: false).lifetime / 1000
        }
        #expect(seconds("/actions/runs") == 30)
        #expect(seconds("/pulls") == 30)
        #expect(seconds("/pulls", "sort=created&state=closed") == 300)
        #expect(seconds("/pulls", "state=closed2") == 30)
        #expect(seconds("/pulls/1", "state=closed") == 30)
        #expect(seconds("/issues") == 120)
        #expect(seconds("/issues/5/comments") == 120)
        #expect(seconds("/issuesx") == 30)
        #expect(seconds("/") == 30)
        #expect(Resource.summary.lifetime == 60_000)
        #expect(Resource.organisation.lifetime == 900_000)
    }

    @Test("Repositories are the same in any case, and only what can be one is")
    func repositories() {
        #expect(Repository("Own/Er") == Repository("own/er"))
        #expect(Repository("own/er")?.fullName == "own/er")
        for text in ["", "a", "a/", "/b", "a/b/c", "a/..", "./b", "a/b c", "a/b?"] { #expect(Repository(text) == nil) }
    }
}
