import Essentials
import Web

extension Settings {
    /// Whether callers have to show a token: `AUTH_ENABLED`.
    mutating func authenticationIsEnabled() -> Bool { bool("AUTH_ENABLED", default: true) }

    /// The organisations that may use the queue, all if there are none: `ALLOWED_ORGANISATIONS`.
    mutating func allowedOrganisations() -> Set<Organisation> {
        let list = value(
            "ALLOWED_ORGANISATIONS", default: [],
            remedy: "is not a list of organisations; set for example acme,octo-org, or unset it to allow all",
            // Nothing but commas is not the same as nothing.
            parse: { Organisation.list($0).flatMap { $0.isEmpty ? nil : $0 } })
        return Set(list)
    }

    /// The organisation of local callers who name none: `DEV_ORGANISATION`.
    mutating func developmentOrganisation() -> Organisation? {
        value(
            "DEV_ORGANISATION", default: nil,
            remedy: "is not the name of an organisation; set it as in github.com/NAME",
            parse: { Organisation($0).map { .some($0) } })
    }

    /// The issuer of OIDC tokens, without a slash at its end: `GITHUB_OIDC_ISSUER`. Its keys come from there, so only from
    /// this host without TLS.
    mutating func oidcIssuer() -> String {
        value(
            "GITHUB_OIDC_ISSUER", default: "https://token.actions.githubusercontent.com",
            remedy: "is not the https URL of an issuer; set https://HOST, or http://localhost:PORT for a local one",
            parse: { text in
                Endpoint(text).flatMap { $0.isPrivate ? $0.base : nil }
            })
    }

    /// The audience that OIDC tokens have to be for: `GITHUB_OIDC_AUDIENCE`.
    mutating func oidcAudience() -> String {
        value(
            "GITHUB_OIDC_AUDIENCE", default: "deployment-queue-api",
            remedy:
                "is not an audience; set the text that workflows ask tokens for, at most 255 characters without spaces",
            parse: { text in
                text.utf8.count <= 255 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
            })
    }

    /// Which OIDC tokens may act: the file that `QUEUE_POLICY_FILE` names; nil without one.
    mutating func queuePolicy() -> Policy? {
        let name = "QUEUE_POLICY_FILE"
        guard let content = file(name) else { return nil }
        do throws(Policy.Fault) {
            return try Policy(content)
        } catch {
            reject(name, "names a file that \(error.reason); write {\"rules\":[{\"repositories\":[\"OWNER/*\"]}]}")
            return nil
        }
    }
}
