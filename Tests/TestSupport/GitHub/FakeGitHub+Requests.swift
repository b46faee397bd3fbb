/// What has been asked of it.
///
/// `/pulls` are the requests for that list of the main repository, by its name, and `/` those for the repository
/// itself; paths that begin as GitHub's do (`/repos/…`, `/repositories/…`, `/orgs/…`, `/users/…`, `/user`,
/// `/rate_limit`) are meant whole. `/pulls?state=open` are those with exactly these parameters, in any order; without
/// a `?` parameters do not matter. A `*` at the end stands for anything, and a method may come first:
/// `POST /deployments`.
extension FakeGitHub {
    /// All requests so far, in the order in which they came.
    public var requests: [HTTPServerRequest] { server.requests }

    /// The requests for a path, in the order in which they came.
    public func requests(for path: String) -> [HTTPServerRequest] {
        let pattern = RequestPattern(path, repository: repository)
        return server.requests.filter(pattern.matches)
    }

    /// How many requests for a path have come; for nil, how many at all.
    public func count(_ path: String? = nil) -> Int {
        path.map { requests(for: $0).count } ?? server.requests.count
    }

    /// Waits until requests for a path have come, counted from the start or the last `forgetRequests`.
    ///
    /// - Parameter path: nil for all.
    /// - Returns: whether there were so many within `seconds`.
    public func receives(_ count: Int = 1, for path: String? = nil, within seconds: Double = patience) -> Bool {
        guard let path else { return server.receives(count, within: seconds) }
        let pattern = RequestPattern(path, repository: repository)
        return server.receives(count, within: seconds, where: pattern.matches)
    }

    /// The requests whose answers are not on their way yet, and whose clients still wait for them.
    public var requestsUnderWay: [HTTPServerRequest] { server.requestsUnderWay }

    /// How many requests were under way at a time, at most.
    public var mostRequestsUnderWay: Int { server.mostRequestsUnderWay }

    /// Takes the requests so far, and how many were under way at most, out of its memory.
    public func forgetRequests() { server.forgetRequests() }
}
