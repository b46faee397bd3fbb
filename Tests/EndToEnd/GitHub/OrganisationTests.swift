import TestSupport
import Testing

extension EndToEnd {
    /// All repositories of an organisation behind one server.
    @Suite struct OrganisationTests {
        private static let organisation = ["GITHUB_ORG": "octo-org"]

        private static func repositories(_ count: Int, of owner: String = "octo-org") -> [FakeGitHub.Repository] {
            (1...count).map { index in
                var repository = FakeGitHub.Repository(
                    "\(owner)/repo-\(index)", id: 400_000_000 + index, isOrganisations: owner == "octo-org",
                    description: "Number \(index)", language: "Swift")
                repository.openIssue("Of \(index)")
                return repository
            }
        }

        /// The list, once it is there.
        private static func list(_ origin: Origin) throws -> JSON {
            let answer = try value { () throws -> HTTPAnswer? in
                let answer = try origin.github("/org/repos")
                return answer.status == 200 ? answer : nil
            }
            return try #require(answer, "no list of repositories").json
        }

        private static func names(_ list: JSON) -> [String] { list.repos?.list.compactMap(\.full_name?.text) ?? [] }

        @Test("Discovery reads every page, and leaves out what is archived and what is excluded")
        func discovery() async throws {
            var others = Self.repositories(130)
            others[2].isArchived = true
            others[126].isArchived = true
            let settings = ["GITHUB_REPOS_EXCLUDE": "repo-5, octo-org/REPO-128", "GITHUB_ORG": "octo-org"]
            try await withGitHub(others: others, environment: settings) { origin, github throws in
                let list = try Self.list(origin)
                #expect(list.names == ["org", "mode", "repos"])
                #expect(list.org == "octo-org")
                #expect(list.mode == "org")
                let gone: Set = ["octo-org/repo-3", "octo-org/repo-127", "octo-org/repo-5", "octo-org/repo-128"]
                let expected = Set(github.repositories.map(\.fullName)).subtracting(gone)
                #expect(Set(Self.names(list)) == expected)
                #expect(Self.names(list).count == 127)
                let one = try #require(list.repos?.list.first { $0.name == "repo-7" })
                #expect(
                    one.names == [
                        "full_name", "name", "description", "language", "open_issues_count", "updated_at", "html_url",
                    ])
                #expect(one.description == "Number 7")
                #expect(one.language == "Swift")
                #expect(one.open_issues_count == 1)
                #expect(one.html_url?.text?.hasSuffix("/octo-org/repo-7") == true)
                #expect(one.updated_at?.text?.hasSuffix("Z") == true)
                #expect(github.count("/orgs/octo-org/repos") == 2)
                let again = try origin.github("/org/repos")
                #expect(again.cache == "hit dragonfly")
                expectCommonForm(again)
                #expect(github.count("/orgs/octo-org/repos") == 2)
                #expect(try origin.github("/org/repos", [("If-None-Match", again["ETag"] ?? "")]).status == 304)

                for name in gone { expectProblem(try origin.github("/\(name)/issues"), 404, "\(name)") }
                #expect(github.requests.allSatisfy { !$0.path.hasPrefix("/repos/octo-org/repo") })
            }
        }

        @Test("Each discovered repository is reached by its name, however it is written; no other is")
        func access() async throws {
            let foreign = FakeGitHub.Repository("elsewhere/secret", id: 500_000_000)
            try await withGitHub(
                others: Self.repositories(3) + [foreign], environment: Self.organisation
            ) { origin, github throws in
                _ = try Self.list(origin)
                github.forgetRequests()
                let first = try origin.github("/octo-org/repo-2/issues?state=open")
                #expect(first.status == 200)
                #expect(first.cache == "miss none")
                #expect(try first.json.list.compactMap(\.title?.text) == ["Of 2"])
                #expect(try origin.github("/OCTO-org/Repo-2/issues?state=open").cache == "hit dragonfly")
                #expect(github.requests.map(\.target) == ["/repos/octo-org/repo-2/issues?state=open"])
                #expect(try origin.github("/octo-org/repo-3").json.name == "repo-3")
                // Times to live are those of the path within the repository.
                try origin.age("/octo-org/repo-2/issues?state=open", 110)
                #expect(try origin.github("/octo-org/repo-2/issues?state=open").cache == "hit dragonfly")

                // The own one has one entry under both names.
                let own = try origin.github("/pulls")
                #expect(try origin.github("/octo-org/wgmesh/pulls").body == own.body)
                #expect(try origin.github("/octo-org/WGMESH/pulls").cache == "hit dragonfly")

                github.forgetRequests()
                for path in ["/octo-org/unknown", "/octo-org/unknown/pulls", "/octo-org/repo-22/pulls"] {
                    let problem = expectProblem(try origin.github(path), 404, "\(path)")
                    #expect(problem.detail?.text?.contains("/api/github/org/repos") == true)
                }
                #expect(github.count() == 0)
                for path in ["/elsewhere/secret/issues", "/octo-orgs/repo-1/issues", "/repos/elsewhere/secret"] {
                    expectProblem(try origin.github(path), 404, "\(path)")
                }
                #expect(github.requests.allSatisfy { $0.path.hasPrefix("/repos/octo-org/wgmesh/") })
            }
        }

        @Test("After a quarter of an hour a new repository is found without anybody asking, and an archived one gone")
        func renewal() async throws {
            try await withGitHub(others: Self.repositories(2), environment: Self.organisation) {
                origin, github throws in
                _ = try Self.list(origin)
                #expect(try origin.github("/octo-org/repo-9/issues").status == 404)
                github.update("octo-org/repo-9") { _ = $0.openIssue("New") }
                github.update("octo-org/repo-1") { $0.isArchived = true }
                try origin.ageAll(16 * 60)
                let found = try eventually(within: 60, every: 100) {
                    try origin.github("/octo-org/repo-9/issues").status == 200
                }
                #expect(found)
                #expect(try origin.github("/octo-org/repo-1/issues").status == 404)
                #expect(try !Self.names(Self.list(origin)).contains("octo-org/repo-1"))
            }
        }

        @Test("While GitHub cannot tell, the list that is held goes on; without one it is said to come back")
        func unknown() async throws {
            try await withGitHub(others: Self.repositories(2), environment: Self.organisation) {
                origin, github throws in
                _ = try Self.list(origin)
                github.always(.serverError, on: "/orgs/*")
                try origin.ageAll(3600)
                #expect(try origin.github("/octo-org/repo-1/issues").status == 200)
                #expect(try Self.names(Self.list(origin)).count == 3)
                try origin.store.run("DEL", origin.store.key("{cache}:/__org_repos__?"))
                let answer = try origin.github("/octo-org/repo-1/issues")
                expectProblem(answer, 503)
                #expect(answer["Retry-After"] != nil)
                #expect(try origin.github("/pulls").status == 200, "the own repository needs no list")
            }
        }

        @Test("Who is a user and no organisation has repositories all the same")
        func user() async throws {
            let repository = FakeGitHub.Repository("someone/first", isOrganisations: false)
            try await withGitHub(
                repository, others: Self.repositories(2, of: "someone"), environment: ["GITHUB_ORG": "someone"]
            ) { origin, github throws in
                let list = try Self.list(origin)
                #expect(Self.names(list) == ["someone/first", "someone/repo-1", "someone/repo-2"])
                #expect(list.mode == "org")
                #expect(try origin.github("/someone/repo-2/issues").status == 200)
                #expect(github.count("/users/someone/repos") == 1)
            }
        }

        @Test("Without an organisation there is the one repository, and names are paths of it")
        func single() async throws {
            try await withGitHub(others: Self.repositories(2)) { origin, github throws in
                let answer = try origin.github("/org/repos")
                expectCommonForm(answer)
                #expect(answer.cache == "miss none")
                let list = try answer.json
                #expect(list.org == "octo-org")
                #expect(list.mode == "single-repo")
                #expect(Self.names(list) == ["octo-org/wgmesh"])
                #expect(list.repos?[0]?.open_issues_count == 7)
                expectProblem(try origin.github("/octo-org/repo-1/issues"), 404)
                #expect(github.requests.last?.path == "/repos/octo-org/wgmesh/octo-org/repo-1/issues")
            }
        }

        @Test("An organisation without a repository of one's own")
        func onlyOrganisation() async throws {
            let settings = ["GITHUB_ORG": "octo-org", "GITHUB_REPO": ""]
            try await withGitHub(others: Self.repositories(2), environment: settings) { origin, _ throws in
                #expect(try Self.names(Self.list(origin)).count == 3)
                #expect(try origin.github("/octo-org/wgmesh/pulls").status == 200)
                expectProblem(try origin.github("/pulls"), 404)
            }
        }
    }
}
