import CCurl
import Essentials

/// Scheme, host and port of a URL (RFC 6454): what a redirect may not leave.
struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// `http` or `https`.
    let scheme: String
    /// The host in lower case; an IPv6 address in brackets.
    let host: String
    /// The port, the scheme's own where the URL names none.
    let port: Int

    /// Reads the origin of an absolute URL as libcurl understands it (libcurl-url(3)). Nil for anything that is no
    /// `http` or `https` URL, and for one with a user name or password, which would end in logs.
    init?(_ url: String) {
        guard let parsed = chimney_curl_url() else { return nil }
        defer { chimney_curl_url_cleanup(parsed) }
        guard chimney_curl_url_set(parsed, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parsed)?.lowercased(), ["http", "https"].contains(scheme),
            let host = Self.part(CURLUPART_HOST, of: parsed)?.lowercased(), !host.isEmpty,
            let port = Self.part(CURLUPART_PORT, of: parsed).flatMap({ Int($0) })
        else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard chimney_curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
            return nil
        }
        defer { chimney_curl_free(text) }
        return String(cString: text)
    }

    /// `https://api.github.com`; with the port where it is not the scheme's own.
    var description: String {
        port == (scheme == "https" ? 443 : 80) ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }
}
