import Essentials

/// What a text has to be.
struct TextRule: Sendable {
    /// What follows "has to be".
    let description: String
    /// Whether a text is that.
    let accepts: @Sendable (String) -> Bool

    init(_ description: String, _ accepts: @escaping @Sendable (String) -> Bool) {
        self.description = description
        self.accepts = accepts
    }

    // MARK: Names

    /// A service: a name that the deploy record takes, and that may begin the name of a file or an argument.
    static let service = name(64)
    /// A host, as `CHIMNEY_HOST` has it.
    static let host = name(253)
    /// A service of a compose project (compose-spec, `services`); not one that looks like an option.
    static let composeService = name(64)
    /// A container (docker, `RestrictedNamePattern`).
    static let container = name(128)
    /// A compose project (compose-spec, `name`).
    static let project = TextRule("1 to 64 characters of a-z0-9_-, of which the first is a letter or a digit") { text in
        (1...64).contains(text.utf8.count) && text.utf8.first.map(isLetterOrDigit) == true
            && text.utf8.allSatisfy { ($0.isNameByte || $0 == UInt8(ascii: "_")) && $0 != UInt8(ascii: ".") }
            && text == text.lowercased()
    }
    /// An organisation of the queue, which has the same rule for its names.
    static let organisation = TextRule("1 to 100 characters of A-Za-z0-9._-") { text in
        (1...100).contains(text.utf8.count) && text.utf8.allSatisfy(\.isNameByte)
    }

    private static func name(_ limit: Int) -> TextRule {
        TextRule("1 to \(limit) characters of A-Za-z0-9._-, of which the first is a letter or a digit") { text in
            (1...limit).contains(text.utf8.count) && text.utf8.first.map(isLetterOrDigit) == true
                && text.utf8.allSatisfy(\.isNameByte)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        byte.isNameByte && ![UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
    }

    /// One of some words.
    static func choice(of words: [String]) -> TextRule {
        TextRule("one of \(words.joined(separator: ", "))") { words.contains($0) }
    }

    // MARK: Places

    /// A file, wherever the process stands.
    static let path = TextRule("an absolute path of a file, without control characters") { text in
        text.utf8.count <= 4095 && text.hasPrefix("/") && !text.hasSuffix("/")
            && !text.unicodeScalars.contains(where: \.isControl)
    }
    /// Where something listens, as Caddy dials it.
    static let upstream = TextRule("HOST:PORT, such as 127.0.0.1:8101") { text in
        guard !text.contains("/"), let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...])
        else { return false }
        return (1...65_535).contains(port) && Endpoint("http://\(text)") != nil
    }
    /// A host as it stands in a URL.
    static let urlHost = TextRule("a host as it stands in a URL: a name, an IPv4 address, or an IPv6 address as [::1]")
    {
        $0.utf8.count <= 253 && !$0.contains("/") && Endpoint("http://\($0)")?.host.lowercased() == $0.lowercased()
    }
    /// Caddy's administration.
    static let admin = TextRule("http://HOST:PORT, such as http://127.0.0.1:2019") { text in
        text.hasPrefix("http://") && upstream.accepts(String(text.dropFirst(7)))
    }
    /// What a probe asks.
    static let url = TextRule(ProbeURL.rule) { ProbeURL($0) != nil }

    // MARK: Images

    /// An image that may be pulled by any tag.
    static let image = TextRule("the name of an image, such as ghcr.io/acme/app, without tag and digest") {
        ImageName($0) != nil
    }
}
