/// Which requests a test means.
///
/// `/pulls` are those of the main repository, as `/api/github/pulls` of chimney; `/` is the repository itself. Paths of the
/// API begin as GitHub's do: `/repos/…`, `/repositories/…`, `/orgs/…`, `/users/…`, `/user`, `/rate_limit`. With a query
/// the parameters have to be the same, in any order; without one they do not matter. A `*` at the end stands for anything.
struct RequestPattern {
    private let path: String
    private let query: [String]?
    private let isPrefix: Bool

    init(_ text: String, repository: String) {
        isPrefix = text.hasSuffix("*")
        let parts = text.drop(while: { $0 == " " }).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first.map(String.init) ?? ""
        if isPrefix, parts.count == 1 { path.removeLast() }
        let roots = ["repos", "repositories", "orgs", "organizations", "users", "user", "rate_limit"]
        let first = path.split(separator: "/").first.map(String.init) ?? ""
        if !roots.contains(first) { path = "/repos/\(repository)" + (path == "/" && !isPrefix ? "" : path) }
        self.path = path
        query = parts.count > 1 && !isPrefix ? Self.sorted(parts[1]) : nil
    }

    func matches(_ request: HTTPServerRequest) -> Bool {
        let path = GitHubCall.apiPath(request.path)
        guard isPrefix ? path.hasPrefix(self.path) : path == self.path else { return false }
        return query.map { $0 == Self.sorted(request.query[...]) } ?? true
    }

    private static func sorted(_ query: Substring) -> [String] {
        query.split(separator: "&").map(String.init).sorted()
    }
}
