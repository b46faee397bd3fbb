import Crypto
import Essentials

/// A property by which deployments are found. All but the trigger never change and make up the taxonomy.
enum Facet: String, CaseIterable {
    case trigger, name, environment, provider
    case account = "cloud_account_id"
    case region, cell

    /// Those of the taxonomy, in the order of its values.
    static let ofTaxonomy: [Facet] = [.name, .environment, .provider, .account, .region, .cell]

    /// Characters that a value may have.
    static let limit = 200
}

/// What is deployed where: deployments of one taxonomy of an organisation take each other's place.
struct Taxonomy: Hashable {
    /// The values in the order of `Facet.ofTaxonomy`; empty for what is absent.
    let values: [String]

    /// Reads a value per facet; empty for what is absent.
    init(_ value: (Facet) -> String) {
        values = Facet.ofTaxonomy.map(value)
    }

    /// What `text` was; nil if it is none.
    init?(text: String) {
        values = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard values.count == Facet.ofTaxonomy.count else { return nil }
    }

    /// The value of a facet; empty for what is absent, and for the trigger, which is none of it.
    subscript(facet: Facet) -> String {
        Facet.ofTaxonomy.firstIndex(of: facet).map { values[$0] } ?? ""
    }

    /// The values as the store keeps them; none has a tab.
    var text: String { values.joined(separator: "\t") }

    /// Stands for the taxonomy in names of keys, within its organisation.
    var digest: String { Hex.string(Array(SHA256.hash(data: Array(text.utf8))).prefix(16)) }

    /// The groups of the index that every deployment of it belongs to, besides that of its trigger.
    var groups: [Group] {
        let facets = Facet.ofTaxonomy.filter { !self[$0].isEmpty }
        return [.all, .taxonomy(digest)] + facets.map { .facet($0, self[$0]) }
    }
}

/// Deployments that are found together: the index keeps them by their age, once with each status and once with any.
enum Group: Equatable {
    /// All of the organisation.
    case all
    /// Those of a taxonomy, by its digest.
    case taxonomy(String)
    /// Those with a value.
    case facet(Facet, String)

    /// How keys end that are of it.
    var name: String {
        switch self {
        case .all: "all"
        case .taxonomy(let digest): "taxonomy:\(digest)"
        case .facet(let facet, let value): "\(facet.rawValue):\(value)"
        }
    }

    /// The trigger whose deployments alone belong to it; empty where any do.
    var trigger: String {
        if case .facet(.trigger, let trigger) = self { trigger } else { "" }
    }

    /// The groups of all triggers.
    static let ofTriggers = Trigger.allCases.map { Group.facet(.trigger, $0.rawValue) }
}
