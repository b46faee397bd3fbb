/// The URL of a server as a setting names it: scheme, host, optionally a port and a path. What else URLs may have would
/// carry secrets into messages.
public struct Endpoint: Sendable, Hashable {
    /// The text as it was given.
    public let url: String

    /// The endpoint of a text; nil if it is none.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), ["http", "https"].contains(text[..<colon].lowercased()),
            text[colon...].hasPrefix("://"), text.utf8.count <= 2048,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.forbidden.contains($0) })
        else { return nil }
        let authority = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "/" }
        guard Self.isHostAndPort(authority) else { return nil }
        url = text
    }

    private static let forbidden = Set("@?#\"<>\\^`{|}".utf8)

    private static func isHostAndPort(_ authority: Substring) -> Bool {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return false }
            let rest = authority[authority.index(after: end)...]
            host = authority[authority.index(after: authority.startIndex)..<end]
            guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return false }
            if !rest.isEmpty {
                guard rest.first == ":" else { return false }
                port = rest.dropFirst()
            }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        if let port, port.first?.isNumber != true || !(1...65_535).contains(Int(port) ?? 0) { return false }
        return !host.isEmpty && (authority.hasPrefix("[") || host.utf8.allSatisfy(\.isNameByte))
    }

    /// The URL without slashes at its end.
    public var base: String {
        var base = Substring(url)
        while base.hasSuffix("/") { base.removeLast() }
        return String(base)
    }

    /// The name or address of the host; an IPv6 address in brackets.
    public var host: String {
        let authority = url[url.firstRange(of: "://")!.upperBound...].prefix { $0 != "/" }
        if authority.hasPrefix("[") { return String(authority[...authority.firstIndex(of: "]")!]) }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }

    /// Whether the host is this one, as far as its name says so.
    public var isOfThisHost: Bool {
        host == "localhost" || host == "[::1]"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// Whether nobody on the way can read or change what is sent: it goes by TLS, or no way at all.
    public var isPrivate: Bool { url.lowercased().hasPrefix("https:") || isOfThisHost }

    /// The URL of a path below it.
    public func appending(_ path: String) -> String { "\(base)/\(path)" }
}
