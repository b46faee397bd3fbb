import Essentials
import FastCGI
import HTTPClient
import HTTPTypes
import Telemetry
import Web

/// Finds out who uses the queue: a workflow by its OIDC token, a person by a personal access token, both of GitHub's.
struct Authenticator: IdentityProvider, @unchecked Sendable {
    // A process is single-threaded, and what this refers to stays in it.

    private let method: Method
    private let allowed: Set<Organisation>

    private enum Method {
        /// Whoever shows a token.
        case tokens(WorkflowTokens, PersonalTokens)
        /// Whoever is on this host.
        case local(LocalCallers)
    }

    /// Reads its settings: `AUTH_ENABLED`, `ALLOWED_ORGANISATIONS`, `DEV_ORGANISATION`, `GITHUB_OIDC_ISSUER`,
    /// `GITHUB_OIDC_AUDIENCE`, `QUEUE_POLICY_FILE` and `GITHUB_API_URL`. All are checked, whichever are used.
    ///
    /// - Parameter userAgent: what calls say that they are made by, `chimney/1.0`.
    init(settings: inout Settings, userAgent: String) {
        let session = LazySession(userAgent: userAgent)
        let issuer = settings.oidcIssuer()
        let workflows = WorkflowTokens(
            issuer: issuer, audience: settings.oidcAudience(), keys: IssuerKeys(issuer: issuer, session: session),
            policy: settings.queuePolicy())
        let people = PersonalTokens(users: GitHubUsers(api: settings.githubAPI()), session: session)
        let local = LocalCallers(organisation: settings.developmentOrganisation())
        allowed = settings.allowedOrganisations()
        method = settings.authenticationIsEnabled() ? .tokens(workflows, people) : .local(local)
    }

    /// What somebody who is not known has to do.
    var remedy: String {
        "Send a token of GitHub's in the header Authorization: Bearer <token>: one of its OIDC provider for this server's "
            + "audience, or a personal access token together with X-Organisation."
    }

    /// Who has sent a request; nil if it shows no token, or one that is not to be believed.
    ///
    /// - Throws: `Problem` 400 without an organisation where one is to be named, 403 for somebody who is not allowed, 503
    ///   where GitHub does not answer; `StoreError`.
    func identify(_ request: Request, _ context: Context) throws -> Identity? {
        let identity: Identity?
        let accepted: CounterSample
        let refused: CounterSample
        let attempt: () throws -> Identity?
        switch method {
        case .local(let callers):
            (accepted, refused) = (.authenticationsLocal, .authenticationsLocalRefused)
            attempt = { try callers.identify(request) }
        case .tokens(let workflows, let people):
            guard let token = request.bearerToken else { return nil }
            if JSONWebToken.isOne(token) {
                (accepted, refused) = (.authenticationsOIDC, .authenticationsOIDCRefused)
                attempt = { try workflows.identify(token, context) }
            } else {
                (accepted, refused) = (.authenticationsPAT, .authenticationsPATRefused)
                attempt = {
                    // Nobody need be asked who it is that acts for an organisation which nobody may act for.
                    if let organisation = try request.organisation() { try check(organisation) }
                    return try people.identify(token, request, context)
                }
            }
        }
        do {
            identity = try attempt()
            if let organisation = (identity?.organisation).flatMap(Organisation.init) { try check(organisation) }
        } catch let problem as Problem {
            // What nobody can tell at present is neither.
            if problem.status.kind == .clientError { context.count(refused) }
            throw problem
        }
        context.count(identity == nil ? refused : accepted)
        return identity
    }

    private func check(_ organisation: Organisation) throws(Problem) {
        guard !allowed.isEmpty, !allowed.contains(organisation) else { return }
        throw Problem(
            .forbidden,
            "This server does not serve the organisation \(organisation.name); ask whoever runs it to allow it "
                + "(ALLOWED_ORGANISATIONS).")
    }
}
