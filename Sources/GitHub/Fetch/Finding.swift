import Essentials
import HTTPClient
import HTTPTypes
import Telemetry

/// What asking GitHub has brought, in the cache's terms
/// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
struct Finding {
    /// What kind of answer it was.
    enum Outcome: Equatable {
        /// Content, new or changed.
        case content(CacheEntry.Content)
        /// 304: it is as it was.
        case renewed
        /// 404.
        case missing
        /// It will not answer that, whoever asks how often: a token without the right, a feature that is off.
        case refused(status: Int)
        /// It wants no more requests for a while.
        case limited
        /// It cannot be reached, or has a problem of its own; in words for the log.
        case failed(String)
        /// What it sent cannot be used, although nothing is wrong with it; likewise.
        case unusable(String)
    }

    /// What kind of answer it was.
    var outcome: Outcome
    /// The status of the answer; nil without one.
    let status: Int?
    /// How many more requests it takes until `reset`; nil where it does not say.
    var remaining: Int64?
    /// When the quota is full again, in seconds since the epoch.
    var reset: Int64?
    /// Until when it wants no requests; nil where it takes them.
    var blockedUntil: Timestamp?

    /// Milliseconds of a pause where GitHub asks for one and does not say how long: its documentation wants a minute.
    private static let pause: Int64 = 60_000
    /// The longest pause that is believed, in milliseconds: the quota is renewed each hour.
    private static let longestPause: Int64 = 3_600_000
    /// Seconds ahead that a reset may lie.
    private static let latestReset: Int64 = 86_400
    /// How much of a body is searched for what it says of limits.
    private static let sample = 4096

    /// Whether chimney has made the content itself, which says nothing about GitHub.
    private var isComposed = false

    /// What chimney has made itself.
    init(composed content: CacheEntry.Content) {
        outcome = .content(content)
        status = nil
        isComposed = true
    }

    /// Reads the result of a call.
    ///
    /// - Parameter links: rewrites a `Link` field.
    init(
        _ result: Result<HTTPCall.Answer, HTTPCall.Failure>, now: Timestamp, links: (String) -> String?
    ) {
        switch result {
        case .failure(let failure):
            status = nil
            outcome =
                switch failure.kind {
                case .redirect, .tooLarge, .invalid: .unusable("\(failure)")
                default: .failed("\(failure)")
                }
        case .success(let answer):
            status = answer.status.code
            remaining = answer.fields[.rateLimitRemaining].flatMap { Int64($0) }
            let latest = now.milliseconds / 1000 + Self.latestReset
            reset = answer.fields[.rateLimitReset].flatMap { Int64($0) }.flatMap {
                (0...latest).contains($0) ? $0 : nil
            }
            let isExhausted = remaining.map { $0 <= 0 } ?? false
            if let reset, isExhausted {
                blockedUntil = Timestamp(milliseconds: min(reset * 1000, now.milliseconds + Self.longestPause))
            }
            outcome = Self.outcome(of: answer, isExhausted: isExhausted, now: now, links: links)
            if outcome == .limited {
                // What it names for secondary limits comes before the reset of the quota, which is not used up then.
                if let pause = answer.retryAfter(now: now) {
                    blockedUntil = now.adding(milliseconds: min(pause, Self.longestPause))
                } else if (blockedUntil ?? now) <= now {
                    // GitHub's clock may be behind.
                    blockedUntil = now.adding(milliseconds: Self.pause)
                }
            }
        }
    }

    private static func outcome(
        of answer: HTTPCall.Answer, isExhausted: Bool, now: Timestamp, links: (String) -> String?
    ) -> Outcome {
        switch answer.status.code {
        case 200..<300:
            // A proxy on the way may answer in GitHub's place.
            if isBrokenJSON(answer) { return .failed("its answer is not the JSON that it says it is") }
            return .content(content(of: answer, now: now, links: links))
        case 304: return .renewed
        case 404: return .missing
        case 429: return .limited
        case 403 where isExhausted || answer.fields[.retryAfter] != nil || mentionsLimit(answer.body): return .limited
        case 400..<500: return .refused(status: answer.status.code)
        case 300..<400: return .unusable("it answers with \(answer.status.code)")
        default: return .failed("it answers with \(answer.status.code)")
        }
    }

    private static func isBrokenJSON(_ answer: HTTPCall.Answer) -> Bool {
        guard !answer.body.isEmpty, answer.fields[.contentType]?.lowercased().contains("json") ?? true else {
            return false
        }
        return JSONReader.firstFault(in: answer.body) != nil
    }

    /// A secondary limit may be told by the message alone.
    private static func mentionsLimit(_ body: [UInt8]) -> Bool {
        String(decoding: body.prefix(sample), as: UTF8.self).lowercased().contains("rate limit")
    }

    private static func content(
        of answer: HTTPCall.Answer, now: Timestamp, links: (String) -> String?
    ) -> CacheEntry.Content {
        var headers = ""
        // 204 has no content, and hence none of a type.
        if let type = answer.fields[.contentType] ?? (answer.body.isEmpty ? nil : "application/json; charset=utf-8") {
            headers += "Content-Type: \(type)\r\n"
        }
        if let link = answer.fields[.link].flatMap(links) { headers += "Link: \(link)\r\n" }
        return CacheEntry.Content(
            status: answer.status.code, etag: answer.fields[.eTag], headers: Array(headers.utf8), body: answer.body,
            fetchedAt: now)
    }

    /// The content, where there is some.
    var content: CacheEntry.Content? {
        if case .content(let content) = outcome { content } else { nil }
    }

    /// What went wrong, in words for the log; nil where nothing did.
    var reason: String? {
        switch outcome {
        case .failed(let reason), .unusable(let reason): reason
        case .content, .renewed, .missing, .refused, .limited: nil
        }
    }

    /// With which status GitHub has refused what need not be asked again at once, 0 where its answer was of no use; nil where
    /// it has done neither.
    var denial: Int? {
        switch outcome {
        case .refused(let status): status
        case .unusable: 0
        case .content, .renewed, .missing, .limited, .failed: nil
        }
    }

    /// What the script that notes it calls it.
    var kind: String {
        switch outcome {
        case .content: isComposed ? "composed" : "content"
        case .renewed: "renewed"
        case .missing: "missing"
        case .failed: "failed"
        case .refused, .limited, .unusable: "nothing"
        }
    }

    /// What it counts as.
    var sample: CounterSample {
        switch outcome {
        case .content: .githubFetchesOK
        case .renewed: .githubFetchesNotModified
        case .missing: .githubFetchesNotFound
        case .refused, .unusable: .githubFetchesRefused
        case .limited: .githubFetchesRateLimited
        case .failed: .githubFetchesFailed
        }
    }
}

extension HTTPField.Name {
    /// `X-RateLimit-Remaining`
    static let rateLimitRemaining = Self("X-RateLimit-Remaining")!
    /// `X-RateLimit-Reset`
    static let rateLimitReset = Self("X-RateLimit-Reset")!
    /// `Link` (RFC 8288)
    static let link = Self("Link")!
    /// `X-Cache-Age`: how many seconds ago GitHub said so.
    static let cacheAge = Self("X-Cache-Age")!
}
