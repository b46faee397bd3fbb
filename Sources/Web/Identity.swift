import FastCGI

/// Who a caller is, as somebody else has vouched for it.
public struct Identity: Sendable, Equatable {
    /// The organisation that the caller acts for, as it is spelled by who vouches for it.
    public var organisation: String
    /// The person or program that calls: a user's name.
    public var actor: String
    /// The repository that a program runs for, `owner/name`; nil for a person.
    public var repository: String?
    /// The workflow that calls; nil for a person.
    public var workflow: String?

    /// An identity.
    public init(organisation: String, actor: String, repository: String? = nil, workflow: String? = nil) {
        self.organisation = organisation
        self.actor = actor
        self.repository = repository
        self.workflow = workflow
    }
}

/// Finds out who a caller is.
public protocol IdentityProvider: Sendable {
    /// What somebody who is not known has to do, in one sentence.
    var remedy: String { get }

    /// Who has sent a request; nil if it shows no credentials or wrong ones, which is counted against the client.
    ///
    /// - Throws: `Problem` for whom is known and not allowed (403), and where nobody can tell at present (503).
    func identify(_ request: Request, _ context: Context) throws -> Identity?
}
