import Essentials

/// A repository of GitHub: `owner/name`. GitHub does not tell upper from lower case in it.
struct Repository: Hashable, Sendable {
    /// The user or organisation that it belongs to.
    let owner: String
    /// Its name.
    let name: String

    /// A repository.
    init(owner: some StringProtocol, name: some StringProtocol) {
        self.owner = String(owner)
        self.name = String(name)
    }

    /// Reads `owner/name`; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isNameByte) }),
            !parts.contains("."), !parts.contains("..")
        else { return nil }
        self.init(owner: parts[0], name: parts[1])
    }

    /// `owner/name`
    var fullName: String { "\(owner)/\(name)" }

    /// Whether both are the same repository.
    static func == (one: Repository, other: Repository) -> Bool {
        one.fullName.lowercased() == other.fullName.lowercased()
    }

    func hash(into hasher: inout Hasher) { hasher.combine(fullName.lowercased()) }
}
