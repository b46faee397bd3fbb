import Essentials
import FoundationEssentials

/// The state of a project's pipeline in one answer: what a dashboard would otherwise ask seven times for.
struct PipelineSummary {
    /// The repository.
    let repository: Repository
    /// The file of the workflow whose success is told.
    let workflow: String
    /// The version where there is no release: `PROJECT_VERSION`.
    let projectVersion: String?

    /// Workflow runs that are shown.
    private static let runs = 10

    /// How it is made.
    var composition: Composition.Kind {
        func part(_ path: String, _ query: String = "") -> Resource {
            Resource(path, query: query, of: repository, isOwn: true)
        }
        let parts = [
            "repository": part("/"),
            "release": part("/releases/latest"),
            "pulls": part("/pulls", "per_page=1&state=open"),
            "merged": part("/pulls", "direction=desc&per_page=30&sort=updated&state=closed"),
            "runs": part("/actions/runs", "per_page=\(Self.runs)"),
            "workflow": part(
                "/actions/workflows/\(PercentEncoding.encode(workflow))/runs", "per_page=50&status=completed"),
            "bugs": part("/issues", "labels=type:bug&per_page=100&state=open"),
        ]
        return Composition.Kind(resource: .summary, parts: { _ in parts }, make: { Parts($0).flatMap { json(of: $0) } })
    }

    /// What could be had.
    private struct Parts {
        private let outcomes: [String: Obtaining.Outcome]

        /// Nil where nothing could.
        init?(_ outcomes: [String: Obtaining.Outcome]) {
            self.outcomes = outcomes
            let isAnything = outcomes.values.contains {
                if case .lacking = $0 { false } else { true }
            }
            guard isAnything else { return nil }
        }

        func content(_ name: String) -> CacheEntry.Content? {
            if case .content(let content, _)? = outcomes[name] { content } else { nil }
        }

        func isMissing(_ name: String) -> Bool {
            if case .missing? = outcomes[name] { true } else { false }
        }

        func read<Value: Decodable>(_ type: Value.Type, _ name: String) -> Value? {
            content(name).flatMap { try? JSONDecoder().decode(type, from: Data($0.body)) }
        }
    }

    private func json(of parts: Parts) -> [UInt8] {
        var partial: [String] = []
        func had<Value>(_ name: String, _ value: Value?) -> Value? {
            if value == nil { partial.append(name) }
            return value
        }
        let versionName = "\(repository.name)_version"
        let release = parts.read(Release.self, "release")
        if release == nil, !parts.isMissing("release") { partial.append(versionName) }
        // A project without a release has no version, or the one that this server was told.
        let version = release?.tag ?? projectVersion
        let pulls = had("open_prs", Self.count(of: parts.content("pulls")))
        let both = parts.read(RepositoryObject.self, "repository")?.openIssues
        let issues = had("open_issues", both.flatMap { both in pulls.map { max(0, both - $0) } })
        let closed = had("last_merged_pr", parts.read([Pull].self, "merged"))
        let runs = had("recent_workflow_runs", parts.read(Runs.self, "runs"))
        let workflowRuns =
            parts.isMissing("workflow")
            ? Runs(runs: []) : had("goose_success_rate_pct", parts.read(Runs.self, "workflow"))
        let bugs = had("open_bugs", parts.read([Issue].self, "bugs"))
        return JSONWriter.object(capacity: 4096) { json in
            json.key(versionName)
            if let version { json.string(version) } else { json.null() }
            json.member("open_issues", issues)
            json.member("open_prs", pulls)
            json.key("last_merged_pr")
            if let merged = Pull.lastMerged(closed ?? []) { merged.write(to: &json) } else { json.null() }
            json.key("recent_workflow_runs")
            json.array { list in for run in runs?.runs.prefix(Self.runs) ?? [] { run.write(to: &list) } }
            json.member("goose_success_rate_pct", workflowRuns?.successRate)
            json.key("open_bugs")
            json.array { list in
                for bug in bugs ?? [] where !bug.isPull { bug.write(to: &list) }
            }
            json.member("fetched_at", Timestamp.now.wholeSeconds.rfc3339)
            json.key("partial")
            json.array { list in for name in partial { list.string(name) } }
        }
    }

    /// How many items a list has of which one page with one item was fetched: as many as pages.
    static func count(of content: CacheEntry.Content?) -> Int? {
        guard let content else { return nil }
        let header = String(decoding: content.headers, as: UTF8.self)
        for link in header.split(separator: "<").dropFirst() where link.contains("rel=\"last\"") {
            let query = link.prefix { $0 != ">" }.drop { $0 != "?" }.dropFirst()
            for item in query.split(separator: "&") where item.hasPrefix("page=") {
                if let page = Int(item.dropFirst(5)) { return page }
            }
        }
        struct Item: Decodable {}
        return (try? JSONDecoder().decode([Item].self, from: Data(content.body)))?.count
    }
}
