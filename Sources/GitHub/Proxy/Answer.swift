import Essentials
import FastCGI
import HTTPTypes
import Web

/// What a client is told of a resource: content, or why there is none.
struct Answer {
    /// How the cache came to it, as `X-Cache` says.
    enum Source: String {
        /// It had it, and it is fresh.
        case hit
        /// It had it, and GitHub has not been asked whether it still is so.
        case stale
        /// It had it, and GitHub has just said that it still is so.
        case revalidated
        /// GitHub has just sent it.
        case miss
    }

    /// Where the cache had it, as `X-Cache-Tier` says.
    enum Tier: String {
        case dragonfly
        case memory
        case none
    }

    /// How the cache came to it.
    let source: Source
    /// Where it had it.
    let tier: Tier

    /// Content.
    func response(_ content: CacheEntry.Content, state: GitHubState, now: Timestamp) -> Response {
        var response = Response(status: HTTPResponse.Status(code: content.status), body: content.body)
        response.fields = fields(age: now, content.fetchedAt)
        if let etag = content.etag { response.fields[.eTag] = etag }
        // Browsers may keep it, and ask each time whether it still is so.
        response.fields[.cacheControl] = "no-cache"
        if let remaining = state.remaining { response.fields[.rateLimitRemaining] = String(remaining) }
        if let reset = state.reset { response.fields[.rateLimitReset] = String(reset) }
        response.lines = content.headers
        return response
    }

    /// Nothing at that place.
    func missing(since: Timestamp, now: Timestamp) -> Problem {
        Problem(
            .notFound, "GitHub has nothing at this path, or nothing that this server may see.",
            headers: fields(age: now, since))
    }

    private func fields(age now: Timestamp, _ then: Timestamp) -> HTTPFields {
        var fields = HTTPFields()
        fields[.cache] = source.rawValue
        fields[.cacheTier] = tier.rawValue
        fields[.cacheAge] = String(max(0, now.milliseconds - then.milliseconds) / 1000)
        return fields
    }
}

extension Fetch.Lack {
    /// What a client is told where nothing is held.
    func problem(at now: Timestamp) -> Problem {
        var problem = described(at: now)
        problem.headers[.cache] = Answer.Source.miss.rawValue
        problem.headers[.cacheTier] = Answer.Tier.none.rawValue
        return problem
    }

    /// What GitHub finds wrong with the request itself, which the client is told as it is.
    private static let told: [HTTPResponse.Status] = [
        .badRequest, .conflict, .gone, .unprocessableContent, .unavailableForLegalReasons,
    ]

    private func described(at now: Timestamp) -> Problem {
        func seconds(until time: Timestamp) -> String {
            String(max(1, (time.milliseconds - now.milliseconds + 999) / 1000))
        }
        switch self {
        case .obstacle(.limited(let until)):
            return Problem(
                .serviceUnavailable,
                "GitHub takes no more requests of this server until \(until.wholeSeconds.rfc3339); ask again then.",
                headers: [.retryAfter: seconds(until: until)])
        case .obstacle(.denied(let status)):
            return (status == 0 ? Self.failed : Self.refused(status: status)).described(at: now)
        case .obstacle(.down(let until)):
            return Problem(
                .badGateway, "GitHub has failed several times and is left alone for a moment; ask again in a while.",
                headers: [.retryAfter: seconds(until: until)])
        case .refused(let status):
            if let told = Self.told.first(where: { $0.code == status }) {
                return Problem(told, "GitHub answers this with \(status); check the path and the parameters.")
            }
            return Problem(
                .badGateway,
                "GitHub refuses this with \(status); whoever runs this server has to check its GITHUB_TOKEN.")
        case .failed:
            return Problem(
                .badGateway, "GitHub cannot be reached or has no usable answer; ask again in a moment.",
                headers: [.retryAfter: "1"])
        case .late:
            return Problem(
                .serviceUnavailable, "GitHub was not asked in time; ask again in a moment.", headers: [.retryAfter: "1"]
            )
        }
    }
}

extension Fetch.Outcome {
    /// The answer to those who wait for the fetch; nil where somebody else will bring one.
    ///
    /// - Parameters:
    ///   - tier: where what is held comes from.
    func response(tier: Answer.Tier, state: GitHubState, now: Timestamp) -> Result<Response, Problem>? {
        switch self {
        case .fetched(let content, let isRenewed):
            let answer = isRenewed ? Answer(source: .revalidated, tier: tier) : Answer(source: .miss, tier: .none)
            return .success(answer.response(content, state: state, now: now))
        case .missing:
            return .failure(Answer(source: .miss, tier: .none).missing(since: now, now: now))
        case .unanswered(let lack, let held):
            guard let held else { return .failure(lack.problem(at: now)) }
            return .success(Answer(source: .stale, tier: tier).response(held, state: state, now: now))
        case .givenUp: return nil
        }
    }
}
