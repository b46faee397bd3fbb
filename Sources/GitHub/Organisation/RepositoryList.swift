import Essentials
import FoundationEssentials

/// The repositories that can be asked for: those of an organisation, or the one.
struct RepositoryList {
    /// Pages of GitHub's list that are read; 2,000 repositories.
    private static let pageLimit = 20

    /// A repository as GitHub describes it (https://docs.github.com/en/rest/repos/repos).
    struct Listed: Decodable {
        let fullName: String
        let name: String
        let description: String?
        let language: String?
        let openIssues: Int
        let updatedAt: String?
        let url: String
        let isArchived: Bool?

        private enum CodingKeys: String, CodingKey {
            case fullName = "full_name"
            case name, description, language
            case openIssues = "open_issues_count"
            case updatedAt = "updated_at"
            case url = "html_url"
            case isArchived = "archived"
        }
    }

    /// Names, or full names, of repositories that are left out, in lower case.
    let excluded: Set<String>

    /// Whether a repository is left out.
    func isExcluded(_ repository: Repository) -> Bool {
        excluded.contains(repository.name.lowercased()) || excluded.contains(repository.fullName.lowercased())
    }

    /// How the list of an organisation, or of a user, is made: page by page.
    func composition(of organisation: String) -> Composition.Kind {
        Composition.Kind(
            resource: .organisation, parts: { Self.pages(after: $0, of: organisation) },
            make: { outcomes in
                var all: [Listed] = []
                for page in 1...Self.pageLimit {
                    // What has a hole would hide repositories that are there.
                    switch outcomes["users \(page)"] ?? outcomes["orgs \(page)"] {
                    case .content(let content, _)?:
                        guard let some = Self.read([Listed].self, content) else { return nil }
                        all += some
                    case .missing?: break
                    case .lacking?, .givenUp?: return nil
                    case nil: return json(organisation, mode: "org", all)
                    }
                }
                return json(organisation, mode: "org", all)
            })
    }

    /// How the list of the one repository is made.
    func composition(of repository: Repository) -> Composition.Kind {
        let part = Resource("/", of: repository, isOwn: true)
        return Composition.Kind(
            resource: .organisation, parts: { _ in ["repository": part] },
            make: { outcomes in
                guard case .content(let content, _)? = outcomes["repository"], let one = Self.read(Listed.self, content)
                else { return nil }
                return json(repository.owner, mode: "single-repo", [one])
            })
    }

    /// The first page, and each further one where the page before is full. Who is no organisation is a user.
    private static func pages(after outcomes: Composition.Outcomes, of organisation: String) -> [String: Resource] {
        var kind = "orgs"
        if case .missing? = outcomes["orgs 1"] { kind = "users" }
        var page = 1
        while page < pageLimit, case .content(let content, _)? = outcomes["\(kind) \(page)"],
            read([Listed].self, content)?.count == Resource.pageSize
        {
            page += 1
        }
        return ["\(kind) \(page)": .page(page, ofRepositoriesOf: organisation, as: kind)]
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ content: CacheEntry.Content) -> Value? {
        try? JSONDecoder().decode(type, from: Data(content.body))
    }

    private func json(_ organisation: String, mode: StaticString, _ all: [Listed]) -> [UInt8] {
        let shown = all.filter { repository in
            repository.isArchived != true && Repository(repository.fullName).map(isExcluded) == false
        }.sorted { $0.fullName.lowercased() < $1.fullName.lowercased() }
        return JSONWriter.object(capacity: 256 + shown.count * 256) { json in
            json.member("org", organisation)
            json.member("mode", "\(mode)")
            json.key("repos")
            json.array { list in
                for repository in shown {
                    list.object { json in
                        json.member("full_name", repository.fullName)
                        json.member("name", repository.name)
                        json.member("description", repository.description)
                        json.member("language", repository.language)
                        json.member("open_issues_count", repository.openIssues)
                        json.member("updated_at", repository.updatedAt)
                        json.member("html_url", repository.url)
                    }
                }
            }
        }
    }

    /// The repositories that a list of chimney's own has.
    static func repositories(in content: CacheEntry.Content) -> Set<Repository> {
        struct Made: Decodable {
            struct Name: Decodable {
                let full_name: String
            }
            let repos: [Name]
        }
        let names = Self.read(Made.self, content)?.repos.map(\.full_name) ?? []
        return Set(names.compactMap { Repository($0) })
    }
}
