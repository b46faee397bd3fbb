import Essentials
import HTTPClient
import HTTPTypes

/// Checks of GitHub, and of how it is asked.
enum GitHubChecks {
    static let all = [
        Check(.github, "token", token),
        Check(.github, "quota", quota),
        Check(.github, "repository", repository),
        Check(.clock, "GitHub's", clock),
    ]

    private static let unused = Verdict.skipped("nothing of GitHub is set")

    private static func token(_ examination: Examination) -> Verdict {
        guard let github = examination.subject.github, let result = examination.quota else { return unused }
        switch result {
        case .failure(let failure):
            return .wrong([
                Finding(
                    .fault, "GitHub cannot be asked: \(failure)",
                    meaning: "The cache gets nothing new, and personal tokens cannot be checked.",
                    remedy: "curl -sv \(github.api)/rate_limit, as chimney's user; see https_proxy and GITHUB_API_URL")
            ])
        case .success(let answer): return judge(status: answer.status.code, answer.fields, github)
        }
    }

    /// Judges what GitHub answers to who shows the token.
    static func judge(status: Int, _ fields: HTTPFields, _ github: Subject.GitHub) -> Verdict {
        if status == 401 {
            return .wrong([
                Finding(
                    .fault, "GitHub does not accept GITHUB_TOKEN (401)",
                    meaning: "Every request of the cache fails; what it has becomes old.",
                    remedy: "make a new token at \(web(github))/settings/tokens, put it into "
                        + "/etc/chimney/secrets/github_token (or where GITHUB_TOKEN_FILE is), then \(Unit.restart)"
                )
            ])
        }
        guard status == 200 || status == 404 else {
            return .wrong([
                Finding(
                    .warning, "GitHub answers GET /rate_limit with status \(status)",
                    meaning: "What it lets chimney do cannot be told.",
                    remedy: "look at GITHUB_API_URL (\(github.api)) and https://www.githubstatus.com")
            ])
        }
        guard github.token != nil else {
            return .wrong([
                Finding(
                    .warning, "GITHUB_TOKEN is not set",
                    meaning: "GitHub takes 60 requests an hour from this address, which the cache uses up soon.",
                    remedy: "put a token that may read the repository into /etc/chimney/secrets/github_token")
            ])
        }
        // Classic tokens say what they may; others say nothing.
        if github.tellsDeployments, let scopes = fields[HTTPField.Name("X-OAuth-Scopes")!] {
            let list = scopes.split { $0 == "," || $0 == " " }
            if !list.contains("repo"), !list.contains("repo_deployment") {
                return .wrong([
                    Finding(
                        .fault, "GITHUB_TOKEN may not write deployments, which GITHUB_DEPLOYMENTS=true needs",
                        meaning: "Deploys are not told to GitHub.",
                        remedy: "give the token the scope repo_deployment, or set GITHUB_DEPLOYMENTS=false")
                ])
            }
        }
        return .good("GitHub accepts it")
    }

    /// Where people go.
    private static func web(_ github: Subject.GitHub) -> String {
        github.api == "https://api.github.com"
            ? "https://github.com" : github.api.hasSuffix("/api/v3") ? String(github.api.dropLast(7)) : github.api
    }

    private static func quota(_ examination: Examination) -> Verdict {
        guard let result = examination.quota else { return unused }
        guard case .success(let answer) = result, answer.status == .ok, let json = JSONValue(answer.body) else {
            return .skipped("GitHub does not tell it")
        }
        let core = json["resources"]["core"] == .null ? json["rate"] : json["resources"]["core"]
        guard let limit = core["limit"].number, let left = core["remaining"].number else {
            return .skipped("GitHub does not tell it")
        }
        return judge(limit: Int(limit), remaining: Int(left), reset: core["reset"].number.map { Int64($0) })
    }

    /// Judges how much is left of the quota.
    static func judge(limit: Int, remaining: Int, reset: Int64?) -> Verdict {
        let seen = "\(remaining) of \(limit) requests left"
        guard limit > 0, remaining * 10 < limit else { return .good(seen) }
        let until = reset.map { " until " + Timestamp(milliseconds: $0 * 1000).rfc3339 } ?? ""
        return .wrong([
            Finding(
                remaining == 0 ? .fault : .warning,
                "GitHub's quota is \(remaining == 0 ? "used up" : "nearly used up"): "
                    + seen + until,
                meaning: "When it is, the cache answers with what it has, however old.",
                remedy:
                    "give chimney a token that nothing else uses; configure GitHub's webhook, so that less is asked for"
            )
        ])
    }

    private static func repository(_ examination: Examination) -> Verdict {
        guard let github = examination.subject.github, let name = github.repository else {
            return .skipped("GITHUB_REPO is not set")
        }
        guard case .success? = examination.quota else { return .skipped("GitHub cannot be asked") }
        switch examination.call(github.call("/repos/\(name)")) {
        case .failure(let failure): return .skipped("\(failure)")
        case .success(let answer) where answer.status == .ok: return .good(name)
        case .success(let answer) where answer.status.code == 404:
            return .wrong([
                Finding(
                    .fault, "GitHub knows no repository \(name), or does not show it to GITHUB_TOKEN (404)",
                    meaning: "/api/github and the summary have nothing to tell.",
                    remedy: "correct GITHUB_REPO (owner/name), or let the token read that repository")
            ])
        case .success(let answer): return .skipped("GitHub answers with status \(answer.status.code)")
        }
    }

    private static func clock(_ examination: Examination) -> Verdict {
        guard case .success(let answer)? = examination.quota else { return .skipped("GitHub was not asked") }
        let now = Timestamp.now.milliseconds
        guard let date = answer.fields[.date].flatMap({ HTTPDate.seconds($0) }) else {
            return .skipped("GitHub does not tell its time")
        }
        // A date is of whole seconds.
        return StoreJudgement.clock(date * 1000 + 500 - now, of: "GitHub's")
    }
}

/// Dates in HTTP (RFC 9110, section 5.6.7).
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The seconds since the epoch of `Sun, 06 Nov 1994 08:49:37 GMT`; nil for any other form.
    static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), let year = Int64(parts[3]),
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3 else { return nil }
        // Days since 1970-01-01 of a date of the Gregorian calendar, by years that begin with March.
        let m = Int64(month + 1)
        let y = m <= 2 ? year - 1 : year
        let dayOfYear = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
        return ((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2]
    }
}
