import Essentials
import HTTPClient
import HTTPTypes

/// GitHub's address, and how it is asked.
struct Upstream: Sendable {
    /// The address, `https://api.github.com`.
    let api: String
    /// What proves who asks; nil for anonymous requests, of which GitHub takes few.
    let token: String?

    /// Bytes that an answer may have.
    private static let bodyLimit = 10 << 20

    /// A conditional request for a target.
    ///
    /// - Parameters:
    ///   - etag: of what is held; nil for an unconditional one.
    ///   - limit: milliseconds until it has to be answered.
    func call(_ target: String, etag: String?, limit: Int) -> HTTPCall {
        var call = HTTPCall(.get, api + target)
        call.fields[.accept] = "application/vnd.github+json"
        // https://docs.github.com/en/rest/about-the-rest-api/api-versions
        call.fields[HTTPField.Name("X-GitHub-Api-Version")!] = "2022-11-28"
        if let token { call.fields[.authorization] = "Bearer \(token)" }
        if let etag { call.fields[.ifNoneMatch] = etag }
        call.totalLimit = limit
        call.connectLimit = min(call.connectLimit, limit)
        call.bodyLimit = Self.bodyLimit
        // A repository that was renamed. Never to another server, which would be sent the token.
        call.followsRedirects = true
        return call
    }

    /// The pages that an answer names (RFC 8288), as paths of this server; nil if there are none.
    ///
    /// GitHub names them by the repository's number and keeps the query, so the query is what is taken over. A page that can
    /// only be reached by a parameter which is not let through is left out.
    func links(_ field: String, of resource: Resource) -> String? {
        let path = resource.key.prefix { $0 != "?" }
        var pages: [String] = []
        var rest = Substring(field)
        while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
            let query = rest[rest.index(after: start)..<end].drop { $0 != "?" }.dropFirst()
            rest = rest[rest.index(after: end)...]
            // What belongs to this page ends before the next one.
            let parameters = rest.prefix { $0 != "," }
            let isKnown = query.split(separator: "&").allSatisfy { item in
                ResourceQuery.names.contains(String(item.prefix { $0 != "=" }))
            }
            guard !query.isEmpty, isKnown, query.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                parameters.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
            else { continue }
            pages.append("<\(GitHub.mount)\(path)?\(query)>\(parameters)")
        }
        return pages.isEmpty ? nil : pages.joined(separator: ", ")
    }
}
