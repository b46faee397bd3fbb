/// A session that is opened when it is first needed, which most processes never do: for workers, who make calls only
/// where nobody else can.
public final class LazySession {
    private let userAgent: String
    private var session: HTTPSession?

    /// A session that is not opened yet.
    ///
    /// - Parameter userAgent: what it will call itself, `chimney/1.0`.
    public init(userAgent: String) {
        self.userAgent = userAgent
    }

    /// The session of this process.
    ///
    /// - Throws: `HTTPSession.Unavailable` without a libcurl.
    public func opened() throws(HTTPSession.Unavailable) -> HTTPSession {
        if let session { return session }
        let session = try HTTPSession(userAgent: userAgent)
        self.session = session
        return session
    }
}
