import Essentials

/// The name of an organisation or user at GitHub. Two names that differ by case only are one.
struct Organisation: Hashable, Sendable {
    /// The name as it was spelled: 1–100 characters of `A-Za-z0-9._-`.
    let name: String

    /// The organisation of a name; nil if no organisation can have it.
    init?(_ name: String) {
        guard (1...100).contains(name.utf8.count), name.utf8.allSatisfy(\.isNameByte) else { return nil }
        self.name = name
    }

    /// The organisations of a comma-separated list; nil if one of the names is none.
    static func list(_ text: String) -> [Organisation]? {
        var organisations: [Organisation] = []
        for name in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            guard let organisation = Organisation(String(name)) else { return nil }
            organisations.append(organisation)
        }
        return organisations
    }

    static func == (left: Organisation, right: Organisation) -> Bool {
        left.name.lowercased() == right.name.lowercased()
    }

    func hash(into hasher: inout Hasher) { hasher.combine(name.lowercased()) }
}
