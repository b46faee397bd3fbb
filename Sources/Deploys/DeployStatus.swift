import Essentials

/// The answer to "what was deployed last", kept for a revision of the ring.
final class StatusMemo {
    /// How many events the answer shows.
    private static let shown = 10

    private let repository: String?
    private var revision: [UInt8] = []
    private var memo: AgedJSON?

    /// For the comparisons of a GitHub repository (`owner/name`), if there is one.
    init(repository: String?) {
        self.repository = repository
    }

    /// The answer, of one service if it is named; nil where there is no event.
    func json(of content: DeployRing.Content, service: String?) -> AgedJSON? {
        if let service {
            let events = content.events.filter { $0.service == service }
            return render(events, total: Int64(events.count))
        }
        if revision != content.revision {
            memo = render(content.events, total: content.total)
            revision = content.revision
        }
        return memo
    }

    private func render(_ events: [DeployEvent], total: Int64) -> AgedJSON? {
        guard let last = events.first else { return nil }
        return AgedJSON { json, ages in
            json.key("last_deploy")
            ages.write(last, to: &json)
            json.key("recent_deploys")
            json.array { list in
                for event in events.prefix(Self.shown) { ages.write(event, to: &list) }
            }
            json.member("active_slot", events.first { $0.outcome == .success && $0.slot != nil }?.slot?.rawValue)
            json.member("total_deploys", total)
            let successes = events.count { $0.outcome == .success }
            json.member("success_rate_pct", (Double(successes) * 1000 / Double(events.count)).rounded() / 10)
            if let url = comparison(of: events) { json.member("compare_url", url) }
        }
    }

    /// The comparison of the last two commits. A short SHA is the same commit as the long one that begins with it.
    private func comparison(of events: [DeployEvent]) -> String? {
        guard let repository, let new = events.first?.sha,
            let old = events.first(where: { !new.hasPrefix($0.sha) && !$0.sha.hasPrefix(new) })?.sha
        else { return nil }
        return "https://github.com/\(repository)/compare/\(old)...\(new)"
    }
}
