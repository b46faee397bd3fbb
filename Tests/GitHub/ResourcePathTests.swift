import FastCGI
import Testing
import Web

@testable import GitHub

/// What may be asked of GitHub, and what it is called in the cache.
@Suite struct ResourcePathTests {
    private func segments(_ path: String, isEncoded: Bool = true) throws(Problem) -> [String] {
        try ResourcePath(path[...], isEncoded: isEncoded).segments
    }

    private func status(_ path: String, isEncoded: Bool = true) -> Int? {
        do throws(Problem) {
            _ = try segments(path, isEncoded: isEncoded)
            return nil
        } catch {
            return error.status.code
        }
    }

    @Test("A path is read segment by segment")
    func read() throws {
        #expect(try segments("/pulls/12/files") == ["pulls", "12", "files"])
        #expect(try segments("/contents/%C3%A4%20b.md") == ["contents", "ä b.md"])
        #expect(try segments("/compare/main...topic") == ["compare", "main...topic"])
        #expect(try segments("/labels/a%25b") == ["labels", "a%b"])
        #expect(try segments("") == [])
        #expect(try segments("/") == [])
    }

    @Test(
        "What could lead elsewhere is refused, however often it is encoded",
        arguments: [
            "/..", "/a/../b", "/./a", "/a//b", "/a/", "//", "/%2e%2e/x", "/a/%2E", "/a%2fb", "/a%2Fb", "/a%5cb",
            "/a\\b",
            "/a%0d%0ab", "/a%00", "/a%7f", "/%252e%252e/x", "/a%252fb", "/%25252e%25252e", "/a%250d", "/%E2%80%A8",
            "/%ff", "/%", "/%2", "/%C2%85",
        ])
    func refused(path: String) {
        #expect(status(path) == 400)
    }

    @Test("A path that came decoded is held to the same rules")
    func decoded() throws {
        #expect(try segments("/a b/c", isEncoded: false) == ["a b", "c"])
        for path in ["/a/../b", "/a//b", "/a\r\nb", "/%2e%2e"] { #expect(status(path, isEncoded: false) == 400) }
    }

    @Test("A path has at most 1024 bytes")
    func long() {
        #expect(status("/" + String(repeating: "a", count: 1023)) == nil)
        #expect(status("/" + String(repeating: "a", count: 1024)) == 414)
    }

    @Test("What the front end sent as it came is judged, not what it made of it")
    func raw() throws {
        func path(_ variables: [String: String]) throws(Problem) -> [String] {
            let request = Request(environment: Environment(variables), body: RequestBody())
            return try ResourcePath(of: request, below: "/api/github").segments
        }
        let sent = ["PATH_INFO": "/api/github/a/b", "REQUEST_URI": "/api/github/a%2Fb?x=1"]
        #expect(throws: Problem.self) { try path(sent) }
        #expect(try path(["PATH_INFO": "/api/github/a b"]) == ["a b"])
        #expect(try path(["PATH_INFO": "/api/github/a", "REQUEST_URI": "/mounted/api/github/a"]) == ["a"])
    }

    @Test("The path is sent with everything encoded that has a meaning in URLs")
    func encoded() {
        #expect(ResourcePath.encode(["contents", "ä b?#%.md"]) == "/contents/%C3%A4%20b%3F%23%25.md")
        #expect(ResourcePath.encode([]) == "/")
    }
}
