import Essentials

/// The name of an image without tag and digest, by the grammar of docker's references
/// (github.com/distribution/reference, `reference.go`).
struct ImageName: Equatable, Sendable {
    /// The registry, with its port if it has one; nil where the name has none, which means Docker Hub.
    let registry: String?
    /// The name in the registry: `acme/app`.
    let path: String

    /// The name of a text; nil if no image can have it.
    init?(_ text: String) {
        guard text.utf8.count <= 255 else { return nil }
        var components = text.split(separator: "/", omittingEmptySubsequences: false)
        // The first of several is a registry if it looks like no part of a name (`splitDockerDomain`).
        if components.count > 1, let first = components.first,
            first.contains(".") || first.contains(":") || first == "localhost" || first.lowercased() != first
        {
            guard Self.isRegistry(first) else { return nil }
            registry = String(first)
            components.removeFirst()
        } else {
            registry = nil
        }
        guard components.allSatisfy(Self.isComponent) else { return nil }
        path = components.joined(separator: "/")
        // That would be the id of an image.
        if registry == nil, path.utf8.count == 64, path.utf8.allSatisfy(\.isHexDigit) { return nil }
    }

    /// Whether a caller who gives this name means that image: it is the same one, or it is that without its registry.
    func means(_ other: ImageName) -> Bool { path == other.path && (registry == nil || registry == other.registry) }

    /// Whether an image may have a tag: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
    static func isTag(_ text: Substring) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(\.isNameByte) && text.first != "."
            && text.first != "-"
    }

    /// `host[:port]`; an IPv6 address in brackets. Labels neither begin nor end with a dash.
    private static func isRegistry(_ text: Substring) -> Bool {
        guard Endpoint("http://\(text)") != nil, !text.contains("_") else { return false }
        if text.first == "[" { return true }
        return text.prefix { $0 != ":" }.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.first != "-" && label.last != "-"
        }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
    private static func isComponent(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isPlain(first), isPlain(last) else {
            return false
        }
        return text.utf8.split(whereSeparator: isPlain).allSatisfy { separator in
            [".", "_", "__"].contains(String(separator)) || separator.allSatisfy { $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
