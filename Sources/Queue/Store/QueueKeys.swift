/// The names of an organisation's keys in the store, without the prefix. One script touches many of them, so they share a
/// hash tag, and no script reaches another organisation's.
struct QueueKeys {
    /// Every organisation that has had a deployment, lower-cased, by when that was.
    static let organisations = "queue:organisations"

    private let tag: String

    /// The keys of an organisation, however it is spelled.
    init(organisation: String) {
        tag = "queue:{\(organisation.lowercased())}:"
    }

    /// The records: an id, and lines; see `Deployment`.
    var records: String { tag + "records" }
    /// What has become of each deployment: an id, and lines; see `HistoryEntry`.
    var history: String { tag + "history" }
    /// The last sequence, and how many deployments were made today.
    var meta: String { tag + "meta" }
    /// What is counted: fields such as `created|aws|auto`.
    var counters: String { tag + "counters" }
    /// The deployments that are in progress, by when that began, in microseconds.
    var progress: String { tag + "progress" }
    /// Those in progress that were told to be stuck, by when their progress began.
    var stuck: String { tag + "stuck" }

    /// The deployments of a taxonomy that are deployed, by when they were.
    func sources(_ taxonomy: Taxonomy) -> String { tag + "sources:\(taxonomy.digest)" }

    /// What rollbacks of a taxonomy have replaced, by the origin: no other one goes back to it, nor to a copy.
    func abandoned(_ taxonomy: Taxonomy) -> String { tag + "abandoned:\(taxonomy.digest)" }

    /// The taxonomies of a name, by their digests.
    func taxonomies(of name: String) -> String { tag + "taxonomies:\(name)" }

    /// What a request with an idempotency key has led to.
    func idempotency(_ digest: String) -> String { tag + "idempotency:\(digest)" }

    /// The index of a group: ids by their sequence.
    ///
    /// - Parameter status: of those with any status if nil.
    func index(_ status: Status?, _ group: Group) -> String { tag + "\(status?.rawValue ?? "any"):\(group.name)" }

    /// What all scripts get that change deployments of a taxonomy: the names of keys, and the first arguments behind the one
    /// that says whether there is a journal; see `QueueScript`.
    ///
    /// - Parameter request: stands for the idempotency key of the request; empty if it has none.
    func scope(_ taxonomy: Taxonomy, idempotency request: String) -> (keys: [String], arguments: [String]) {
        let groups = taxonomy.groups + Group.ofTriggers
        let fixed = [
            meta, records, history, counters, progress, stuck, sources(taxonomy), abandoned(taxonomy),
            taxonomies(of: taxonomy[.name]), idempotency(request),
        ]
        let sets = groups.flatMap { group in [index(nil, group)] + Status.allCases.map { index($0, group) } }
        return (fixed + sets, [String(groups.count)] + groups.map(\.trigger))
    }
}
