/// Who its users are, and the OIDC provider of their workflows.
extension FakeGitHub {
    /// A user, as a personal access token shows it.
    public struct Member: Sendable {
        /// The user's name.
        public var login: String
        /// The organisations that it is a member of; nil where the token does not show them.
        public var organisations: [String]?

        /// A user.
        public init(_ login: String, of organisations: [String]?) {
            self.login = login
            self.organisations = organisations
        }
    }

    /// Gives a token to a user, or takes it away. Once somebody has one, all others are refused at `/user` and
    /// `/user/orgs`.
    public func setMember(_ member: Member?, token: String) { service.with { $0.members[token] = member } }

    /// What the tokens of its OIDC provider name as their issuer; `GITHUB_OIDC_ISSUER` takes it.
    public var issuer: String { url() }

    /// Where its OIDC provider has its keys, for `requests(for:)` and the like.
    public static let keySet = GitHubService.keySet

    /// Sets the keys of its OIDC provider, as a JSON Web Key Set has them.
    public func setKeys(_ keys: [JSON]) { service.with { $0.keys = keys } }
}
