/// Who may use a route.
public enum Authentication: Sendable {
    /// Everybody.
    case open
    /// Who shows a secret.
    case bearer(Bearer)
    /// Who has signed the body with a secret. The body is read before anything else of it is looked at.
    case signature(Signature)
    /// Whom somebody else vouches for.
    case identity(any IdentityProvider)

    /// What to do about a failure, in one sentence.
    var remedy: String {
        switch self {
        case .open: ""
        case .bearer: "Send a valid token in the header Authorization: Bearer <token>."
        case .signature:
            "Sign the body as it is sent: X-Hub-Signature-256: sha256=<its HMAC-SHA256 in hexadecimal digits>."
        case .identity(let provider): provider.remedy
        }
    }
}
