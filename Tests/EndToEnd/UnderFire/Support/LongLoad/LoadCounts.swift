import Foundation
import TestSupport

/// What clients count of what they were answered, by the names of the samples in which chimney counts the same.
final class LoadCounts: @unchecked Sendable {
    private let lock = NSLock()
    private var counted: [String: Int] = [:]

    /// Counts something.
    func add(_ sample: String, _ amount: Int = 1) { lock.withLock { counted[sample, default: 0] += amount } }

    /// Counts an answer.
    func answer(_ route: String, _ status: Int, _ amount: Int = 1) {
        add(Self.requests(route, status), amount)
        add(#"chimney_request_duration_ms_count{route="\#(route)"}"#, amount)
    }

    /// Counts where an answer of GitHub's was taken from, as it says itself.
    func cache(_ source: String?, _ tier: String?) {
        switch source {
        case "hit", "stale": add(#"chimney_cache_hits_total{tier="\#(tier ?? "")"}"#)
        case "miss", "revalidated": add("chimney_cache_misses_total")
        default: break
        }
    }

    /// Counts what the store keeps for longer than a load takes.
    func keep(_ kind: StoreContent.Kept) { add(kind.rawValue) }

    /// How many of it there are.
    var kept: [StoreContent.Kept: Int] {
        let all = all
        return Dictionary(uniqueKeysWithValues: StoreContent.Kept.allCases.map { ($0, all[$0.rawValue] ?? 0) })
    }

    /// Counts what has become of a deployment of the queue.
    func queue(_ sample: String, _ label: String = "", _ amount: Int = 1) {
        let labels = label.isEmpty ? "" : ",\(label)"
        add("\(sample){organisation=\"\(WritingClient.organisation)\"\(labels)}", amount)
    }

    /// All that was counted.
    var all: [String: Int] { lock.withLock { counted } }

    /// The routes that answers were of.
    var routes: Set<String> {
        Set(all.keys.compactMap { $0.firstMatch(of: /^chimney_requests_total\{route="([^"]+)"/).map { String($0.1) } })
    }

    /// How many answers there were of a class of status.
    func answers(of statusClass: String) -> Int {
        let end = #"status_class="\#(statusClass)"}"#
        return all.filter { $0.key.hasPrefix(Self.requests) && $0.key.hasSuffix(end) }.values.reduce(0, +)
    }

    private static let requests = "chimney_requests_total{"
    private static func requests(_ route: String, _ status: Int) -> String {
        #"\#(requests)route="\#(route)",status_class="\#(status / 100)xx"}"#
    }

    /// The samples that a client can know.
    private static let families = [
        "chimney_requests_total", "chimney_request_duration_ms_count", "chimney_deploy_events_total",
        "chimney_cache_hits_total", "chimney_cache_misses_total", "chimney_cache_invalidations_total",
        "chimney_panics_total", "chimney_log_dropped_total", "auth_requests_total", "deployments_created_total",
        "deployments_updated_total", "deployments_skipped_total", "rollbacks_total",
    ]

    /// What chimney counts otherwise than these clients, in a sentence each.
    ///
    /// - Parameters:
    ///   - before: its counters when they began to count.
    ///   - after: its counters now.
    func differences(from before: Samples, to after: Samples) -> [String] {
        let mine = all
        let names = Set(after.values.keys).union(mine.keys).filter { name in
            Self.families.contains(String(name.prefix { $0 != "{" }))
        }
        return names.sorted().compactMap { name in
            let theirs = Int(after[name] - before[name])
            return theirs == mine[name] ?? 0 ? nil : "\(name) is \(theirs), not \(mine[name] ?? 0)"
        }
    }
}
