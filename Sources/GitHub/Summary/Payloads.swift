import Essentials

// What the summary reads of GitHub's payloads; names as in https://docs.github.com/en/rest.

/// A repository, of `GET /repos/{owner}/{repo}`.
struct RepositoryObject: Decodable {
    /// Open issues and pull requests together.
    let openIssues: Int

    private enum CodingKeys: String, CodingKey { case openIssues = "open_issues_count" }
}

/// A release, of `GET …/releases/latest`.
struct Release: Decodable {
    let tag: String

    private enum CodingKeys: String, CodingKey { case tag = "tag_name" }
}

/// A pull request, of `GET …/pulls`.
struct Pull: Decodable {
    let number: Int
    let title: String
    let mergedAt: String?
    let mergeCommit: String?

    private enum CodingKeys: String, CodingKey {
        case number, title
        case mergedAt = "merged_at"
        case mergeCommit = "merge_commit_sha"
    }

    /// The one that was merged last.
    static func lastMerged(_ pulls: [Pull]) -> Pull? {
        // RFC 3339 in UTC: the text's order is that of the times.
        pulls.filter { $0.mergedAt != nil }.max { ($0.mergedAt ?? "") < ($1.mergedAt ?? "") }
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("number", number)
            json.member("title", title)
            json.member("sha", mergeCommit)
            json.member("merged_at", mergedAt)
        }
    }
}

/// An issue, of `GET …/issues`, whose list has pull requests as well.
struct Issue: Decodable {
    private struct PullRequest: Decodable {}

    let number: Int
    let title: String
    let url: String
    /// Whether it is a pull request.
    let isPull: Bool

    private enum CodingKeys: String, CodingKey {
        case number, title
        case url = "html_url"
        case pullRequest = "pull_request"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        number = try fields.decode(Int.self, forKey: .number)
        title = try fields.decode(String.self, forKey: .title)
        url = try fields.decode(String.self, forKey: .url)
        isPull = try fields.decodeIfPresent(PullRequest.self, forKey: .pullRequest) != nil
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("number", number)
            json.member("title", title)
            json.member("url", url)
        }
    }
}

/// Workflow runs, of `GET …/actions/runs` and `GET …/actions/workflows/{file}/runs`.
struct Runs: Decodable {
    struct Run: Decodable {
        let name: String?
        let status: String?
        let conclusion: String?
        let startedAt: String?
        let createdAt: String?
        let url: String

        private enum CodingKeys: String, CodingKey {
            case name, status, conclusion
            case startedAt = "run_started_at"
            case createdAt = "created_at"
            case url = "html_url"
        }

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("workflow_name", name)
                json.member("status", status)
                json.member("conclusion", conclusion)
                json.member("run_at", startedAt ?? createdAt)
                json.member("url", url)
            }
        }
    }

    let runs: [Run]

    private enum CodingKeys: String, CodingKey { case runs = "workflow_runs" }

    init(runs: [Run]) { self.runs = runs }

    /// How many of a hundred have succeeded, with one decimal, of those that came to an end of their own; nil where none
    /// has.
    var successRate: Double? {
        let ended = runs.filter { ["success", "failure", "timed_out", "startup_failure"].contains($0.conclusion) }
        guard !ended.isEmpty else { return nil }
        return (Double(ended.count { $0.conclusion == "success" }) * 1000 / Double(ended.count)).rounded() / 10
    }
}
