import Essentials

/// Whom a personal access token belongs to, and which organisations that user is a member of.
struct GitHubAccount: Equatable, Sendable {
    /// The user.
    let login: String
    /// The organisations. A user is one as well: the owner of personal repositories.
    let organisations: [Organisation]

    /// The account of a user who is a member of these.
    init(login: Organisation, organisations: [Organisation]) {
        self.login = login.name
        self.organisations = [login] + organisations
    }

    /// The organisation of this name, as GitHub spells it; nil if the user is no member.
    func organisation(_ name: Organisation) -> Organisation? { organisations.first { $0 == name } }

    /// The account as the store keeps it: a line for each organisation, the user's own first.
    var stored: [UInt8] { Array(organisations.map(\.name).joined(separator: "\n").utf8) }

    /// Reads what the store has; nil for what is no account.
    init?(stored bytes: [UInt8]) {
        let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let organisations = names.compactMap { Organisation(String($0)) }
        guard organisations.count == names.count else { return nil }
        login = organisations[0].name
        self.organisations = organisations
    }
}
