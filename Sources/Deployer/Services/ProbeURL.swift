import Essentials

/// The URL of a probe: scheme, host, optionally port, path and query; no user info, and no fragment.
struct ProbeURL: Equatable, Sendable {
    /// What stands for the address of a slot in the URL of a service that has two.
    static let placeholder = "{upstream}"
    /// What a text has to be to be one.
    static let rule = "an http or https URL of at most 2048 bytes, without user info and fragment"

    /// The text as it was given.
    let url: String
    /// The host in lower case; an IPv6 address in brackets.
    let host: String

    /// The URL of a text; nil if it is none.
    init?(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.count <= 2048, let endpoint = Endpoint(String(parts[0])),
            parts.count == 1 || parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.forbidden.contains($0) })
        else { return nil }
        url = text
        host = endpoint.host.lowercased()
    }

    /// What no query may have unescaped (RFC 3986, section 3.4).
    private static let forbidden = Set("#\"<>\\^`{|}".utf8)

    /// The text with a slot's address in place of `{upstream}`.
    static func filled(_ text: String, upstream: String) -> String {
        text.split(separator: placeholder, omittingEmptySubsequences: false).joined(separator: upstream)
    }

    /// The URLs that a text stands for: one per slot, or one. Those of a text that breaks the rule are left out.
    static func every(_ text: String, upstreams: [String]) -> [ProbeURL] {
        upstreams.isEmpty
            ? [ProbeURL(text)].compactMap(\.self) : upstreams.compactMap { ProbeURL(filled(text, upstream: $0)) }
    }

    /// What the health URL of a service has to be.
    ///
    /// - Parameter upstreams: the addresses of its slots; none where it has none. With slots, the URL has to hold
    ///   `{upstream}`: it would ask the same place for both otherwise.
    static func rule(upstreams: [String]) -> TextRule {
        guard !upstreams.isEmpty else { return .url }
        return TextRule("\(rule), with {upstream} where the address of the slot belongs") { text in
            // (A slot whose own address is wrong is noted there.)
            text.contains(placeholder)
                && upstreams.allSatisfy { upstream in
                    ProbeURL(filled(text, upstream: upstream.isEmpty ? "127.0.0.1:80" : upstream)) != nil
                }
        }
    }
}
