import Essentials
import Web

/// What the environment says about GitHub.
struct GitHubSettings {
    /// GitHub's address, and how it is asked.
    let upstream: Upstream
    /// The repository that paths without a name mean; nil where none is set.
    let repository: Repository?
    /// The directory of the memory tier.
    let cacheDirectory: String

    init(_ settings: inout Settings) {
        upstream = Upstream(api: settings.githubAPI(), token: settings.secrets("GITHUB_TOKEN").first?.value)
        repository = settings.string("GITHUB_REPO").flatMap { Repository($0) }
        cacheDirectory = settings.value(
            "CHIMNEY_CACHE_DIR", default: "/run/chimney/cache",
            remedy: "is no absolute path; set the directory that the cache may keep files in",
            parse: { $0.hasPrefix("/") && !$0.utf8.contains(0) ? $0 : nil })
    }
}
