/// Which requests a test means, by a path as `FakeGitHub+Requests.swift` explains it.
struct RequestPattern {
    private let method: String?
    private let path: String
    private let query: [String]?
    private let isPrefix: Bool

    private static let roots = [
        "repos", "repositories", "orgs", "organizations", "users", "user", "rate_limit", ".well-known",
    ]

    init(_ text: String, repository: String) {
        isPrefix = text.hasSuffix("*")
        let target = text.drop { $0 != "/" }
        method = text.hasPrefix("/") ? nil : text.split(separator: " ").first.map(String.init)
        let parts = (isPrefix ? target.dropLast() : target).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map(String.init) ?? ""
        let first = path.split(separator: "/").first.map(String.init) ?? ""
        if Self.roots.contains(first) {
            self.path = path
        } else {
            self.path = "/repos/\(repository)" + (path == "/" && !isPrefix ? "" : path)
        }
        query = parts.count > 1 ? Self.sorted(parts[1]) : nil
    }

    func matches(_ request: HTTPServerRequest) -> Bool {
        let path = GitHubCall.apiPath(request.path)
        guard method == nil || method == request.method else { return false }
        guard isPrefix ? path.hasPrefix(self.path) : path == self.path else { return false }
        return query.map { $0 == Self.sorted(request.query[...]) } ?? true
    }

    private static func sorted(_ query: Substring) -> [String] {
        query.split(separator: "&").map(String.init).sorted()
    }
}
