extension Settings {
    /// The address of GitHub's API, without a slash at its end: `GITHUB_API_URL`, for GitHub Enterprise. Tokens are
    /// sent there, so only to this host without TLS.
    public mutating func githubAPI() -> String {
        value(
            "GITHUB_API_URL", default: "https://api.github.com",
            remedy: "is no https URL; set https://HOST, or https://HOST/api/v3 for GitHub Enterprise",
            parse: { text in Endpoint(text).flatMap { $0.isPrivate ? $0.base : nil } })
    }
}
