import Essentials

/// The URL of a collector: scheme, host, optionally a port and a path. What else URLs may have would carry secrets into
/// messages.
struct Endpoint {
    /// The text as it was given.
    let url: String

    /// The endpoint of a text; nil if it is none.
    init?(_ text: String) {
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

    /// The URL of a path below it, however many slashes it ends with.
    func appending(_ path: String) -> String {
        var base = Substring(url)
        while base.hasSuffix("/") { base.removeLast() }
        return "\(base)/\(path)"
    }
}
