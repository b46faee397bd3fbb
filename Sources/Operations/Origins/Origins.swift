import Essentials

/// The origins that are watched over, as `ORIGINS` names them, and which of them this host is.
struct Origins {
    /// The most that can be named.
    static let bound = 64

    /// The base URL of each, without a slash at its end, in the order in which they were named.
    let all: [String]
    /// That of this host; nil where it is none of them, or it cannot be told which.
    let own: String?

    /// Reads `ORIGINS` and `CHIMNEY_ORIGIN`.
    ///
    /// - Parameter host: this host's name; the origin whose URL has it is this host, unless the settings name another.
    init(settings: inout Settings, host: String) {
        let listed = Self.read(&settings)
        all = listed.map(\.base)
        guard let text = settings.string("CHIMNEY_ORIGIN") else {
            let named = listed.filter { $0.host == host.lowercased() }
            own = (named.count == 1 ? named[0] : listed.count == 1 ? listed[0] : nil)?.base
            return
        }
        own = Endpoint(text).flatMap { named in listed.first { Self.isSame($0, named) } }?.base
        if own == nil {
            settings.reject("CHIMNEY_ORIGIN", "is none of the URLs in ORIGINS; set it to the one that this host is")
        }
    }

    private static func read(_ settings: inout Settings) -> [Endpoint] {
        let entries = (settings.string("ORIGINS") ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()) }
        var listed: [Endpoint] = []
        for (index, entry) in entries.enumerated() where !entry.isEmpty {
            guard let endpoint = Endpoint(entry) else {
                // It is not shown: it may be wrong by the password in it.
                settings.reject(
                    "ORIGINS",
                    "entry \(index + 1) is no base URL; set for example https://a.example,https://b.example:8443, "
                        + "without user names, queries and fragments")
                continue
            }
            if listed.contains(where: { isSame($0, endpoint) }) {
                settings.reject(
                    "ORIGINS", "entry \(index + 1), \(endpoint.url), is there twice; leave one of them out")
                continue
            }
            listed.append(endpoint)
        }
        if listed.count > bound {
            settings.reject("ORIGINS", "names \(listed.count) origins; at most \(bound) are watched over")
        }
        return listed
    }

    /// Schemes and hosts have no case (RFC 3986, section 6.2.2.1), and nobody has two origins whose paths differ by it.
    private static func isSame(_ one: Endpoint, _ other: Endpoint) -> Bool {
        one.base.lowercased() == other.base.lowercased()
    }
}
