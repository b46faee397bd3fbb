import Essentials

/// Which tokens of GitHub's OIDC provider may act: those to which at least one rule applies.
struct Policy: Sendable {
    /// How many rules there may be, and patterns in a member of one.
    private static let limit = 1000

    private let rules: [Rule]

    /// A rule applies to a token that fits in every member that it names.
    private struct Rule: Sendable {
        /// `owner/name`; compared without case, as GitHub does.
        var repositories: [Pattern]?
        /// `refs/heads/main`
        var refs: [Pattern]?
        /// The names of workflows.
        var workflows: [Pattern]?
        /// The names of environments.
        var environments: [Pattern]?

        var isEmpty: Bool { repositories == nil && refs == nil && workflows == nil && environments == nil }

        func applies(to claims: TokenClaims) -> Bool {
            Self.fits(claims.repository?.lowercased(), repositories) && Self.fits(claims.ref, refs)
                && Self.fits(claims.workflow, workflows) && Self.fits(claims.environment, environments)
        }

        /// A claim that is missing fits no pattern, not even `*`.
        private static func fits(_ claim: String?, _ patterns: [Pattern]?) -> Bool {
            guard let patterns else { return true }
            guard let claim else { return false }
            return patterns.contains { $0.matches(claim) }
        }
    }

    /// Why a file is no policy.
    struct Fault: Error {
        /// A clause for whoever has written it.
        let reason: String
    }

    /// Reads a file: `{"rules":[{"repositories":["acme/*"],"refs":[…],"workflows":[…],"environments":[…]}]}`. A member
    /// that is not known is a fault: without it a rule would apply to more than it was meant to.
    ///
    /// - Throws: `Fault`.
    init(_ file: [UInt8]) throws(Fault) {
        var rules: [Rule]?
        var reason: String?
        do throws(JSONReader.Fault) {
            try JSONReader.readClaims(file) { (reader, name) throws(JSONReader.Fault) in
                guard name == "rules" else {
                    reason = "has a member \"\(name)\", where only \"rules\" is known"
                    throw reader.fault
                }
                rules = try Self.rules(&reader, &reason)
            }
        } catch {
            throw Fault(
                reason: reason ?? "is no policy: its JSON is broken or of another kind at byte \(error.offset + 1)")
        }
        guard let rules else { throw Fault(reason: "has no \"rules\"") }
        self.rules = rules
    }

    private static func rules(
        _ reader: inout JSONReader, _ reason: inout String?
    ) throws(JSONReader.Fault) -> [Rule] {
        var rules: [Rule] = []
        var fault: String?
        defer { reason = fault }
        try reader.array { (reader) throws(JSONReader.Fault) in
            let place = "has in rule \(rules.count + 1)"
            var rule = Rule()
            try reader.distinctMembers { (reader, name) throws(JSONReader.Fault) in
                guard ["repositories", "refs", "workflows", "environments"].contains(name) else {
                    fault =
                        "\(place) a member \"\(name)\", where only repositories, refs, workflows and environments are known"
                    throw reader.fault
                }
                var texts: [String] = []
                try reader.array { (reader) throws(JSONReader.Fault) in texts.append(try reader.string()) }
                guard (1...limit).contains(texts.count), texts.allSatisfy({ !$0.isEmpty }) else {
                    fault = "\(place) no pattern, an empty one or too many in \"\(name)\""
                    throw reader.fault
                }
                switch name {
                case "repositories": rule.repositories = texts.map { Pattern($0.lowercased()) }
                case "refs": rule.refs = texts.map(Pattern.init)
                case "workflows": rule.workflows = texts.map(Pattern.init)
                default: rule.environments = texts.map(Pattern.init)
                }
            }
            guard !rule.isEmpty, rules.count < limit else {
                fault =
                    rule.isEmpty ? "\(place) no member, which would let everybody act" : "has more than \(limit) rules"
                throw reader.fault
            }
            rules.append(rule)
        }
        return rules
    }

    /// Whether a token with these claims may act.
    func allows(_ claims: TokenClaims) -> Bool { rules.contains { $0.applies(to: claims) } }
}
