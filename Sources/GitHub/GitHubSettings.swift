import Essentials
import Web

/// What the environment says about GitHub.
struct GitHubSettings {
    /// GitHub's address, and how it is asked.
    let upstream: Upstream
    /// The repository that paths without a name mean; nil where none is set.
    let repository: Repository?
    /// How the list of repositories is made.
    let repositories: RepositoryList
    /// How the project's state is told; nil without a repository.
    let summary: PipelineSummary?
    /// The organisation all of whose repositories can be asked for; nil where only the one can.
    let organisation: String?
    /// Who may invalidate and warm the cache.
    let invalidator: Bearer
    /// Who may tell what has happened at GitHub.
    let webhookSignature: Signature
    /// Whether everything may be invalidated at once.
    let mayInvalidateAll: Bool
    /// Bytes of bodies that the cache in the store may have.
    let cacheBytes: Int
    /// The directory of the memory tier.
    let cacheDirectory: String

    /// What the cache is of.
    var source: String { [upstream.api, repository?.fullName ?? "", organisation ?? ""].joined(separator: " ") }

    /// What chimney puts together itself.
    var compositions: [Composition.Kind] {
        let list =
            organisation.map { repositories.composition(of: $0) }
            ?? repository.map { repositories.composition(of: $0) }
        return [summary?.composition, list].compactMap { $0 }
    }

    init(_ settings: inout Settings) {
        upstream = Upstream(api: settings.githubAPI(), token: settings.secrets("GITHUB_TOKEN").first?.value)
        let repository = settings.string("GITHUB_REPO").flatMap { Repository($0) }
        self.repository = repository
        let workflow = settings.value(
            "PIPELINE_WORKFLOW", default: "goose-build.yml",
            remedy: "is not the name of a workflow's file; set it as in .github/workflows/NAME.yml",
            parse: { $0.utf8.allSatisfy(\.isNameByte) && !$0.hasPrefix(".") ? $0 : nil })
        let version = settings.string("PROJECT_VERSION")
        summary = repository.map { PipelineSummary(repository: $0, workflow: workflow, projectVersion: version) }
        organisation = settings.value(
            "GITHUB_ORG", default: nil, remedy: "is not the name of an organisation; set it as in github.com/NAME",
            parse: { name in name.utf8.allSatisfy(\.isNameByte) && !name.hasPrefix(".") ? .some(name) : nil })
        let excluded = (settings.string("GITHUB_REPOS_EXCLUDE") ?? "").split { $0 == "," || $0.isWhitespace }
        repositories = RepositoryList(excluded: Set(excluded.map { $0.lowercased() }))
        invalidator = Bearer(settings.secrets("INVALIDATE_TOKEN"))
        webhookSignature = Signature(settings.secrets("GITHUB_WEBHOOK_SECRET"))
        mayInvalidateAll = settings.bool("INVALIDATE_ALL_ALLOWED", default: false)
        cacheBytes = settings.integer("GITHUB_CACHE_MB", default: 256, in: 16...65_536) << 20
        cacheDirectory = settings.value(
            "CHIMNEY_CACHE_DIR", default: "/run/chimney/cache",
            remedy: "is no absolute path; set the directory that the cache may keep files in",
            parse: { $0.hasPrefix("/") && !$0.utf8.contains(0) ? $0 : nil })
    }
}
