/// A counter beside those of the routes, under its name as a Prometheus sample. All are known before the first request,
/// and begin at 0.
public enum CounterSample: Int, CaseIterable, Sendable {
    /// The cache had the answer to a request, in the store. The records of requests count this one and the next two.
    case cacheHitsOfDragonfly
    /// It had it in the memory tier.
    case cacheHitsOfMemory
    /// It had none.
    case cacheMisses
    /// Entries of the cache were invalidated.
    case cacheInvalidations
    /// GitHub answered a fetch with what was asked for.
    case githubFetchesOK
    /// GitHub answered a fetch with 304: what is held is still right.
    case githubFetchesNotModified
    /// GitHub answered a fetch with 404.
    case githubFetchesNotFound
    /// GitHub answered a fetch with another 4xx.
    case githubFetchesRefused
    /// GitHub answered a fetch with word that a rate limit is used up.
    case githubFetchesRateLimited
    /// GitHub did not answer a fetch, or with an error of its own.
    case githubFetchesFailed
    /// A caller of the queue was identified by a token of GitHub's OIDC provider.
    case authenticationsOIDC
    /// One with such a token was not, or is not allowed.
    case authenticationsOIDCRefused
    /// A caller was identified by a personal access token.
    case authenticationsPAT
    /// One with such a token was not, or is not allowed.
    case authenticationsPATRefused
    /// A caller was taken for one of this host, authentication being switched off.
    case authenticationsLocal
    /// One was not.
    case authenticationsLocalRefused
    /// A process of the pool died of a defect.
    case panics
    /// A log line was lost.
    case logDropped

    /// The sample: the name of its family, and its labels.
    public var name: String {
        switch self {
        case .cacheHitsOfDragonfly: #"chimney_cache_hits_total{tier="dragonfly"}"#
        case .cacheHitsOfMemory: #"chimney_cache_hits_total{tier="memory"}"#
        case .cacheMisses: "chimney_cache_misses_total"
        case .cacheInvalidations: "chimney_cache_invalidations_total"
        case .githubFetchesOK: #"chimney_github_fetches_total{outcome="ok"}"#
        case .githubFetchesNotModified: #"chimney_github_fetches_total{outcome="not_modified"}"#
        case .githubFetchesNotFound: #"chimney_github_fetches_total{outcome="not_found"}"#
        case .githubFetchesRefused: #"chimney_github_fetches_total{outcome="refused"}"#
        case .githubFetchesRateLimited: #"chimney_github_fetches_total{outcome="rate_limited"}"#
        case .githubFetchesFailed: #"chimney_github_fetches_total{outcome="failed"}"#
        case .authenticationsOIDC: #"auth_requests_total{method="oidc",success="true"}"#
        case .authenticationsOIDCRefused: #"auth_requests_total{method="oidc",success="false"}"#
        case .authenticationsPAT: #"auth_requests_total{method="pat",success="true"}"#
        case .authenticationsPATRefused: #"auth_requests_total{method="pat",success="false"}"#
        case .authenticationsLocal: #"auth_requests_total{method="local",success="true"}"#
        case .authenticationsLocalRefused: #"auth_requests_total{method="local",success="false"}"#
        case .panics: "chimney_panics_total"
        case .logDropped: "chimney_log_dropped_total"
        }
    }
}
