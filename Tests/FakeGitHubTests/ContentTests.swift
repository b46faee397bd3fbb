import TestSupport
import Testing

extension FakeGitHubTests {
    /// What the API shows of a repository.
    @Suite struct ContentTests {
        @Test("The repository counts issues and pull requests together, as GitHub does")
        func repository() throws {
            let github = try FakeGitHub()
            let repository = try github.ask("").json
            #expect(repository.full_name == "octo-org/wgmesh")
            #expect(repository.open_issues_count == 7)
            #expect(repository.archived == false)
            #expect(repository.default_branch == "main")
            #expect(repository.owner?.login == "octo-org")
            #expect(repository.html_url == "https://github.com/octo-org/wgmesh")
            #expect(repository.url?.text == github.url("/repos/octo-org/wgmesh"))
            #expect(try github.get("/repos/OCTO-ORG/WGmesh").json == repository)
        }

        @Test("The list of issues holds the pull requests, too")
        func issues() throws {
            let github = try FakeGitHub()
            let issues = try github.ask("/issues").json.list
            #expect(issues.count == 7)
            #expect(issues.count { $0.pull_request != nil } == 3)
            let bugs = try github.ask("/issues?labels=type:bug").json.list
            #expect(bugs.count == 2)
            #expect(try github.ask("/issues?labels=type%3Abug,priority%3Ahigh").json.list.count == 1)
            #expect(try github.ask("/issues?state=all&labels=type:bug").json.list.count == 3)
            let number = try #require(bugs.first?["number"]?.integer)
            #expect(try github.ask("/issues/\(number)").json == bugs.first)
        }

        @Test("A pull request is merged")
        func merge() throws {
            let github = try FakeGitHub()
            let number = try #require(try github.ask("/pulls").json.list.last?["number"]?.integer)
            #expect(try github.ask("/pulls/\(number)").json.merged == false)
            let sha = github.update { $0.merge(number) }
            #expect(try github.ask("/pulls").json.list.count == 2)
            let closed = try github.ask("/pulls?state=closed&sort=updated&direction=desc").json.list
            #expect(closed.first?["number"]?.integer == number)
            #expect(closed.first?.merged_at?.text != nil)
            #expect(closed.first?.merge_commit_sha?.text == sha)
            #expect(closed.count { $0.merged_at == .null } == 1)
            #expect(try github.ask("/commits").json[0]?.sha?.text == sha)
        }

        @Test("Runs are filtered by workflow, status, branch and event")
        func runs() throws {
            let github = try FakeGitHub()
            let all = try github.ask("/actions/runs").json
            #expect(all.total_count == 12)
            #expect(all.workflow_runs?[0]?.status == "in_progress")
            #expect(all.workflow_runs?[0]?.conclusion == .null)
            let goose = try github.ask("/actions/workflows/goose-build.yml/runs?status=completed").json
            #expect(
                goose.workflow_runs?.list.map(\.conclusion) == ["success", "success", "success", "failure", "success"])
            #expect(goose.workflow_runs?[0]?.name == "Goose build")
            #expect(goose.workflow_runs?[0]?.run_started_at?.text?.hasSuffix("Z") == true)
            #expect(try github.ask("/actions/runs?event=pull_request").json.total_count == 1)
            #expect(try github.ask("/actions/runs?branch=main&status=failure").json.total_count == 1)
            #expect(try github.ask("/actions/workflows/none.yml/runs").status == 404)
        }

        @Test("The latest release is no draft and no pre-release, and none is 404")
        func releases() throws {
            let github = try FakeGitHub()
            #expect(try github.ask("/releases/latest").json.tag_name == "v1.2.0")
            #expect(try github.ask("/releases").json.list.map(\.tag_name) == ["v1.3.0-rc.1", "v1.2.0", "v1.1.0"])
            github.update { $0.releases = [] }
            let missing = try github.ask("/releases/latest")
            #expect(missing.status == 404)
            #expect(try missing.json.message == "Not Found")
        }

        @Test("Branches, deployments and files")
        func rest() throws {
            let github = try FakeGitHub()
            #expect(try github.ask("/branches?per_page=100").json.list.contains { $0.name == "main" })
            let deployments = try github.ask("/deployments").json.list
            #expect(deployments.map(\.description) == ["v1.3.0-rc.1", "v1.2.0"])
            let id = try #require(deployments.first?.id?.integer)
            #expect(try github.ask("/deployments/\(id)/statuses").json[0]?.state == "in_progress")
            #expect(try github.ask("/contents/README.md").json.content == "IyB3Z21lc2gK\n")
            #expect(try github.ask("/commits?sha=change-11").json.list.count > 1)
        }

        @Test("An organisation has its repositories, archived ones as well")
        func organisation() throws {
            let other = FakeGitHub.Repository("octo-org/tools", id: 300_000_001)
            let github = try FakeGitHub(others: [
                other, FakeGitHub.Repository("hubot/own", id: 300_000_002, isOrganisations: false),
            ])
            github.update("octo-org/old") { $0.isArchived = true }
            let repositories = try github.get("/orgs/octo-org/repos").json.list
            #expect(Set(repositories.map(\.full_name?.text)) == ["octo-org/wgmesh", "octo-org/tools", "octo-org/old"])
            #expect(repositories.filter { $0.archived == true }.map(\.name) == ["old"])
            #expect(try github.get("/users/hubot/repos").json.list.map(\.name) == ["own"])
            #expect(try github.get("/orgs/hubot/repos").status == 404)
            #expect(try github.get("/orgs/octo-org/repos?per_page=1")["Link"]?.contains("/organizations/") == true)
            #expect(try github.get("/repos/octo-org/none/pulls").status == 404)
        }
    }
}
