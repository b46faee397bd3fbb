extension Settings {
    /// The address of GitHub's API, without a slash at its end: `GITHUB_API_URL`, for GitHub Enterprise.
    public mutating func githubAPI() -> String {
        value(
            "GITHUB_API_URL", default: "https://api.github.com",
            remedy: "is no URL; set https://HOST, or https://HOST/api/v3 for GitHub Enterprise",
            parse: { Endpoint($0)?.base })
    }
}
