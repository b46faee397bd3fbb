import Essentials
import FastCGI
import Logging
import Web

/// Callers with a token of GitHub's OIDC provider: the jobs of workflows
/// (https://docs.github.com/en/actions/concepts/security/openid-connect).
struct WorkflowTokens {
    /// The issuer, as its tokens name it.
    let issuer: String
    /// The audience that tokens have to be for.
    let audience: String
    /// The issuer's keys.
    let keys: IssuerKeys
    /// Which tokens may act; nil for all.
    let policy: Policy?

    /// Who calls; nil if the token is not the issuer's, or not for here and now.
    ///
    /// What is cheap comes first, and there is one signature to verify at most: a forged token costs no more than a valid
    /// one.
    ///
    /// - Throws: `Problem` 403 if the policy does not let it act, 503 where the issuer's keys cannot be had;
    ///   `StoreError`.
    func identify(_ text: Substring, _ context: Context) throws -> Identity? {
        do {
            let token = try JSONWebToken(text)
            guard let key = try keys.key(token.keyID, context) else {
                throw JSONWebToken.Refusal("the issuer has no such key")
            }
            let claims = try token.claims(signedBy: key)
            let identity = try claims.identity(issuer: issuer, audience: audience, now: context.now)
            guard policy?.allows(claims) ?? true else {
                throw Problem(
                    .forbidden,
                    "This server's policy does not let this workflow act; run it from a repository, ref, workflow and "
                        + "environment that the policy names.")
            }
            return identity
        } catch let refusal as JSONWebToken.Refusal {
            context.logger.info("an OIDC token is refused: \(refusal.reason)")
            return nil
        }
    }
}
