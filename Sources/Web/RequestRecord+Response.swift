import Essentials
import FastCGI
import HTTPTypes
import Telemetry

extension RequestRecord {
    /// Notes what is to be told of an answer, and takes out of it what its client is not to see.
    ///
    /// Who makes the outcome that a client waits for is not who answers the client. What the outcome says of the cache
    /// (`X-Cache`, `X-Cache-Tier`), and of the path that GitHub was asked for (`X-Chimney-GitHub-Path`), is how the
    /// request's line, span and counts know it; an answer of a handler is read in the same way.
    mutating func note(_ response: inout Response) {
        if let path = response.fields[.githubPath] {
            githubPath = path
            response.fields[.githubPath] = nil
        }
        if let cache = response.fields[values: .cache].first {
            switch cache {
            case "hit", "stale": cacheHit = true
            case "miss", "revalidated": cacheHit = false
            default: break
            }
            cacheTier = response.fields[values: .cacheTier].first
        }
        status = response.status.code
        bytes = response.body.count
        ended = MonotonicClock.microseconds
    }
}
