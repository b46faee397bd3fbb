import TestSupport
import Testing

extension EndToEnd {
    /// `GET /api/pipeline/summary`.
    @Suite struct PipelineSummaryTests {
        private static let path = "/api/pipeline/summary"
        private static let key = "/__pipeline_summary__?"

        @Test("Every member, of the repository as it is")
        func members() async throws {
            try await withGitHub { origin, github throws in
                let answer = try origin.get(Self.path)
                #expect(answer.status == 200)
                #expect(answer.cache == "miss none")
                expectCommonForm(answer)
                let summary = try answer.json
                let names: Set = [
                    "wgmesh_version", "open_issues", "open_prs", "last_merged_pr", "recent_workflow_runs",
                    "goose_success_rate_pct", "open_bugs", "fetched_at", "partial",
                ]
                #expect(summary.names == names)
                #expect(summary.wgmesh_version == "v1.2.0", "a pre-release is none")
                #expect(summary.open_issues == 4)
                #expect(summary.open_prs == 3)
                let merged = try #require(
                    github.contents.pulls.filter { $0.pull?.mergedAt != nil }.max {
                        ($0.pull?.mergedAt ?? .distantPast) < ($1.pull?.mergedAt ?? .distantPast)
                    })
                #expect(summary.last_merged_pr?.names == ["number", "title", "sha", "merged_at"])
                #expect(summary.last_merged_pr?["number"]?.integer == merged.number)
                #expect(summary.last_merged_pr?.title?.text == merged.title)
                #expect(summary.last_merged_pr?.sha?.text == merged.pull?.mergeSHA)
                #expect(summary.last_merged_pr?.merged_at?.text?.hasSuffix("Z") == true)
                let runs = summary.recent_workflow_runs?.list ?? []
                #expect(runs.count == 10)
                #expect(runs.allSatisfy { $0.names == ["workflow_name", "status", "conclusion", "run_at", "url"] })
                #expect(runs.first?.workflow_name == "CI")
                #expect(runs.first?.status == "in_progress")
                #expect(runs.first?.conclusion == .null)
                #expect(runs[1].conclusion == "success")
                #expect(runs.allSatisfy { $0.url?.text?.contains("/actions/runs/") == true })
                #expect(summary.goose_success_rate_pct == 80)
                let bugs = github.contents.issues.filter { $0.isOpen && $0.labels.contains("type:bug") }
                #expect(bugs.count == 2)
                #expect(
                    Set(summary.open_bugs?.list.compactMap { $0["number"]?.integer } ?? []) == Set(bugs.map(\.number)))
                #expect(summary.open_bugs?[0]?.names == ["number", "title", "url"])
                #expect(summary.fetched_at?.text?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#) != nil)
                #expect(summary.partial == [])
                #expect(github.count() <= 7)
            }
        }

        @Test("Served from the cache for a minute, refreshed behind for another; ETag and HEAD as everywhere")
        func life() async throws {
            try await withGitHub { origin, github throws in
                let first = try origin.get(Self.path)
                let count = github.count()
                github.update { _ = $0.openIssue("New") }
                try origin.ageAll(50)
                let hit = try origin.get(Self.path)
                #expect(hit.cache == "hit dragonfly")
                #expect(hit.body == first.body)
                #expect(github.count() == count)
                #expect(try origin.get(Self.path, [("If-None-Match", hit["ETag"] ?? "")]).status == 304)
                #expect(try origin.http.request("HEAD", Self.path)["Content-Length"] == "\(hit.body.count)")

                try origin.ageAll(100)
                let stale = try origin.get(Self.path)
                #expect(stale.cache == "stale dragonfly")
                #expect(stale.body == first.body)
                #expect(try eventually { try origin.get(Self.path).json.open_issues == 5 })
                #expect(try origin.get(Self.path).cache == "hit dragonfly")

                github.update { _ = $0.openIssue("Newer") }
                try origin.ageAll(130)
                let new = try origin.get(Self.path)
                #expect(new.cache == "miss none")
                #expect(try new.json.open_issues == 6)
            }
        }

        @Test("More than a page of pull requests and bugs are counted, and no pull request as an issue")
        func many() async throws {
            var repository = FakeGitHub.Repository("octo-org/wgmesh")
            for index in 0..<130 { repository.openPull("Change \(index)", labels: ["type:bug"]) }
            for index in 0..<3 { repository.openIssue("Bug \(index)", labels: ["type:bug"]) }
            try await withGitHub(repository) { origin, _ throws in
                let summary = try origin.get(Self.path).json
                #expect(summary.open_prs == 130)
                #expect(summary.open_issues == 3)
                #expect(summary.open_bugs?.list.compactMap(\.title?.text) == ["Bug 2", "Bug 1", "Bug 0"])
                #expect(summary.partial == [])
            }
        }

        @Test("An empty repository has nothing to tell, and nothing is partial for that")
        func empty() async throws {
            try await withGitHub(FakeGitHub.Repository("octo-org/site")) { origin, _ throws in
                let summary = try origin.get(Self.path).json
                #expect(summary.site_version == .null)
                #expect(summary.open_issues == 0)
                #expect(summary.open_prs == 0)
                #expect(summary.last_merged_pr == .null)
                #expect(summary.recent_workflow_runs == [])
                #expect(summary.goose_success_rate_pct == .null)
                #expect(summary.open_bugs == [])
                #expect(summary.partial == [])
            }
        }

        @Test("The workflow is a setting, its rate has one decimal, and the version without a release another")
        func settings() async throws {
            var repository = FakeGitHub.Repository("octo-org/site")
            for conclusion in ["success", "success", "failure", "cancelled", "skipped"] {
                let id = repository.run("deploy.yml")
                repository.complete(run: id, conclusion)
            }
            repository.run("deploy.yml")
            let settings = ["PIPELINE_WORKFLOW": "deploy.yml", "PROJECT_VERSION": "9.9"]
            try await withGitHub(repository, environment: settings) { origin, github throws in
                let summary = try origin.get(Self.path).json
                #expect(summary.site_version == "9.9")
                #expect(summary.goose_success_rate_pct == 66.7, "of those that came to an end of their own")
                #expect(github.count("/actions/workflows/deploy.yml/runs") == 1)
            }
        }

        @Test("A part that fails leaves the rest, and is named")
        func partial() async throws {
            let parts: [(path: String, names: Set<String>)] = [
                ("/releases/latest", ["wgmesh_version"]), ("/", ["open_issues"]),
                ("/pulls?per_page=1&state=open", ["open_issues", "open_prs"]),
                ("/pulls?direction=desc&per_page=30&sort=updated&state=closed", ["last_merged_pr"]),
                ("/actions/runs*", ["recent_workflow_runs"]), ("/actions/workflows*", ["goose_success_rate_pct"]),
                ("/issues*", ["open_bugs"]),
            ]
            try await withGitHub { origin, github throws in
                let whole = try origin.get(Self.path).json
                for (path, names) in parts {
                    #expect(try origin.manageCache("invalidate", #"{"prefix":"/"}"#).status == 200)
                    #expect(try origin.manageCache("invalidate", #"{"prefix":"/__pipeline_summary__"}"#).status == 200)
                    github.always(.serverError, on: path)
                    let answer = try origin.get(Self.path)
                    #expect(answer.status == 200, "\(path)")
                    let summary = try answer.json
                    #expect(Set(summary.partial?.list.compactMap(\.text) ?? []) == names, "\(path)")
                    for name in whole.names.subtracting(["fetched_at", "partial"]) {
                        let isEmpty = summary[name] == .null || summary[name] == []
                        #expect(names.contains(name) ? isEmpty : summary[name] == whole[name], "\(path) \(name)")
                    }
                    github.answerAsUsual()
                    try origin.forgetFailures()
                }
                // What is held of a part is better than nothing.
                try origin.ageAll(7200)
                _ = try origin.get(Self.path)
                try origin.ageAll(7200)
                github.always(.serverError, on: "/releases/latest")
                let summary = try origin.get(Self.path).json
                #expect(summary.wgmesh_version == "v1.2.0")
                #expect(summary.partial == [])
            }
        }

        @Test("With all parts failing it is said so, and what is held is served")
        func failing() async throws {
            try await withGitHub { origin, github throws in
                github.always(.serverError)
                let none = try origin.get(Self.path)
                expectProblem(none, 502)
                github.answerAsUsual()
                try origin.forgetFailures()
                let whole = try origin.get(Self.path)
                #expect(whole.status == 200)
                github.always(.dropped)
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/"}"#).status == 200)
                try origin.age(Self.key, 7200)
                let stale = try origin.get(Self.path)
                #expect(stale.status == 200)
                #expect(stale.cache == "stale dragonfly")
                #expect(stale.body == whole.body)
            }
        }
    }
}
