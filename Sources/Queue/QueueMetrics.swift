import Dragonfly
import Essentials
import Telemetry

extension Queue {
    /// Organisations that are shown: those that came first, so that they stay the same.
    static let shownOrganisations = 1000

    /// A counter: its samples are fields of the organisation's hash.
    private struct Counter {
        let name: String
        let help: String
        let samples: [(field: String, labels: [MetricFamily.Label])]
    }

    /// What the scripts count that change the queue.
    private static let counters = [
        Counter(
            name: "deployments_created_total", help: "Deployments created, rollbacks included.",
            samples: Provider.allCases.flatMap { provider in
                Trigger.allCases.map { trigger in
                    (
                        "created|\(provider.rawValue)|\(trigger.rawValue)",
                        [.init("provider", provider.rawValue), .init("trigger", trigger.rawValue)]
                    )
                }
            }),
        Counter(
            name: "deployments_updated_total",
            help: "Changes of a deployment's status by a request for it, by what it became.",
            samples: Status.allCases.map { ("updated|\($0.rawValue)", [.init("status", $0.rawValue)]) }),
        Counter(
            name: "deployments_skipped_total", help: "Deployments skipped because a later one was deployed.",
            samples: [("skipped", [])]),
        Counter(
            name: "rollbacks_total", help: "Rollbacks created.",
            samples: Provider.allCases.map { ("rollbacks|\($0.rawValue)", [.init("provider", $0.rawValue)]) }),
    ]

    private static let fields = counters.flatMap { $0.samples.map(\.field) }

    /// What is counted, and what is stuck, by organisation: every series that one can have, so that none comes and goes.
    ///
    /// Of the first 1000 organisations. Nothing at all where the store does not tell everything: a counter that seems to
    /// begin anew would be counted twice by who scrapes it.
    public func families(from store: Store, now: Timestamp = .now) -> [MetricFamily] {
        let first = Command("ZRANGE", store.key(QueueKeys.organisations), "0", String(Self.shownOrganisations - 1))
        guard let organisations = try? store.run(first).array.compactMap(\.string), !organisations.isEmpty else {
            return []
        }
        let stuckSince = String((now.milliseconds - Int64(stuckAfter) * 1000) * 1000)
        let commands = organisations.flatMap { organisation in
            let keys = QueueKeys(organisation: organisation)
            return [
                Command("HMGET", [store.key(keys.counters)] + Self.fields),
                Command("ZCOUNT", store.key(keys.progress), "-inf", stuckSince),
            ]
        }
        guard let replies = try? store.run(commands), replies.count == commands.count,
            replies.allSatisfy({ if case .error = $0 { false } else { true } })
        else { return [] }

        let labels = organisations.map { MetricFamily.Label("organisation", $0) }
        var families: [MetricFamily] = []
        var position = 0
        for counter in Self.counters {
            let series = labels.enumerated().flatMap { index, organisation in
                let values = replies[2 * index].array.dropFirst(position)
                return zip(counter.samples, values).map { sample, value in
                    MetricFamily.Series([organisation] + sample.labels, .number(value.integer ?? 0))
                }
            }
            position += counter.samples.count
            families.append(MetricFamily(counter.name, .counter, help: counter.help, series: series))
        }
        families.append(
            MetricFamily(
                "deployments_stuck", .gauge, help: "Deployments that have been in progress for too long.",
                series: labels.enumerated().map { index, organisation in
                    MetricFamily.Series([organisation], .number(replies[2 * index + 1].integer ?? 0))
                }))
        return families
    }
}
